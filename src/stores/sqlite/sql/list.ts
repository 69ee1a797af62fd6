/** Lists and counts, each from where what is asked for is rare. */
import { INFO_COLUMNS } from "./columns.js";
import { STANDS_AS_IT_CAME } from "./lanes.js";

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

/**
 * Place by place, as each has an index of its own; and lane by lane, where jobs stand as they came. `not indexed`: by their
 * numbers, or SQLite would make an index of all jobs for the statement.
 */
const IDS_OF_WAITING: string = [
  ...[1, 2, 3, 4, 5].map(
    (place) => `
    select id from waymark_jobs where place = ${place}`,
  ),
  `
    select j.id from waymark_lanes l cross join waymark_jobs j not indexed where ${STANDS_AS_IT_CAME}`,
].join("\n     union all");

/** For as long as few wait; when many do, most of the newest jobs wait and `LIST` finds them at once. */
export const LIST_WAITING: string = `
select ${INFO_COLUMNS}
  from waymark_jobs j
 where j.id in (${IDS_OF_WAITING})
   and j.job_id < :before${FILTERS}
 order by j.job_id desc
 limit :limit`;

export const WAITING_UP_TO: string = `
select count(*) as waiting
  from (${IDS_OF_WAITING}
     limit :limit)`;

export const COUNT_OF_OWNER: string = `
select case when j.status = 'scheduled' and j.run_at <= :now then 'pending' else j.status end as status_now,
       count(*) as jobs
  from waymark_jobs j indexed by waymark_jobs_owner
 where j.owner = :owner${FILTERS}
 group by status_now`;

/** What waits, place by place, each from its own index, and lane by lane. */
const WAITING_BY_PLACE: string = [
  ...[1, 2, 3, 4, 5].map(
    (place) => `
    select queue, kind, case when status = 'scheduled' and run_at <= :now then 'pending' else status end as status_now,
           fence > 0 as is_counted
      from waymark_jobs
     where place = ${place}`,
  ),
  `
    select l.queue, l.kind, 'pending', 0
      from waymark_lanes l
     cross join waymark_jobs j not indexed
     where ${STANDS_AS_IT_CAME}`,
].join("\n     union all");

/**
 * From the indexes of what waits, runs or ended badly. `counted`: how many of them their lanes count; what is left of those
 * has completed.
 */
export const COUNT_ALL_BUT_COMPLETED: string = `
select status_now, count(*) as jobs, sum(is_counted) as counted
  from (${WAITING_BY_PLACE}
     union all
    select queue, kind, 'processing', 1
      from waymark_jobs
     where lease_expires_at is not null
     union all
    select queue, kind, status, 1
      from waymark_jobs indexed by waymark_jobs_unhappy
     where finished_at is not null
       and status <> 'completed')
 where (:kind is null or kind = :kind)
   and (:queue is null or queue = :queue)
 group by status_now`;
