/** Statements of what people and retention ask for: cancel (T14, T15, T17), retry (T19), purge and remove (T20). */
import { applyTo } from "./apply.js";
import { CLOCK, endedFacts, endGenerationOf, kindOf, liveFacts, ms, orUsual, type Tables } from "./words.js";

export type ControlStatement = "cancel" | "retry" | "retried" | "doomed" | "bury" | "forget";

export function controlStatements(tables: Tables): Record<ControlStatement, string> {
  const { jobs, live, ended, events, logs, callbacks, tombstones } = tables;
  const APPLY = applyTo(tables);

  return {
    cancel: `
with ${CLOCK},
held as materialized (
  select l.*, asked.actor, asked.reason, asked.request_id, asked.force, greatest(clock.now, l.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
         as asked (job_id, its_owner, actor, reason, request_id, force)
   cross join lateral (
     select ${liveFacts("w")} from ${live} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner)
        for update) l
),
decided as materialized (
  select h.*,
         case when h.status <> 'processing' then 'cancel' when h.force then 'force_cancel' else 'request_cancel' end as event,
         case when h.status = 'processing' and not h.force then 'processing' else 'cancelled' end as to_status,
         null::text as trail_error,
         h.attempt as next_attempt,
         -- A fence that nobody was given locks the holder out.
         h.fence + case when h.status = 'processing' and h.force then 1 else 0 end as next_fence,
         h.lost_count as next_lost,
         h.run_at as next_run_at,
         coalesce(h.cancel_requested_at, h.at) as next_cancel_at,
         null::text as next_error,
         null::text as next_detail,
         false as forgets
    from held h
   where h.status <> 'processing' or h.force or h.cancel_requested_at is null
),
${APPLY}
select d.job_id, d.event, d.to_status as status
  from decided d
 union all
select h.job_id, 'asked_before', h.status
  from held h
 where h.status = 'processing' and not h.force and h.cancel_requested_at is not null`,

    /**
     * The job gets the same time to live again, or it would expire at once. A key taken meanwhile is found first; a race
     * for it ends in a unique violation, and the caller runs the statement again.
     */
    retry: `
with ${CLOCK},
held as materialized (
  select e.*, j.owner, ${orUsual("priority", "j")} as priority, j.recorded, j.unique_key, j.concurrency_key, j.lane_id,
         j.expires_at - j.created_at as lives, asked.actor, asked.request_id, asked.only_retryable,
         asked.max_generations, greatest(clock.now, e.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::integer[])
         as asked (job_id, its_owner, actor, request_id, only_retryable, max_generations)
   cross join lateral (
     select * from ${jobs} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) j
   cross join lateral (
     select ${endedFacts("w")} from ${ended} w where w.job_id = asked.job_id for update) e
),
judged as materialized (
  select h.*, same.job_id as same_id,
         case
           when (select true from ${events} v
                  where v.job_id = h.job_id and v.event = 'retry' and v.request_id = h.request_id limit 1) then 'replayed'
           when h.status = 'completed' then 'illegal'
           when h.only_retryable and h.error::json ->> 'retryable' = 'false' then 'error'
           when h.generation >= h.max_generations then 'generations'
           when same.job_id is not null then 'unique'
           else 'done'
         end as answer
    from held h
    left join lateral (
      select w.job_id from ${live} w
       where w.unique_key = h.unique_key
         and coalesce('=' || w.owner, '') = coalesce('=' || h.owner, '') offset 0) same on true
),
gone as (
  delete from ${ended} e
   where e.job_id = any (array(select b.job_id from judged b where b.answer = 'done'))
),
back as (
  insert into ${live} (
    job_id, run_at, started_at, updated_at, expires_at, first_started_at, claimed_at, lane_id, priority, generation, fence, seq,
    recorded, line, owner, unique_key, concurrency_key)
  select b.job_id, clock.now, b.started_at, b.at, clock.now + b.lives, b.first_started_at, b.claimed_at, b.lane_id, b.priority,
         b.generation + 1, b.fence, b.seq + 1, b.recorded, case when b.recorded then 'none' end, b.owner, b.unique_key,
         b.concurrency_key
    from judged b, clock
   where b.answer = 'done'
),
told as (
  insert into ${events} (
    job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, request_id)
  select b.job_id, b.seq + 1, b.at, b.status, 'pending', 'retry', b.actor, 0, b.fence, b.generation + 1, b.request_id
    from judged b
   where b.answer = 'done'
)
select b.job_id, b.answer, b.status, b.same_id
  from judged b`,

    /** Whether a retry was asked with the same key before, for jobs that have not ended. */
    retried: `
select asked.job_id, l.status, coalesce((
         select true from ${events} v
          where v.job_id = l.job_id and v.event = 'retry' and v.request_id = asked.request_id limit 1), false) as replayed
  from unnest($1::uuid[], $2::text[], $3::text[]) as asked (job_id, its_owner, request_id)
 cross join lateral (
    select ${liveFacts("w")} from ${live} w
     where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) l`,

    /** Ids that the rules let go, oldest first. A rule with both limits lets a job go that exceeds either. */
    doomed: `
with ${CLOCK},
rule as materialized (
  select nullif(r.status, 'completed') as status, r.older_ms, r.keep
    from unnest($3::text[], $4::float8[], $5::bigint[]) as r (status, older_ms, keep)
)
select found.job_id, found.generation
  from (${doomedOf(ended, (e) => `${e}.status = rule.status`)}
     union
    ${doomedOf(ended, (e) => `rule.status is null and ${e}.status is null`)}) found
 order by found.finished_at, found.job_id
 limit $2`,

    /**
     * Removes finished jobs and all that belongs to them; the tombstone keeps the fact. A job that was tried again since it
     * was looked at ($4: its generation then) has ended anew, and stays.
     */
    bury: `
with ${CLOCK},
gone as materialized (
  select e.job_id, e.status, e.finished_at, e.updated_at, e.error::json ->> 'code' as error_code, ${kindOf(tables, "j")}, j.owner,
         j.created_at
    from unnest($2::uuid[], $3::text[], $4::integer[]) as asked (job_id, its_owner, its_generation)
   cross join lateral (
     select * from ${jobs} w
      where w.job_id = asked.job_id and (asked.its_owner is null or w.owner = asked.its_owner) offset 0) j
   cross join lateral (
     select ${endedFacts("w")} from ${ended} w
      where w.job_id = asked.job_id
        and (asked.its_generation is null or ${endGenerationOf("w")} = asked.its_generation)
        for update) e
),
ending as (
  delete from ${ended} e where e.job_id = any (array(select g.job_id from gone g))
),
doc as (
  delete from ${jobs} j where j.job_id = any (array(select g.job_id from gone g))
),
story as (
  delete from ${events} v where v.job_id = any (array(select g.job_id from gone g))
),
lines as (
  delete from ${logs} o where o.job_id = any (array(select g.job_id from gone g))
),
calls as (
  delete from ${callbacks} c where c.job_id = any (array(select g.job_id from gone g))
),
stone as (
  insert into ${tombstones} (job_id, created_at, finished_at, purged_at, status, kind, owner, error_code)
  select g.job_id, g.created_at, g.finished_at, greatest(clock.now, g.updated_at), g.status, g.kind, g.owner, g.error_code
    from gone g, clock
      on conflict (job_id) do nothing
)
select g.job_id, g.kind, g.owner, g.status, g.error_code, ${ms("g.created_at")} as created_at,
       ${ms("g.finished_at")} as finished_at, ${ms("greatest(clock.now, g.updated_at)")} as purged_at
  from gone g, clock
 order by g.finished_at, g.job_id`,

    forget: `
with ${CLOCK}
delete from ${tombstones} t
 where t.job_id = any (array(
   select o.job_id
     from ${tombstones} o, clock
    where o.purged_at < clock.now - $2::float8 * interval '1 millisecond'
    order by o.purged_at
    limit $3))`,
  };
}

/**
 * Jobs that a rule lets go, along the index of endings: null stands for completed there, which is asked for by itself. The order names
 * the status, though all have the same: else the server would not know that the index has it.
 *
 * @param isOfRule  whether a row of `ended` has the status of the rule
 */
function doomedOf(ended: string, isOfRule: (e: string) => string): string {
  const oldest = (where: string): string => `select e.job_id, e.finished_at, ${endGenerationOf("e")} as generation
         from ${ended} e
        where ${isOfRule("e")} and ${where}
        order by e.status, e.finished_at
        limit $2`;
  return `
    select old.job_id, old.finished_at, old.generation
      from clock
     cross join rule
     cross join lateral (
       ${oldest("e.finished_at < clock.now - rule.older_ms * interval '1 millisecond'")}) old
     union
    select extra.job_id, extra.finished_at, extra.generation
      from rule
     cross join lateral (
       -- The newest \`keep\` stay: everything before the first that is too many may go.
       ${oldest(`(e.finished_at, e.job_id) <= (
            select n.finished_at, n.job_id
              from ${ended} n
             where ${isOfRule("n")}
             order by n.status desc, n.finished_at desc, n.job_id desc
            offset rule.keep
             limit 1)`)}) extra
     where rule.keep is not null`;
}
