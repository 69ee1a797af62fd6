/** Lanes: how many of their jobs have been claimed or have ended, and the numbers of those that stand in line as they came. */

/** The numbers of a lane are `lane << 40` and those after it; below `1 << 40` are all jobs that do not stand as they came. */
export const NUMBERS_OF_LANE: number = 2 ** 40;

/** Whether a job `j` has one of the numbers of its lane `l` that have not all gone. */
export const NUMBERED_FROM_FRONT = "j.id >= l.front and j.id < (l.lane + 1) << 40";
/** Whether a job `j` stands in its lane `l` as it came. */
export const STANDS_AS_IT_CAME: string = `${NUMBERED_FROM_FRONT} and j.place = 6`;

export const LANE_OF = `
select lane
  from waymark_lanes
 where kind = :kind
   and queue = :queue`;

export const ADD_LANE = `
insert into waymark_lanes (lane, kind, queue, front)
select lane, :kind, :queue, lane << 40
  from (select coalesce(max(lane), 0) + 1 as lane from waymark_lanes)
 where true
on conflict (kind, queue) do nothing`;

/** `front`: behind the last number that was taken, or 0. */
export const COUNT_IN_LANE = `
update waymark_lanes
   set counted = counted + :by, front = max(front, :front)
 where kind = :kind
   and queue = :queue`;

/** The first of those that stand as they came has been claimed. */
export const COUNT_FIRST_OF_LANE = `
update waymark_lanes
   set counted = counted + 1, front = max(front, :front)
 where lane = :lane`;

/** Behind all numbers that were given: of those who had them, nobody waits as they came any more. */
export const PASS_NUMBERS: string = `
update waymark_lanes as l
   set front = coalesce((select max(j.id) + 1 from waymark_jobs j where ${NUMBERED_FROM_FRONT}), front)
 where lane = :lane`;

/** The last one that came, as far as anybody may still wait there, and the number of the next. */
export const END_OF_LANE: string = `
select coalesce(last.id + 1, l.front) as next, last.created_at, last.job_id
  from waymark_lanes l
  left join waymark_jobs last
    on last.id = (select max(j.id) from waymark_jobs j where ${NUMBERED_FROM_FRONT})
 where l.lane = :lane`;

/** The number of the next job that does not stand as it came. */
export const NEXT_NUMBER = `
select coalesce(max(id), 0) + 1 as next
  from waymark_jobs
 where id < 1 << 40`;

export const COUNTED: string = `
select coalesce(sum(counted), 0) as jobs
  from waymark_lanes
 where (:kind is null or kind = :kind)
   and (:queue is null or queue = :queue)`;
