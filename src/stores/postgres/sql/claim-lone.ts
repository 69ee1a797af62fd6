/** T4 of one job, by its id: for a claimer that has found its lines empty and has heard of this job since. */
import { takes } from "./claim.js";
import { ms, NOW, orUsual, type Tables, waits } from "./words.js";

export type ClaimLoneStatement = "claimLone";

export function claimLoneStatements({ jobs, live, lanes, queues }: Tables): Record<ClaimLoneStatement, string> {
  return {
    /**
     * The job $4, if it waits in the line of one of the lanes $3, or nothing. It leaves the line at once (`held`), where
     * the sweep finds it should nobody be heard of again: one job is not worth a row of `claims`, nor the next claim's care
     * for that row. Small, since most of what a lone statement costs is to set its plan up.
     */
    claimLone: `
update ${live} l
   set ${takes("clock", "$5")},
       line = 'held'
  from (select ${NOW} as now offset 0) clock
 cross join lateral (
   select
     from ${live} w
    where w.job_id = $4::uuid and w.line is null and ${waits("w")} and w.concurrency_key is null
      and (w.expires_at is null or w.expires_at > clock.now)
      and w.lane_id = any ($3::integer[])
      and w.lane_id <> all (array(
            select n.lane_id from ${queues} q join ${lanes} n on n.queue = q.queue where q.paused_at is not null))
      for update of w skip locked) free
 cross join lateral (select * from ${jobs} o where o.job_id = $4::uuid offset 0) j
 where l.job_id = $4::uuid
returning ${ms("l.lease_expires_at")} as lease_expires_at, ${ms("l.started_at")} as started_at,
          ${ms("j.created_at")} as created_at, ${ms("l.run_at")} as run_at, l.lane_id, coalesce(l.fence, 1),
          coalesce(l.generation, 1), coalesce(l.attempt, 1), ${orUsual("max_attempts", "j")}, coalesce(l.lost_count, 0),
          l.job_id, j.owner, j.payload, j.metadata`,
  };
}
