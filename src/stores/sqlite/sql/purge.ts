/** T20: finished jobs go for good. Each statement is for all jobs of a batch: one of their own would cost more than the rows. */

const DOOMED_COLUMNS =
  "id, job_id, kind, queue, owner, status, error_code, created_at, finished_at, updated_at, concurrency_key";

export const OLDER_THAN: string = `
select ${DOOMED_COLUMNS}
  from waymark_jobs
 where status = :status
   and finished_at < :before
 order by finished_at, job_id
 limit :limit`;

/** Those that `keep` newer ones of their status leave no room for. */
export const BEYOND_KEPT: string = `
select ${DOOMED_COLUMNS}
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

export const FINISHED_JOB: string = `
select ${DOOMED_COLUMNS}
  from waymark_jobs
 where job_id = :jobId
   and finished_at is not null`;

export const BURY = `
insert into waymark_tombstones (job_id, kind, owner, status, error_code, created_at, finished_at, purged_at)
select job_id, kind, owner, status, error_code, created_at, finished_at, max(:now, updated_at)
  from waymark_jobs
 where id in (select value from json_each(:ids))
   and finished_at is not null`;

export const DELETE_JOBS = `
delete from waymark_jobs
 where id in (select value from json_each(:ids))
   and finished_at is not null`;

export const DELETE_EVENTS = `
delete from waymark_events
 where job_id in (select value from json_each(:jobIds))`;

export const DELETE_LOGS = `
delete from waymark_logs
 where job_id in (select value from json_each(:jobIds))`;

export const DELETE_CALLBACKS = `
delete from waymark_callbacks
 where job_id in (select value from json_each(:jobIds))`;

export const DELETE_TOMBSTONES = `
delete from waymark_tombstones
 where job_id in (
   select job_id
     from waymark_tombstones
    where purged_at < :before
    order by purged_at
    limit :limit)`;
