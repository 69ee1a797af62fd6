/** T1 and T2: jobs come in. */
import { NUMBERED_FROM_FRONT } from "./lanes.js";

/** Changes no row when one of its keys or its id is taken, the latter also by a job that was purged. */
export const INSERT_JOB = `
insert into waymark_jobs (
  id, job_id, kind, queue, owner, status, place, priority, run_at, max_attempts, scheduled_at, expires_at,
  created_at, updated_at, unique_key, live_key, idempotency_key, concurrency_key, concurrency_limit,
  recorded, parent_id, rerun_of, metadata, payload)
select
  (select coalesce(max(id), 0) + 1 from waymark_jobs where id < 1 << 40),
  :jobId, :kind, :queue, :owner, :status, :place, :priority, :runAt, :maxAttempts, :scheduledAt, :expiresAt,
  :now, :now, :uniqueKey, :uniqueKey, :idempotencyKey, :concurrencyKey, :concurrencyLimit,
  :recorded, :parentId, :rerunOf, :metadata, :payload
 where not exists (select 1 from waymark_tombstones where job_id = :jobId)
on conflict do nothing`;

const COLUMNS_OF_KEYLESS = `
  id, job_id, kind, queue, owner, status, place, priority, run_at, max_attempts, scheduled_at, expires_at,
  created_at, updated_at, recorded, parent_id, rerun_of, metadata, payload`;

/** Jobs without keys, many at once; the values in the order of the columns. Fails as a whole when an id is taken. */
function insertJobs(rows: number): string {
  const row = `(${Array<string>(19).fill("?").join(", ")})`;
  return `
insert into waymark_jobs (${COLUMNS_OF_KEYLESS})
values ${Array<string>(rows).fill(row).join(",\n       ")}`;
}
export const INSERT_50_JOBS: string = insertJobs(50);
export const INSERT_10_JOBS: string = insertJobs(10);

/**
 * Usual jobs of one kind and queue with nothing else to tell: `?1` to `?3` are kind, queue and number of attempts, `?4` is the
 * time, `?5` the number of the first; of each job its id and payload. Binding is half of what an insert costs.
 */
function insertPlainJobs(rows: number): string {
  const row = (_: unknown, i: number): string =>
    `(?5 + ${i}, ?${6 + 2 * i}, ?1, ?2, 'pending', 6, 0, ?4, ?3, ?4, ?4, ?${7 + 2 * i})`;
  return `
insert into waymark_jobs (
  id, job_id, kind, queue, status, place, priority, run_at, max_attempts, created_at, updated_at, payload)
values ${Array.from({ length: rows }, row).join(",\n       ")}`;
}
export const INSERT_50_PLAIN_JOBS: string = insertPlainJobs(50);
export const INSERT_10_PLAIN_JOBS: string = insertPlainJobs(10);

/** The last number that was given in the lane, unless all before it have gone as well. */
const LAST_NUMBER = `
  select max(j.id) from waymark_jobs j where ${NUMBERED_FROM_FRONT}`;

/**
 * A usual job alone: it stands as it came. Changes no row when another job has the id, and fails for want of one when a job
 * was purged that had it, or one with a later turn stands there. `values`, since SQLite would copy what a `select` that reads
 * the same table answers.
 */
export const INSERT_USUAL_JOB = `
insert into waymark_jobs (
  id, job_id, kind, queue, status, place, priority, run_at, max_attempts, created_at, updated_at, payload,
  owner, parent_id, rerun_of, metadata)
values (
  (select coalesce((${LAST_NUMBER}) + 1, l.front) from waymark_lanes l where l.lane = ?1),
  case when not exists (select 1 from waymark_tombstones where job_id = ?6)
        and not exists (
          select 1
            from waymark_lanes l
           cross join waymark_jobs last on last.id = (${LAST_NUMBER})
           where l.lane = ?1
             and (last.created_at, last.job_id) >= (?5, ?6)) then ?6 end,
  ?2, ?3, 'pending', 6, 0, ?5, ?4, ?5, ?5, ?7, ?8, ?9, ?10, ?11)
on conflict (job_id) do nothing`;

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
