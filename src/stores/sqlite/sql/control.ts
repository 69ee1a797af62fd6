/** T14, T15, T17, T19, T20: cancel, retry, remove, purge. */

export const REQUEST_CANCEL = `
update waymark_jobs
   set cancel_requested_at = :at, updated_at = :at, seq = seq + 1
 where job_id = :jobId
   and status = 'processing'
   and cancel_requested_at is null`;

export const RETRIED_BEFORE = `
select 1 as found
  from waymark_events
 where job_id = :jobId
   and event = 'retry'
   and request_id = :requestId`;

/** T19. The job gets the time to live of its enqueue again (counted from where it was last given), or it would expire at once. */
export const RETRY = `
update waymark_jobs
   set status = 'pending', place = :place, generation = generation + 1, attempt = 0, lost_count = 0, seq = seq + 1,
       run_at = :now,
       expires_at = :now + expires_at - coalesce((
         select max(e.at)
           from waymark_events e
          where e.job_id = waymark_jobs.job_id
            and e.seq <= waymark_jobs.seq
            and e.event = 'retry'), created_at),
       finished_at = null, updated_at = :at, live_key = unique_key, cancel_requested_at = null,
       stage = null, percent = null, done = null, total = null, message = null,
       error_code = null, error_message = null, error_category = null, error_retryable = null,
       error_reference = null, error_detail = null
 where job_id = :jobId
   and status in ('failed', 'cancelled', 'expired')`;

export const OLDER_THAN = `
select job_id, finished_at
  from waymark_jobs
 where status = :status
   and finished_at < :before
 order by finished_at, job_id
 limit :limit`;

/** Those that `keep` newer ones of their status leave no room for. */
export const BEYOND_KEPT = `
select job_id, finished_at
  from waymark_jobs
 where status = :status
   and finished_at is not null
   and (finished_at, job_id) <= (
     select finished_at, job_id
       from waymark_jobs
      where status = :status
        and finished_at is not null
      order by finished_at desc, job_id desc
      limit 1 offset :keep)
 order by finished_at, job_id
 limit :limit`;

export const BURY = `
insert into waymark_tombstones (job_id, kind, owner, status, error_code, created_at, finished_at, purged_at)
select job_id, kind, owner, status, error_code, created_at, finished_at, max(:now, updated_at)
  from waymark_jobs
 where job_id = :jobId
   and finished_at is not null
returning *`;

export const DELETE_JOB = `
delete from waymark_jobs
 where job_id = :jobId
   and finished_at is not null
returning kind, queue, concurrency_key`;

export const DELETE_EVENTS = `
delete from waymark_events
 where job_id = :jobId`;

export const DELETE_LOGS = `
delete from waymark_logs
 where job_id = :jobId`;

export const DELETE_TOMBSTONES = `
delete from waymark_tombstones
 where job_id in (
   select job_id
     from waymark_tombstones
    where purged_at < :before
    order by purged_at
    limit :limit)`;
