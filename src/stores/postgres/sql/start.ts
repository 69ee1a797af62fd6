/** T4 of recorded jobs: a runner says that one has begun, by name. */
import { CLOCK, LIVE_COLUMNS, liveFacts, maxAttemptsOf, type Tables, waits } from "./words.js";

export type StartStatement = "start";

export function startStatements(tables: Tables): Record<StartStatement, string> {
  const { live, limits } = tables;
  return {
    /** A recorded job starts when its runner says so: neither its time nor pauses, limits or expiry hold it back. */
    start: `
with ${CLOCK},
held as materialized (
  select l.*, asked.by, asked.lease_ms, asked.known, greatest(clock.now, l.updated_at) as at
    from clock
   cross join unnest($2::uuid[], $3::text[], $4::float8[], $5::boolean[]) as asked (job_id, by, lease_ms, known)
   cross join lateral (
     select ${liveFacts("w")} from ${live} w where w.job_id = asked.job_id and w.recorded and ${waits("w")} for update) l
),
counted as (
  update ${limits} k
     set running = k.running + (select count(*) from held h where h.concurrency_key = k.key)
   where k.key = any (array(select h.concurrency_key from held h where h.concurrency_key is not null))
)
insert into ${live} as l (${LIVE_COLUMNS})
select h.job_id, h.run_at, clock.now + h.lease_ms * interval '1 millisecond', case when h.known then h.at end, h.at,
       h.expires_at, h.cancel_requested_at, coalesce(h.first_started_at, case when h.known then h.at end), h.at,
       null, null, null, h.lane_id, h.priority, h.attempt + 1, h.generation, h.fence + 1, h.seq + 1, h.lost_count, h.recorded,
       'held', null, nullif(h.status, 'pending'), h.owner, h.by, h.unique_key, h.concurrency_key, null, null, null, null
  from held h, clock
    on conflict (job_id) do update
   set status = excluded.status, line = excluded.line, claimed_from = excluded.claimed_from, fence = excluded.fence,
       attempt = excluded.attempt, seq = excluded.seq, worker_id = excluded.worker_id,
       claimed_at = excluded.claimed_at, started_at = excluded.started_at, first_started_at = excluded.first_started_at,
       updated_at = excluded.updated_at, lease_expires_at = excluded.lease_expires_at,
       percent = null, done = null, total = null, stage = null, message = null, error = null, error_detail = null
returning l.job_id, l.fence, l.attempt,
          ${maxAttemptsOf(tables, "l")}`,
  };
}
