/** Statements of T5: leases are renewed, progress and log lines are written, workers are seen. */
import { CLOCK, fenceOf, LIVE_COLUMNS, liveFacts, runs, type Tables } from "./words.js";

export type HoldStatement = "extend" | "saveWorker" | "report";

export function holdStatements({ live, logs, workers }: Tables): Record<HoldStatement, string> {
  return {
    /** Who is heard from for the first time steps out of the line it was claimed from; from then on no index is touched. */
    extend: `
with ${CLOCK},
held as materialized (
  select l.*
    from unnest($2::uuid[], $3::integer[]) as told (job_id, fence)
   cross join lateral (
     select w.job_id, ${fenceOf("w")} as fence, w.cancel_requested_at is not null as cancel
       from ${live} w
      where w.job_id = told.job_id and ${fenceOf("w")} = told.fence and ${runs("w")}
        for update) l
),
renewed as (
  update ${live} l
     set lease_expires_at = clock.now + $4::float8 * interval '1 millisecond', line = 'held'
    from clock
   where l.job_id = any (array(select h.job_id from held h))
)
select h.job_id, h.fence, h.cancel from held h`,

    saveWorker: `
with ${CLOCK}
insert into ${workers} as w (
  worker_id, started_at, seen_at, lease_ms, pid, concurrency, running, accepting, host, kinds, queues)
select $2, clock.now, clock.now, $3::float8, $4::integer, $5::integer, $6::integer, $7::boolean, $8, $9::text[], $10::text[]
  from clock
    on conflict (worker_id) do update
   set seen_at = excluded.seen_at, lease_ms = excluded.lease_ms, pid = excluded.pid, host = excluded.host,
       concurrency = excluded.concurrency, running = excluded.running, accepting = excluded.accepting,
       kinds = excluded.kinds, queues = excluded.queues`,

    /** Percent never falls, and an unknown one takes nothing back. A new stage clears what was told of the old one. */
    report: `
with ${CLOCK},
told as materialized (
  select *
    from unnest($2::uuid[], $3::integer[], $4::text[], $5::float8[], $6::boolean[], $7::float8[], $8::boolean[],
                $9::float8[], $10::boolean[], $11::text[], $12::boolean[])
         as t (job_id, fence, stage, percent, has_done, done, has_total, total, has_message, message, changes)
),
held as materialized (
  select l.*, t.stage as told_stage, t.percent as told_percent, t.has_done, t.done as told_done, t.has_total,
         t.total as told_total, t.has_message, t.message as told_message, t.changes,
         t.stage is not null and t.stage is distinct from l.stage as is_new
    from told t
   cross join lateral (
     select ${liveFacts("w")} from ${live} w
      where w.job_id = t.job_id and ${fenceOf("w")} = t.fence and ${runs("w")}
        for update) l
),
noted as (
  insert into ${live} as l (${LIVE_COLUMNS})
  select h.job_id, h.run_at, h.lease_expires_at, h.started_at, greatest(clock.now, h.updated_at), h.expires_at,
         h.cancel_requested_at, h.first_started_at, h.claimed_at, greatest(h.percent, h.told_percent),
         case when h.has_done then h.told_done when not h.is_new then h.done end,
         case when h.has_total then h.told_total when not h.is_new then h.total end,
         h.lane_id, h.priority, h.attempt, h.generation, h.fence, h.seq, h.lost_count, h.recorded, h.line, null,
         h.claimed_from, h.owner, h.worker_id, h.unique_key, h.concurrency_key, coalesce(h.told_stage, h.stage),
         case when h.has_message then h.told_message when not h.is_new then h.message end, h.error, h.error_detail
    from held h, clock
   where h.changes
      on conflict (job_id) do update
     set updated_at = excluded.updated_at, percent = excluded.percent, done = excluded.done, total = excluded.total,
         stage = excluded.stage, message = excluded.message,
         stage_started_at = case when excluded.stage is distinct from l.stage then excluded.updated_at
                                 else l.stage_started_at end
),
logged as (
  insert into ${logs} (job_id, fence, at, message, fields)
  select h.job_id, h.fence, greatest(clock.now, h.updated_at), line.message, line.fields
    from unnest($13::uuid[], $14::integer[], $15::text[], $16::text[]) with ordinality
         as line (job_id, fence, message, fields, place)
    join held h on h.job_id = line.job_id and h.fence = line.fence
   cross join clock
   order by line.place
)
select h.job_id, h.fence, h.cancel_requested_at is not null as cancel from held h`,
  };
}
