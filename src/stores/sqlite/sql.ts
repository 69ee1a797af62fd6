/**
 * Every statement of the store, whole, in the order of the contract. SQLite has one writer, and every write runs inside
 * `begin immediate`, so a statement sees what the one before it wrote and nobody comes between. The guards (fence, status,
 * place) stand in the statements all the same: a lost lease changes no row.
 *
 * Time: `:now` is the store's clock. What a job remembers of it never runs backwards: `max(:now, updated_at)`.
 * What `place` means is told in migrations.ts.
 */
import type { ReadView } from "../../core/store.js";

// ── enqueue ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Changes no row when the id is taken, also by a job that was purged. */
export const INSERT_JOB = `
insert into waymark_jobs (
  job_id, kind, queue, owner, status, place, priority, run_at, max_attempts, scheduled_at, expires_at,
  created_at, updated_at, unique_key, live_key, idempotency_key, concurrency_key, concurrency_limit,
  recorded, parent_id, rerun_of, metadata, payload)
select
  :jobId, :kind, :queue, :owner, :status, :place, :priority, :runAt, :maxAttempts, :scheduledAt, :expiresAt,
  :now, :now, :uniqueKey, :uniqueKey, :idempotencyKey, :concurrencyKey, :concurrencyLimit,
  :recorded, :parentId, :rerunOf, :metadata, :payload
 where not exists (select 1 from waymark_tombstones where job_id = :jobId)
on conflict (job_id) do nothing`;

const COLUMNS_OF_KEYLESS = `
  job_id, kind, queue, owner, status, place, priority, run_at, max_attempts, scheduled_at, expires_at,
  created_at, updated_at, recorded, parent_id, rerun_of, metadata, payload`;

/** Jobs without keys, many at once; the values in the order of the columns. Fails as a whole when an id is taken. */
function insertJobs(rows: number): string {
  const row = `(${Array<string>(18).fill("?").join(", ")})`;
  return `
insert into waymark_jobs (${COLUMNS_OF_KEYLESS})
values ${Array<string>(rows).fill(row).join(",\n       ")}`;
}
export const INSERT_50_JOBS: string = insertJobs(50);
export const INSERT_10_JOBS: string = insertJobs(10);

export const TOMBSTONE_BETWEEN = `
select 1 as found
  from waymark_tombstones
 where job_id between :first and :last
 limit 1`;

export const JOB_OR_TOMBSTONE = `
select 1 as found
 where exists (select 1 from waymark_jobs where job_id = :jobId)
    or exists (select 1 from waymark_tombstones where job_id = :jobId)`;

export const HOLDER_OF_IDEMPOTENCY_KEY = `
select job_id, kind, queue, scheduled_at, payload
  from waymark_jobs
 where coalesce(owner, '') = :scope
   and idempotency_key = :key`;

export const HOLDER_OF_UNIQUE_KEY = `
select job_id, kind, queue, scheduled_at
  from waymark_jobs
 where coalesce(owner, '') = :scope
   and live_key = :key`;

export const COUNT_IN_LANE = `
insert into waymark_lanes (kind, queue, jobs)
values (:kind, :queue, :jobs)
on conflict (kind, queue) do update
   set jobs = jobs + excluded.jobs`;

// ── concurrency keys ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The newest enqueue decides. */
export const SET_SLOTS = `
insert into waymark_keys (concurrency_key, slots)
values (:key, :slots)
on conflict (concurrency_key) do update
   set slots = excluded.slots
 where slots <> excluded.slots`;

export const FREE_SLOTS = `
select k.slots - (
         select count(*)
           from waymark_jobs j
          where j.concurrency_key = :key
            and j.status = 'processing') as free
  from waymark_keys k
 where k.concurrency_key = :key`;

export const PARK = `
update waymark_jobs
   set place = 3
 where id = :id
   and place = 1`;

/**
 * The next lane with waiting jobs of this key; begin with two empty texts. In two steps, because a comparison of pairs
 * would walk through every job of the lane it comes from.
 */
export const NEXT_KEYED_LANE = `
select queue, kind
  from (
    select queue, kind
      from waymark_jobs
     where concurrency_key = :key
       and (place = 1 or place = 3)
       and queue = :queue
       and kind > :kind
     order by kind
     limit 1)
 union all
select queue, kind
  from (
    select queue, kind
      from waymark_jobs
     where concurrency_key = :key
       and (place = 1 or place = 3)
       and queue > :queue
     order by queue, kind
     limit 1)
 limit 1`;

/** The best of the key in one lane stand in line, as many as there are free slots: any lane may be the one that is served. */
export const UNPARK = `
update waymark_jobs
   set place = 1
 where place = 3
   and id in (
     select id
       from waymark_jobs
      where concurrency_key = :key
        and queue = :queue
        and kind = :kind
        and (place = 1 or place = 3)
      order by priority, run_at, job_id
      limit :free)`;

export const ANY_KEY = `
select 1 as found
  from waymark_keys
 limit 1`;

export const KEYS_OF_JOBS = `
select distinct j.concurrency_key
  from json_each(:jobIds) i
 cross join waymark_jobs j on j.job_id = i.value
 where j.concurrency_key is not null`;

export const FORGET_KEY = `
delete from waymark_keys
 where concurrency_key = :key
   and not exists (select 1 from waymark_jobs where concurrency_key = :key)`;

// ── claim ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The lanes this worker takes and that are not paused, with what stands in each: two probes of an index a lane. */
export const LANES_TO_CLAIM = `
select l.queue, l.kind,
       exists (
         select 1 from waymark_jobs j where j.place = 1 and j.queue = l.queue and j.kind = l.kind) as in_line,
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

/** With all that a worker is told: reading it here costs less than answering it from the claim. */
export const HEAD_OF_LANE = `
select id, job_id, kind, queue, owner, priority, run_at, expires_at, concurrency_key, fence, generation, attempt,
       max_attempts, lost_count, created_at, updated_at, metadata, payload
  from waymark_jobs
 where place = 1
   and queue = :queue
   and kind = :kind
 order by priority, run_at, job_id
 limit :limit`;

/** Past its expiry: out of the way until the sweeper ends it. */
export const SET_ASIDE = `
update waymark_jobs
   set place = 4
 where id = :id
   and place = 1`;

/** All jobs that one claim takes. They were read in this transaction, so every one of them must still stand in line. */
export const CLAIM = `
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
 where id in (select value from json_each(:ids))
   and place = 1`;

// ── start ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
returning fence, attempt, max_attempts`;

export const STATUS_OF = `
select status
  from waymark_jobs
 where job_id = :jobId`;

// ── extend, report ─────────────────────────────────────────────────────────────────────────────────────────────────────

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

// ── settle ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

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

// ── callbacks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is known of a callback before it is applied. */
export const CALLBACK_KNOWN = `
select exists (select 1 from waymark_callbacks where job_id = :jobId and id = :id) as is_known,
       (select max(seq) from waymark_callbacks where job_id = :jobId and fence = :fence) as last_seq`;

export const ADD_CALLBACK = `
insert into waymark_callbacks (job_id, id, fence, seq)
values (:jobId, :id, :fence, :seq)`;

export const CALLBACKS = `
select c.job_id, c.id, c.fence, c.seq
  from json_each(:jobIds) i
 cross join waymark_callbacks c on c.job_id = i.value
 order by c.job_id, c.fence, c.seq`;

export const DELETE_CALLBACKS = `
delete from waymark_callbacks
 where job_id = :jobId`;

// ── the trail, beside the moves ────────────────────────────────────────────────────────────────────────────────────────

export const WRITE_EVENT = `
insert into waymark_events (
  job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, reason, request_id, error)
values (
  :jobId, :seq, :at, :from, :to, :event, :actor, :attempt, :fence, :generation, :reason, :requestId, :error)`;

/** The row of the running attempt's claim, before something other than a plain completion happens to it. */
export const WRITE_CLAIM = `
insert into waymark_events (
  job_id, seq, at, from_status, to_status, event, actor, attempt, fence, generation, start_unknown)
select j.job_id, j.seq, j.claimed_at,
       coalesce(
         (select e.to_status from waymark_events e where e.job_id = j.job_id and e.seq = j.seq - 1),
         case when j.scheduled_at is null then 'pending' else 'scheduled' end),
       'processing', 'claim', :actor, j.attempt, j.fence, j.generation, j.started_at is null
  from waymark_jobs j
 where j.job_id = :jobId
   and j.status = 'processing'
   and j.cancel_requested_at is null`;

export const EVENTS = `
select e.*
  from json_each(:jobIds) i
 cross join waymark_events e on e.job_id = i.value
 order by e.job_id, e.seq`;

// ── sweep ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

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

// ── cancel, retry, remove, purge ───────────────────────────────────────────────────────────────────────────────────────

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

// ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const STATUS_COLUMNS = `
       j.job_id, j.kind, j.queue, j.owner, j.status, j.place, j.priority, j.run_at, j.generation, j.attempt,
       j.max_attempts, j.lost_count, j.fence, j.seq, j.worker_id, j.lease_expires_at, j.scheduled_at, j.expires_at,
       j.created_at, j.first_started_at, j.claimed_at, j.started_at, j.finished_at, j.updated_at,
       j.cancel_requested_at, j.unique_key, j.idempotency_key, j.concurrency_key, j.concurrency_limit,
       j.recorded, j.parent_id, j.rerun_of, j.stage, j.percent, j.done, j.total, j.message, j.stage_started_at,
       j.error_code, j.error_message, j.error_category, j.error_retryable, j.error_reference, j.metadata`;
const INFO_COLUMNS: string = `${STATUS_COLUMNS}, j.result, octet_length(j.payload) as payload_bytes`;
const FULL_COLUMNS: string = `${INFO_COLUMNS}, j.payload, j.error_detail`;

/** One job by its id, by view; the writes begin with the status view too. */
export const READ_ONE: Readonly<Record<ReadView, string>> = {
  status: `
select ${STATUS_COLUMNS}
  from waymark_jobs j
 where j.job_id = :jobId`,
  info: `
select ${INFO_COLUMNS}
  from waymark_jobs j
 where j.job_id = :jobId`,
  full: `
select ${FULL_COLUMNS}
  from waymark_jobs j
 where j.job_id = :jobId`,
};

/** Many jobs: one statement, one snapshot. */
export const READ_MANY: Readonly<Record<ReadView, string>> = {
  status: `
select ${STATUS_COLUMNS}
  from json_each(:jobIds) i
 cross join waymark_jobs j on j.job_id = i.value`,
  info: `
select ${INFO_COLUMNS}
  from json_each(:jobIds) i
 cross join waymark_jobs j on j.job_id = i.value`,
  full: `
select ${FULL_COLUMNS}
  from json_each(:jobIds) i
 cross join waymark_jobs j on j.job_id = i.value`,
};

export const READ_TOMBSTONE = `
select *
  from waymark_tombstones
 where job_id = :jobId`;

export const PAUSE_OF = `
select paused_at, paused_by
  from waymark_queues
 where queue = :queue`;

export const WORKERS_OF_KIND = `
select max(seen_at) as seen_at,
       coalesce(sum(
         accepting
         and seen_at + lease_ms > :now
         and (queues is null or exists (select 1 from json_each(queues) q where q.value = :queue))), 0) as live
  from waymark_workers
 where exists (select 1 from json_each(kinds) k where k.value = :kind)`;

/** Due jobs of the queue that stand before this one: in line, not yet brought into line, and parked. */
export const AHEAD = `
select count(*) as ahead
  from (
    select 1
      from waymark_lanes l
     cross join waymark_jobs j
        on j.place = 1
       and j.queue = l.queue
       and j.kind = l.kind
       and (j.priority, j.run_at, j.job_id) < (:priority, :runAt, :jobId)
     where l.queue = :queue
    union all
    select 1
      from waymark_lanes l
     cross join waymark_jobs j
        on j.place = 2
       and j.queue = l.queue
       and j.kind = l.kind
       and j.run_at <= :now
       and (j.priority, j.run_at, j.job_id) < (:priority, :runAt, :jobId)
     where l.queue = :queue
    union all
    select 1
      from waymark_jobs j
     where j.place = 3
       and j.queue = :queue
       and (j.priority, j.run_at, j.job_id) < (:priority, :runAt, :jobId)
     limit :limit)`;

export const SLOTS_OF_KEY = `
select slots
  from waymark_keys
 where concurrency_key = :key`;

export const HOLDERS_OF_KEY = `
select job_id
  from waymark_jobs
 where concurrency_key = :key
   and status = 'processing'
 order by job_id`;

// ── list, counts ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a list and a count filter by. A scheduled job whose time has come reads as pending. */
const FILTERS = `
   and (:owner is null or j.owner = :owner)
   and (:kind is null or j.kind = :kind)
   and (:queue is null or j.queue = :queue)
   and (:statuses is null
        or case when j.status = 'scheduled' and j.run_at <= :now then 'pending' else j.status end
           in (select value from json_each(:statuses)))`;

/** By id alone: right when most jobs pass the filters. */
export const LIST: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j
 where j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

export const LIST_OF_OWNER: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j indexed by waymark_jobs_owner
 where j.owner = :owner
   and j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

/** One of the endings that are rare, each with an index in the order of ids. */
export const LIST_UNHAPPY: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j indexed by waymark_jobs_unhappy
 where j.status = :status
   and j.finished_at is not null
   and j.status <> 'completed'
   and j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

/** Those that run now are never many. */
export const LIST_RUNNING: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j indexed by waymark_jobs_lease
 where j.lease_expires_at is not null
   and j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

/** For as long as few wait; when many do, most of the newest jobs wait and `LIST` finds them at once. */
export const LIST_WAITING: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j
 where j.id in (
         select id from waymark_jobs where place = 1
          union all
         select id from waymark_jobs where place = 2
          union all
         select id from waymark_jobs where place = 3
          union all
         select id from waymark_jobs where place = 4
          union all
         select id from waymark_jobs where place = 5)
   and j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

export const WAITING_UP_TO = `
select count(*) as waiting
  from (
    select id from waymark_jobs where place = 1
     union all
    select id from waymark_jobs where place = 2
     union all
    select id from waymark_jobs where place = 3
     union all
    select id from waymark_jobs where place = 4
     union all
    select id from waymark_jobs where place = 5
     limit :limit)`;

export const COUNT_OF_OWNER: string = `
select case when j.status = 'scheduled' and j.run_at <= :now then 'pending' else j.status end as status_now,
       count(*) as jobs
  from waymark_jobs j indexed by waymark_jobs_owner
 where j.owner = :owner${FILTERS}
 group by status_now`;

/** From the indexes of what waits, runs or ended badly; `completed` is what is left of all jobs. */
export const COUNT_ALL_BUT_COMPLETED = `
select status_now, count(*) as jobs
  from (
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end as status_now
      from waymark_jobs
     where place = 1
     union all
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end
      from waymark_jobs
     where place = 2
     union all
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end
      from waymark_jobs
     where place = 3
     union all
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end
      from waymark_jobs
     where place = 4
     union all
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end
      from waymark_jobs
     where place = 5
     union all
    select queue, kind, 'processing'
      from waymark_jobs
     where lease_expires_at is not null
     union all
    select queue, kind, status
      from waymark_jobs
     where finished_at is not null
       and status <> 'completed')
 where (:kind is null or kind = :kind)
   and (:queue is null or queue = :queue)
 group by status_now`;

export const COUNT_ALL = `
select coalesce(sum(jobs), 0) as jobs
  from waymark_lanes
 where (:kind is null or kind = :kind)
   and (:queue is null or queue = :queue)`;

// ── logs, tombstones, queues, workers, kinds ───────────────────────────────────────────────────────────────────────────

export const LOGS = `
select job_id, fence, at, message, fields
  from waymark_logs
 where job_id = :jobId
 order by id`;

export const TOMBSTONES = `
select *
  from waymark_tombstones
 where job_id > :after
 order by job_id
 limit :limit`;

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

/** `period` counts the days since 1970; a stage is '' where there is none. */
export const LEARN = `
insert into waymark_durations (kind, period, measure, stage, size, bucket, samples)
values (:kind, :period, :measure, :stage, :size, :bucket, :samples)
on conflict (kind, period, measure, stage, size, bucket) do update
   set samples = samples + excluded.samples`;

export const LEARNED = `
select d.kind, d.period, d.measure, d.stage, d.size, d.bucket, d.samples
  from json_each(:kinds) k
 cross join waymark_durations d on d.kind = k.value
 where d.period > :before`;

export const FORGET_DURATIONS = `
delete from waymark_durations
 where period <= :before`;

export const KINDS = `
select kind, stages, target_ms
  from waymark_kinds
 order by kind`;
