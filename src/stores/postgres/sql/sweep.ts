/** Statements of T11–T13 and T18: what was lost is taken back, what is out of time ends. */
import { applyTo } from "./apply.js";
import { CLOCK, changedAt, kindOf, liveFacts, maxAttemptsOf, ms, type Tables, waits } from "./words.js";

/** Stretches of the line that one statement looks along. */
const STRETCHES = 1_000;

export type SweepStatement = "overdue" | "rescue" | "expire";

export function sweepStatements(tables: Tables): Record<SweepStatement, string> {
  const { live, claims } = tables;
  const APPLY = applyTo(tables);
  const isOver = (until: string): string => `${until} <= clock.now
     and ($8::float8 is null or ${until} > to_timestamp($8::float8 / 1000)
          or ${until} <= clock.now - $9::float8 * interval '1 millisecond')`;

  return {
    /** What time it is, and whether there is anything for the other two: in a quiet store a sweep asks no more. */
    overdue: `
with ${CLOCK}
select ${ms("clock.now")} as now,
       exists (select from ${claims} c where c.leased_until <= clock.now)
       or exists (select from ${live} l where l.line = 'held' and l.lease_expires_at <= clock.now) as lost,
       exists (select from ${live} l where l.expires_at <= clock.now and ${waits("l")}) as expired
  from clock`,

    /**
     * Looks among those that were heard from (held) and those that a claim took and nobody was heard of since.
     * As core/settle-rules.ts says (\`endByRescue\`). $3 and $4: code and message of a lost job, $5 and $6 of a poisoned
     * one. $8 and $9: how to read leases from before the server's clock jumped (core/clock-guard.ts), or null.
     */
    rescue: `
with ${CLOCK},
over as materialized (
  select c.claim_id, c.leased_until, c.first_at, c.last_at, c.lane_id, c.priority
    from ${claims} c, clock
   where ${isOver("c.leased_until")}
   order by c.claim_id
   limit ${STRETCHES}
),
silent as materialized (
  select o.claim_id, l.job_id
    from over o
   cross join lateral (
     select w.job_id from ${live} w
      where w.lane_id = o.lane_id and w.priority = o.priority and w.run_at between o.first_at and o.last_at
        and w.line is null and w.lease_expires_at <= o.leased_until offset 0) l
),
settled as (
  delete from ${claims} c
   where c.claim_id = any (array(select o.claim_id from over o where o.claim_id not in (select s.claim_id from silent s)))
),
lost as materialized (
  select s.job_id from silent s
   union
  select l.job_id
    from clock
   cross join ${live} l
   where l.line = 'held'
     and ${isOver("l.lease_expires_at")}
   order by job_id
   limit $2
),
held as materialized (
  select l.*, ${kindOf(tables, "l")}, ${maxAttemptsOf(tables, "l")},
         greatest(clock.now, l.updated_at) as at, l.cancel_requested_at is not null as asked,
         l.lost_count + 1 >= $7::integer as poisoned
    from clock
   cross join lost
   cross join lateral (
     select ${liveFacts("w")} from ${live} w
      where w.job_id = lost.job_id and ${isOver("w.lease_expires_at")}
        for update skip locked) l
),
named as materialized (
  select h.*,
         case when h.asked then 'lose_cancel' when h.poisoned or h.attempt >= h.max_attempts then 'lose_fail'
              else 'lose_retry' end as event,
         json_build_object(
           'code', case when h.poisoned then $5::text else $3::text end,
           'message', case when h.poisoned then $6::text else $4::text end,
           'category', case when h.poisoned then 'internal' else 'temporary' end,
           'retryable', not h.poisoned,
           'reference', right(h.job_id::text, 12) || '-' || h.fence)::text as failure
    from held h
),
decided as materialized (
  select n.*,
         case n.event when 'lose_cancel' then 'cancelled' when 'lose_fail' then 'failed' else 'retrying' end as to_status,
         'rescuer' as actor,
         null::text as reason,
         null::text as request_id,
         n.failure as trail_error,
         n.attempt as next_attempt,
         n.fence as next_fence,
         n.lost_count + 1 as next_lost,
         case when n.event = 'lose_retry' then clock.now else n.run_at end as next_run_at,
         n.cancel_requested_at as next_cancel_at,
         case when n.event <> 'lose_cancel' then n.failure end as next_error,
         null::text as next_detail,
         false as forgets
    from named n, clock
),
${APPLY}
select d.job_id, d.kind, d.fence, d.to_status as status
  from decided d`,

    expire: `
with ${CLOCK},
held as materialized (
  select ${liveFacts("l")}, ${kindOf(tables, "l")}, greatest(clock.now, ${changedAt("l")}) as at
    from clock
   cross join ${live} l
   where l.expires_at <= clock.now
     and ${waits("l")}
   order by l.expires_at, l.job_id
   limit $2
     for update of l skip locked
),
decided as materialized (
  select h.*, 'expire' as event, 'expired' as to_status, 'sweeper' as actor, null::text as reason,
         null::text as request_id, null::text as trail_error, h.attempt as next_attempt, h.fence as next_fence,
         h.lost_count as next_lost, h.run_at as next_run_at, h.cancel_requested_at as next_cancel_at,
         null::text as next_error, null::text as next_detail, false as forgets
    from held h
),
${APPLY}
select d.job_id, d.kind, d.fence, d.to_status as status
  from decided d`,
  };
}
