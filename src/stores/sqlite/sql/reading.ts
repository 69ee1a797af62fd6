/** Jobs and tombstones by their ids. */
import type { ReadView } from "../../../core/store.js";
import { FULL_COLUMNS, INFO_COLUMNS, STATUS_COLUMNS } from "./columns.js";

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

export const TOMBSTONES = `
select *
  from waymark_tombstones
 where job_id > :after
 order by job_id
 limit :limit`;
