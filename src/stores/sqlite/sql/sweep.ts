/** T11–T13, T18: what the sweep looks for, and how waiting jobs end. */

/** After a jump of the clock, leases that end by `jumpedTo` were given before it, and are over `aheadMs` later. */
export const LEASES_OVER = `
select job_id
  from waymark_jobs
 where lease_expires_at <= :now
   and (lease_expires_at > :jumpedTo or lease_expires_at <= :now - :aheadMs)
 order by lease_expires_at, job_id
 limit :limit`;

export const OUT_OF_TIME = `
select job_id
  from waymark_jobs
 where expires_at <= :now
   and place > 0
 order by expires_at, job_id
 limit :limit`;

/** T14 and T18: a waiting job ends. */
export const END_WAITING = `
update waymark_jobs
   set status = :to, place = 0, seq = seq + 1, finished_at = :at, updated_at = :at, live_key = null,
       cancel_requested_at = :cancelRequestedAt,
       error_code = null, error_message = null, error_category = null, error_retryable = null,
       error_reference = null, error_detail = null
 where job_id = :jobId
   and place > 0`;

/** A clock that was set back makes expired jobs young again. */
export const TAKE_BACK_FROM_ASIDE = `
update waymark_jobs
   set place = 1
 where place = 4
   and expires_at > :now`;

export const FORGET_WORKERS = `
delete from waymark_workers
 where seen_at < :before`;
