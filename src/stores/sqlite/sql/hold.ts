/** T5: what the holder of an attempt says while it runs. */

export const EXTEND = `
update waymark_jobs
   set lease_expires_at = :leaseExpiresAt
 where job_id = :jobId
   and status = 'processing'
   and fence = :fence
returning cancel_requested_at is not null as asked`;

export const BEAT = `
insert into waymark_workers (
  worker_id, host, pid, kinds, queues, concurrency, running, accepting, started_at, seen_at, lease_ms)
values (
  :workerId, :host, :pid, :kinds, :queues, :concurrency, :running, :accepting, :now, :now, :leaseMs)
on conflict (worker_id) do update
   set host = excluded.host, pid = excluded.pid, kinds = excluded.kinds, queues = excluded.queues,
       concurrency = excluded.concurrency, running = excluded.running, accepting = excluded.accepting,
       seen_at = excluded.seen_at, lease_ms = excluded.lease_ms`;

/**
 * A value is set when its flag says so. A new stage clears what was told of the one before; percent never falls, and an
 * unknown one takes nothing back.
 */
export const REPORT = `
update waymark_jobs
   set done = case when :setsDone then :done when stage is not :stage and :setsStage then null else done end,
       total = case when :setsTotal then :total when stage is not :stage and :setsStage then null else total end,
       message = case when :setsMessage then :message when stage is not :stage and :setsStage then null else message end,
       stage_started_at = case when stage is not :stage and :setsStage then max(:now, updated_at) else stage_started_at end,
       stage = case when :setsStage then :stage else stage end,
       percent = case
         when :percent is null then percent
         when percent is null then :percent
         else max(percent, :percent) end,
       updated_at = case
         when :setsAny then max(:now, updated_at)
         else updated_at end
 where job_id = :jobId
   and status = 'processing'
   and fence = :fence
returning cancel_requested_at is not null as asked, max(:now, updated_at) as at`;

/** Keeps the first lines: they tell how it began. */
export const LOG = `
insert into waymark_logs (job_id, fence, at, message, fields)
select :jobId, :fence, :at, :message, :fields
 where (select count(*) from waymark_logs where job_id = :jobId) < :most`;
