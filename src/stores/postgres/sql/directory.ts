/** Statements about what stands around the jobs: queues, workers, kinds and learned durations. */
import { CLOCK, ms, type Tables } from "./words.js";

export type DirectoryStatement =
  | "pauseQueue"
  | "resumeQueue"
  | "queues"
  | "workers"
  | "forgetWorkers"
  | "learn"
  | "learned"
  | "forgetDurations"
  | "saveKinds"
  | "kinds";

export function directoryStatements({
  lanes,
  queues,
  kinds,
  durations,
  workers,
}: Tables): Record<DirectoryStatement, string> {
  return {
    pauseQueue: `
with ${CLOCK}
insert into ${queues} as q (queue, paused_at, paused_by)
select $2, clock.now, $3
  from clock
    on conflict (queue) do update
   set paused_at = excluded.paused_at, paused_by = excluded.paused_by
 where q.paused_at is null`,

    resumeQueue: `
insert into ${queues} (queue) values ($1)
    on conflict (queue) do update set paused_at = null, paused_by = null`,

    queues: `
select n.queue, ${ms("q.paused_at")} as paused_at, q.paused_by
  from (select queue from ${lanes} union select queue from ${queues}) n
  left join ${queues} q on q.queue = n.queue
 order by n.queue collate "C"`,

    workers: `
with ${CLOCK}
select w.worker_id, w.host, w.pid, w.kinds, w.queues, w.concurrency, w.running, w.accepting, w.lease_ms,
       ${ms("w.started_at")} as started_at, ${ms("w.seen_at")} as seen_at
  from ${workers} w, clock
 where w.seen_at >= clock.now - interval '1 day'
 order by w.seen_at desc, w.started_at desc, w.worker_id`,

    forgetWorkers: `
with ${CLOCK}
delete from ${workers} w using clock where w.seen_at < clock.now - interval '1 day'`,

    /** Counted under the day of the clock, the days since 1970. The order of the rows is the order of their locks. */
    learn: `
with ${CLOCK}
insert into ${durations} as d (kind, period, measure, stage, size, bucket, samples)
select t.kind, floor(date_part('epoch', clock.now) / 86400)::integer, t.measure, coalesce(t.stage, ''), t.size, t.bucket,
       sum(t.samples)
  from clock
 cross join unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::bigint[])
       as t (kind, measure, stage, size, bucket, samples)
 group by 1, 2, 3, 4, 5, 6
 order by 1, 2, 3, 4, 5, 6
    on conflict (kind, period, measure, stage, size, bucket) do update
   set samples = d.samples + excluded.samples`,

    learned: `
with ${CLOCK},
today as (
  select floor(date_part('epoch', clock.now) / 86400)::integer as period from clock
)
select d.kind, greatest(0, today.period - d.period) as age_days, d.measure, nullif(d.stage, '') as stage, d.size, d.bucket,
       d.samples::float8 as samples
  from today
 cross join ${durations} d
 where d.kind = any ($2::text[])
   and d.period > today.period - $3::integer`,

    forgetDurations: `
with ${CLOCK}
delete from ${durations} d
 using clock
 where d.period <= floor(date_part('epoch', clock.now) / 86400)::integer - $2::integer`,

    saveKinds: `
insert into ${kinds} (kind, stages, target_ms)
select told.kind, told.stages, told.target_ms
  from unnest($1::text[], $2::text[], $3::float8[]) as told (kind, stages, target_ms)
 order by told.kind
    on conflict (kind) do update
   set stages = excluded.stages, target_ms = excluded.target_ms
 where (${kinds}.stages, ${kinds}.target_ms) is distinct from (excluded.stages, excluded.target_ms)`,

    kinds: `
select kind, stages, target_ms from ${kinds} order by kind collate "C"`,
  };
}
