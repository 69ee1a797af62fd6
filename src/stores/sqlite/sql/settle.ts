/** T6–T10, T13, T16: attempts end. */

/** The plain path, which writes no row of the trail: on time, and nobody asked to cancel. */
export const COMPLETE_PLAINLY = `
update waymark_jobs
   set status = 'completed', seq = seq + 1, lost_count = 0, lease_expires_at = null,
       finished_at = max(:now, updated_at), updated_at = max(:now, updated_at), live_key = null,
       percent = case when coalesce(stage, percent, done, total, message) is not null then 100 end,
       result = :result
 where job_id = :jobId
   and status = 'processing'
   and fence = :fence
   and lease_expires_at > :now
   and cancel_requested_at is null
returning concurrency_key`;

/** The same for many: `endings` is a list of [job id, fence, result]. */
export const COMPLETE_ALL_PLAINLY = `
update waymark_jobs as j
   set status = 'completed', seq = seq + 1, lost_count = 0, lease_expires_at = null,
       finished_at = max(:now, updated_at), updated_at = max(:now, updated_at), live_key = null,
       percent = case when coalesce(stage, percent, done, total, message) is not null then 100 end,
       result = e.value ->> 2
  from json_each(:endings) e
 where j.job_id = e.value ->> 0
   and j.status = 'processing'
   and j.fence = e.value ->> 1
   and j.lease_expires_at > :now
   and j.cancel_requested_at is null`;

/** Every other end of an attempt. What it makes of the job was decided in this transaction; see settle-rules.ts. */
export const END_ATTEMPT = `
update waymark_jobs
   set status = :to, place = :place, attempt = :attempt, lost_count = :lostCount, run_at = :runAt,
       seq = seq + 1, fence = fence + :locksOut, lease_expires_at = null,
       finished_at = :finishedAt, updated_at = :at,
       live_key = case when :finishedAt is null then unique_key end,
       cancel_requested_at = :cancelRequestedAt,
       stage = :stage, percent = :percent, done = :done, total = :total, message = :message,
       result = :result,
       error_code = :errorCode, error_message = :errorMessage, error_category = :errorCategory,
       error_retryable = :errorRetryable, error_reference = :errorReference, error_detail = :errorDetail
 where job_id = :jobId
   and status = 'processing'
   and fence = :fence`;

/** A remark that changes no status: told once for a fence. */
export const COUNT_REMARK = `
update waymark_jobs
   set seq = seq + 1, updated_at = :at
 where job_id = :jobId
   and seq = :seq`;
