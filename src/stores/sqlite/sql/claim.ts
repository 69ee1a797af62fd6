/** T4: jobs are handed out, from the front of their lanes or by name. */
import { NUMBERED_FROM_FRONT, STANDS_AS_IT_CAME } from "./lanes.js";

/** The lanes this worker takes and that are not paused, with what stands in each: a few probes of an index a lane. */
export const LANES_TO_CLAIM: string = `
select l.lane, l.queue, l.kind,
       exists (
         select 1 from waymark_jobs j where j.place = 1 and j.queue = l.queue and j.kind = l.kind) as in_line,
       exists (
         select 1 from waymark_jobs j where ${STANDS_AS_IT_CAME}) as as_they_came,
       exists (
         select 1 from waymark_jobs j where ${NUMBERED_FROM_FRONT}) as has_numbers,
       (select min(j.run_at) from waymark_jobs j where j.place = 2 and j.queue = l.queue and j.kind = l.kind) as next_run_at
  from json_each(:kinds) k
 cross join waymark_lanes l on l.kind = k.value
  left join waymark_queues q on q.queue = l.queue
 where q.paused_at is null
   and (:queues is null or l.queue in (select value from json_each(:queues)))`;

/** Not a move: the status stays, the job merely stands in line now. */
export const BRING_DUE_INTO_LINE = `
update waymark_jobs
   set place = 1
 where id in (
   select id
     from waymark_jobs
    where place = 2
      and queue = :queue
      and kind = :kind
      and run_at <= :now
    order by run_at
    limit :limit)`;

export const NEXT_RUN_AT = `
select min(run_at) as next_run_at
  from waymark_jobs
 where place = 2
   and queue = :queue
   and kind = :kind`;

/** All that a worker is told: reading it here costs less than answering it from the claim. */
const CANDIDATE_COLUMNS = `
       id, job_id, kind, queue, owner, place, priority, run_at, expires_at, concurrency_key, fence, generation, attempt,
       max_attempts, lost_count, created_at, updated_at, metadata, payload`;

export const HEAD_OF_LANE: string = `
select ${CANDIDATE_COLUMNS}
  from waymark_jobs
 where place = 1
   and queue = :queue
   and kind = :kind
 order by priority, run_at, job_id
 limit :limit`;

/** Of the jobs that stand as they came, from the front of the lane, or from a later number on. */
export const HEAD_AS_THEY_CAME: string = `
select ${CANDIDATE_COLUMNS}
  from waymark_jobs
 where id >= max(:from, (select front from waymark_lanes where lane = :lane))
   and id < (:lane + 1) << 40
   and place = 6
 order by id
 limit :limit`;

/** Past its expiry: out of the way until the sweeper ends it. */
export const SET_ASIDE = `
update waymark_jobs
   set place = 4
 where id = :id
   and place = 1`;

/** The two that came first to a lane, unless its queue is paused, or any job at all stands in the index of the line. */
export const FIRST_AS_THEY_CAME: string = `
select ${CANDIDATE_COLUMNS}
  from waymark_jobs
 where id >= (select front from waymark_lanes where lane = :lane)
   and id < (:lane + 1) << 40
   and place = 6
   and not exists (select 1 from waymark_jobs i where i.place = 1)
   and not exists (select 1 from waymark_queues q where q.queue = :queue and q.paused_at is not null)
 order by id
 limit 2`;

const BEGIN_ATTEMPT = `
update waymark_jobs
   set status = 'processing', place = 0,
       attempt = attempt + 1, fence = fence + 1, seq = seq + 1,
       worker_id = :workerId, lease_expires_at = :leaseExpiresAt,
       claimed_at = max(:now, updated_at), started_at = max(:now, updated_at),
       first_started_at = coalesce(first_started_at, max(:now, updated_at)),
       updated_at = max(:now, updated_at),
       stage = null, percent = null, done = null, total = null, message = null,
       error_code = null, error_message = null, error_category = null, error_retryable = null,
       error_reference = null, error_detail = null
 where (place = 1 or place = 6)`;

/** All jobs that one claim takes. They were read in this transaction, so every one of them must still stand in line. */
export const CLAIM = `${BEGIN_ATTEMPT}
   and id in (select value from json_each(:ids))`;

export const CLAIM_ONE = `${BEGIN_ATTEMPT}
   and id = :id`;

/** Like a claim, for a recorded job that its runner names: due or not, paused or not. */
export const START = `
update waymark_jobs
   set status = 'processing', place = 0,
       attempt = attempt + 1, fence = fence + 1, seq = seq + 1,
       worker_id = :workerId, lease_expires_at = :leaseExpiresAt,
       claimed_at = max(:now, updated_at),
       started_at = case when :startKnown then max(:now, updated_at) end,
       first_started_at = coalesce(first_started_at, case when :startKnown then max(:now, updated_at) end),
       updated_at = max(:now, updated_at),
       stage = null, percent = null, done = null, total = null, message = null,
       error_code = null, error_message = null, error_category = null, error_retryable = null,
       error_reference = null, error_detail = null
 where job_id = :jobId
   and place = 5
returning kind, queue, fence, attempt, max_attempts`;

export const STATUS_OF = `
select status
  from waymark_jobs
 where job_id = :jobId`;
