/** Statements of T6–T10, T13 and T16: attempts end as their holders tell. */
import { applyTo, freedBy } from "./apply.js";
import {
  CARRIED,
  CLOCK,
  changedAt,
  type Ending,
  endFenceOf,
  endGenerationOf,
  endSeqOf,
  endStatusOf,
  fenceOf,
  HOLDER,
  intoEnded,
  liveFacts,
  maxAttemptsOf,
  NOW,
  runs,
  type Tables,
  TOLD,
} from "./words.js";

/** Of a row `g` that completed: an attempt that reported anything ends at a hundred percent. */
const completion = (now: string, result: string): Ending => ({
  status: "null",
  at: `greatest(${now}, ${changedAt("g")})`,
  percent: "case when num_nonnulls(g.percent, g.done, g.total, g.stage, g.message) > 0 then 100 end",
  result,
  error: "null",
  detail: "null",
  next: { lost_count: "null" },
});

export type SettleStatement = "completeLone" | "complete" | "completeAny" | "settle" | "remark";

export function settleStatements(tables: Tables): Record<SettleStatement, string> {
  const { live, ended, events } = tables;
  const APPLY = applyTo(tables);

  /** Rows of `live` that completed, and their endings. */
  const COMPLETED = (further: string, columns: string): string => `gone as (
  delete from ${live} l
   where l.job_id = any ($2::uuid[])
     and ${runs("l")}
     and ${fenceOf("l")} = coalesce($3::integer, ($4::jsonb ->> l.job_id::text)::integer)${further}
  returning ${columns}
),
ending as (
  ${intoEnded(tables, "g", completion("clock.now", "$5::jsonb ->> g.job_id::text"), "clock cross join gone g")}
)`;

  /** What an ending is made of. */
  const ENDED_OF = `l.job_id, l.run_at, l.updated_at, l.expires_at, l.cancel_requested_at, l.first_started_at, l.started_at,
            l.claimed_at, l.attempt, l.generation, l.fence, l.seq, l.worker_id, l.percent, l.done, l.total, l.stage, l.message`;

  /** With all that was left out. */
  const GONE = `(select ${liveFacts("o")} from gone o) g`;

  return {
    /**
     * One completion of the common sort, in as little as can be said: of the job $2 under the fence $3, with the result $4. No
     * row = it was none.
     */
    completeLone: `
with gone as (
  delete from ${live} l
   where l.job_id = $2::uuid
     and l.lease_expires_at > ${NOW}
     and ${fenceOf("l")} = $3::integer
     and l.cancel_requested_at is null
     and l.concurrency_key is null
  returning ${ENDED_OF}
)
${intoEnded(tables, "g", completion(NOW, "$4::text"), "gone g")}
returning ${TOLD(5)}`,

    /**
     * Completions of the common sort, in time, unasked and without a key: deletes a narrow row, adds an ending, and writes
     * no trail. What most have in common is said once: $3 is the fence of all of them, or null when $4 has each by its id;
     * $5 has the results that are not null. Answers with one row: how many, and which ones if not all.
     */
    complete: `
with ${CLOCK},
${COMPLETED(
  `
     and l.lease_expires_at > (select now from clock)
     and l.cancel_requested_at is null
     and l.concurrency_key is null`,
  ENDED_OF,
)}
select count(*)::integer as settled,
       -- A subquery, so that a list nobody needs is not made.
       case when count(*) < cardinality($2::uuid[]) then (select string_agg(o.job_id::text, ',') from gone o) end as those,
       ${CARRIED(6)}
  from gone g`,

    /** Completions of any sort: late ones and those asked to stop are told in the trail, and slots are given back. */
    completeAny: `
with ${CLOCK},
${COMPLETED("", "l.*")},
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, start_unknown, reason)
  select g.job_id, g.seq, g.claimed_at, coalesce(g.claimed_from, 'pending'), 'processing', 'claim',
         case when g.recorded then 'recorder:' else 'worker:' end || g.worker_id,
         g.attempt, g.fence, g.generation, g.started_at is null, null
    from clock
   cross join ${GONE}
   where g.lease_expires_at <= clock.now and g.cancel_requested_at is null
  union all
  select g.job_id, g.seq + 1, greatest(clock.now, g.updated_at), 'processing', 'completed', 'complete',
         case when g.recorded then 'recorder:' else 'worker:' end || g.worker_id,
         g.attempt, g.fence, g.generation, false, case when g.lease_expires_at <= clock.now then 'late' end
    from clock
   cross join ${GONE}
   where g.lease_expires_at <= clock.now or g.cancel_requested_at is not null
),
${freedBy(tables, "gone g", "g.concurrency_key is not null", "g")}
select count(*)::integer as settled,
       string_agg(g.job_id::text, ',') as those,
       string_agg(g.job_id::text, ',') filter (where g.lease_expires_at <= clock.now) as late,
       coalesce(bool_or(g.concurrency_key is not null), false) as freed,
       ${CARRIED(6)}
  from clock
 cross join gone g`,

    /** The other endings of an attempt, decided here as core/settle-rules.ts says (\`endByHolder\`). */
    settle: `
with ${CLOCK},
held as materialized (
  select l.*, ${maxAttemptsOf(tables, "l")}, told.outcome, told.in_ms, told.told_error, told.told_detail, ${HOLDER} as actor,
         greatest(clock.now, l.updated_at) as at, l.lease_expires_at <= clock.now as late,
         l.cancel_requested_at is not null as asked
    from clock
   cross join unnest($2::uuid[], $3::integer[], $4::text[], $5::float8[], $6::text[], $7::text[])
         as told (job_id, fence, outcome, in_ms, told_error, told_detail)
   cross join lateral (
     select ${liveFacts("w")} from ${live} w
      where w.job_id = told.job_id and ${fenceOf("w")} = told.fence and ${runs("w")}
        for update) l
),
named as materialized (
  select h.*,
         case
           when h.outcome = 'cancelled' then 'confirm_cancel'
           when h.asked then 'fail_cancel'
           when h.outcome = 'released' then 'release'
           when h.outcome = 'snoozed' then 'snooze'
           when h.in_ms is null or h.attempt >= h.max_attempts then 'fail'
           else 'fail_retry'
         end as event
    from held h
   where h.asked or h.outcome <> 'cancelled'
),
decided as materialized (
  select n.*,
         case n.event when 'release' then 'pending' when 'snooze' then 'scheduled' when 'fail' then 'failed'
                      when 'fail_retry' then 'retrying' else 'cancelled' end as to_status,
         coalesce(case when n.late then 'late' end,
                  case when n.event = 'fail_cancel' and n.outcome <> 'failed' then n.outcome end) as reason,
         null::text as request_id,
         n.told_error as trail_error,
         n.attempt - case when n.event in ('release', 'snooze') then 1 else 0 end as next_attempt,
         n.fence as next_fence,
         case when n.event = 'release' then n.lost_count else 0 end as next_lost,
         case when n.event in ('snooze', 'fail_retry') then clock.now + n.in_ms * interval '1 millisecond'
              else n.run_at end as next_run_at,
         n.cancel_requested_at as next_cancel_at,
         case when n.event in ('fail', 'fail_retry') then n.told_error end as next_error,
         case when n.event in ('fail', 'fail_retry') then n.told_detail end as next_detail,
         n.event in ('release', 'snooze') as forgets
    from named n, clock
),
${APPLY}
select d.job_id, d.fence, d.to_status as status, d.late, d.concurrency_key is not null as freed
  from decided d`,

    /** The remark that another ending was told afterwards: once per fence. */
    remark: `
with ${CLOCK},
held as materialized (
  select e.job_id, ${endSeqOf("e")} as seq, ${endStatusOf("e.status")} as status,
         coalesce((e.rest).attempt, 1) as attempt, ${endGenerationOf("e")} as generation,
         greatest(clock.now, (e.rest).updated_at, e.finished_at) as at,
         $4::text as actor, $5::text as reason, $6::text as error
    from clock
   cross join ${ended} e
   where e.job_id = $2::uuid
     and ${endFenceOf("e")} = $3::integer
     for update of e
),
fresh as materialized (
  select h.*
    from held h
   where (select true from ${events} v
           where v.job_id = h.job_id and v.fence = $3 and v.event = 'conflict' limit 1) is null
     -- Moved on since this statement began: by the same remark, told at the same time, for nothing else moves an ending on.
     and h.seq = (select ${endSeqOf("w")} from ${ended} w where w.job_id = h.job_id)
),
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, reason, error)
  select f.job_id, f.seq + 1, f.at, f.status, f.status, 'conflict', f.actor, f.attempt, $3, f.generation, f.reason, f.error
    from fresh f
)
update ${ended} e
   set rest.seq = ${endSeqOf("e")} + 1, rest.updated_at = greatest(clock.now, (e.rest).updated_at, e.finished_at)
  from clock
 where e.job_id = any (array(select f.job_id from fresh f))`,
  };
}
