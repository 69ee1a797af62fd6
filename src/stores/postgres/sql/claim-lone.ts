/** T4 of one job, by its id: for a claimer that has found its lines empty and has heard of this job since. */
import { takes } from "./claim.js";
import { ms, NOW, orUsual, type Tables, waits } from "./words.js";

export type ClaimLoneStatement = "claimLone";

export function claimLoneStatements({ jobs, live, lanes, queues }: Tables): Record<ClaimLoneStatement, string> {
  return {
    /**
     * The job $5, if it waits in the line, or nothing. It leaves the line at once (`held`), where the sweep finds it should
     * nobody be heard of again: one job is not worth a row of `claims`, nor the next claim's care for that row. Small, since
     * most of what a lone statement costs is to set its plan up.
     */
    claimLone: `
update ${live} l
   set ${takes("clock")},
       line = 'held'
  from (select ${NOW} as now offset 0) clock
 cross join lateral (
   select n.kind, n.queue, j.owner, ${orUsual("max_attempts", "j")} as max_attempts, j.created_at, j.payload, j.metadata
     from ${live} w
    cross join lateral (select * from ${jobs} o where o.job_id = $5::uuid offset 0) j
    cross join lateral (select * from ${lanes} o where o.lane_id = w.lane_id offset 0) n
    where w.job_id = $5::uuid and w.line is null and ${waits("w")} and w.concurrency_key is null
      and (w.expires_at is null or w.expires_at > clock.now)
      and n.kind = any ($3::text[]) and ($4::text[] is null or n.queue = any ($4))
      and not exists (select 1 from ${queues} q where q.queue = n.queue and q.paused_at is not null)
      for update of w skip locked) job
 where l.job_id = $5::uuid
returning ${ms("l.lease_expires_at")} as lease_expires_at, ${ms("l.started_at")} as started_at,
          ${ms("job.created_at")} as created_at, ${ms("l.run_at")} as run_at, coalesce(l.fence, 1),
          coalesce(l.generation, 1), coalesce(l.attempt, 1), job.max_attempts, coalesce(l.lost_count, 0), l.job_id,
          job.kind, job.queue, job.owner, job.payload, job.metadata`,
  };
}
