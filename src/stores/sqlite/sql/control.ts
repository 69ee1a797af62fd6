/** T14, T15, T19: cancel and retry. */

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
