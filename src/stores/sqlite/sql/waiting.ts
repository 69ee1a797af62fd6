/** Why a job still waits: pauses, workers, those before it, holders of its key. */
import { STANDS_AS_IT_CAME } from "./lanes.js";

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

/**
 * Due jobs of the queue that stand before this one: in line as they came, in line by turns, not yet brought into line, and
 * parked. Of those that stand as they came, as many as are counted at most are looked at.
 */
export const AHEAD: string = `
select min(:limit, as_they_came.ahead + by_turns.ahead) as ahead
  from (
    select coalesce(sum((
             select count(*)
               from (
                 select j.priority, j.run_at, j.job_id
                   from waymark_jobs j
                  where ${STANDS_AS_IT_CAME}
                  order by j.id
                  limit :limit) first
              where (first.priority, first.run_at, first.job_id) < (:priority, :runAt, :jobId))), 0) as ahead
      from waymark_lanes l
     where l.queue = :queue) as_they_came
 cross join (
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
     limit :limit)) by_turns`;

export const LANES_OF_QUEUE = `
select lane, kind
  from waymark_lanes
 where queue = :queue`;

/** The first of a lane that stand there as they came. */
export const FRONT_AS_THEY_CAME = `
select priority, run_at, job_id
  from waymark_jobs
 where id >= (select front from waymark_lanes where lane = :lane)
   and id < (:lane + 1) << 40
   and place = 6
 order by id
 limit :limit`;

/** The first of a lane, in the order of their turns. */
export const FRONT_IN_LINE = `
select priority, run_at, job_id
  from waymark_jobs
 where place = 1
   and queue = :queue
   and kind = :kind
 order by priority, run_at, job_id
 limit :limit`;

/** Due, and not yet brought into line; in no order of turns. */
export const FRONT_DUE = `
select priority, run_at, job_id
  from waymark_jobs
 where place = 2
   and queue = :queue
   and kind = :kind
   and run_at <= :now
 limit :limit`;

export const FRONT_PARKED = `
select priority, run_at, job_id
  from waymark_jobs
 where place = 3
   and queue = :queue
 order by priority, run_at, job_id
 limit :limit`;

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
