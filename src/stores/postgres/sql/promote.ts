/** What falls due is let into the line, where claims look for it. */
import { CLOCK, ms, type Tables } from "./words.js";

export type PromoteStatement = "promote";

export function promoteStatements({ live, lanes }: Tables): Record<PromoteStatement, string> {
  return {
    /** Lets jobs whose time has come into the line. Due is due without it: \`claim\` tells when it was left out. */
    promote: `
with ${CLOCK},
due as materialized (
  select front.job_id, front.run_at
    from clock
   cross join ${lanes} lane
   cross join lateral (
     select w.job_id, w.run_at
       from ${live} w
      where w.lane_id = lane.lane_id
        and w.line = 'later' and w.run_at <= clock.now
      order by w.run_at
      limit $2
        for update of w skip locked) front
),
moved as (
  update ${live} l
     set line = null
   where l.job_id = any (array(select d.job_id from due d))
)
select (select count(*)::integer from due) as moved,
       (select ${ms("min(d.run_at)")} from due d) as since,
       (select ${ms("min(next.run_at) - max(clock.now)")}
          from clock
         cross join ${lanes} lane
         cross join lateral (
           select w.run_at
             from ${live} w
            where w.lane_id = lane.lane_id
              and w.line = 'later' and w.run_at > clock.now
            order by w.run_at
            limit 1) next) as due_in`,
  };
}
