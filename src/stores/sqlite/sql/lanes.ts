/** Lanes, and how many of their jobs have been claimed or have ended. */

export const ADD_LANE = `
insert into waymark_lanes (kind, queue)
values (:kind, :queue)
on conflict (kind, queue) do nothing`;

export const COUNT_IN_LANE = `
update waymark_lanes
   set counted = counted + :by
 where kind = :kind
   and queue = :queue`;

export const COUNTED: string = `
select coalesce(sum(counted), 0) as jobs
  from waymark_lanes
 where (:kind is null or kind = :kind)
   and (:queue is null or queue = :queue)`;
