/** T1 and T2: jobs come in. */

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

/**
 * Plain jobs that wait at once, all of one kind, queue, priority and number of attempts: `?1` to `?4`, and `?5` is the
 * time; of each job its id and payload. Binding is half of what an insert costs.
 */
function insertPlainJobs(rows: number): string {
  const row = (_: unknown, i: number): string =>
    `(?${6 + 2 * i}, ?1, ?2, 'pending', 1, ?3, ?5, ?4, ?5, ?5, ?${7 + 2 * i})`;
  return `
insert into waymark_jobs (
  job_id, kind, queue, status, place, priority, run_at, max_attempts, created_at, updated_at, payload)
values ${Array.from({ length: rows }, row).join(",\n       ")}`;
}
export const INSERT_50_PLAIN_JOBS: string = insertPlainJobs(50);
export const INSERT_10_PLAIN_JOBS: string = insertPlainJobs(10);

/** One such job alone, with the same values; changes no row when the id is taken. */
export const INSERT_PLAIN_JOB = `
insert into waymark_jobs (
  job_id, kind, queue, status, place, priority, run_at, max_attempts, created_at, updated_at, payload)
select ?6, ?1, ?2, 'pending', 1, ?3, ?5, ?4, ?5, ?5, ?7
 where not exists (select 1 from waymark_tombstones where job_id = ?6)
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
