/** What stands around the jobs: logs, queues, workers, kinds. */

export const LOGS = `
select job_id, fence, at, message, fields
  from waymark_logs
 where job_id = :jobId
 order by id`;

/** Pausing twice keeps the first: since when, and by whom. */
export const PAUSE_QUEUE = `
insert into waymark_queues (queue, paused_at, paused_by)
values (:queue, :now, :actor)
on conflict (queue) do update
   set paused_at = excluded.paused_at, paused_by = excluded.paused_by
 where paused_at is null`;

export const RESUME_QUEUE = `
insert into waymark_queues (queue, paused_at, paused_by)
values (:queue, null, null)
on conflict (queue) do update
   set paused_at = null, paused_by = null`;

export const QUEUES = `
select queue, max(paused_at) as paused_at, max(paused_by) as paused_by
  from (
    select queue, paused_at, paused_by from waymark_queues
     union all
    select queue, null, null from waymark_lanes)
 group by queue
 order by queue`;

export const WORKERS = `
select *
  from waymark_workers
 where seen_at >= :since
 order by seen_at desc, started_at desc`;

export const SAVE_KIND = `
insert into waymark_kinds (kind, stages, target_ms)
values (:kind, :stages, :targetMs)
on conflict (kind) do update
   set stages = excluded.stages, target_ms = excluded.target_ms`;

export const KINDS = `
select kind, stages, target_ms
  from waymark_kinds
 order by kind`;
