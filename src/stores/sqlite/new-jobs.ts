/** What matters of a new job before it is inserted. */
import type { NewJob } from "../../core/store.js";

/** The one that jobs have when nobody says anything. */
const USUAL_PRIORITY = 0;

/** Whether a job may go with others: no key to be looked up or kept. */
export function isKeyless(job: NewJob): boolean {
  return job.uniqueKey === null && job.idempotencyKey === null && job.concurrencyKey === null;
}

/** Whether nothing sets it apart from those that came before it and after it; see numbers.ts. */
export function isUsual(job: NewJob, now: number): boolean {
  return (
    job.priority === USUAL_PRIORITY &&
    job.expiresInMs === null &&
    !job.recorded &&
    isKeyless(job) &&
    laterThan(now, job.runAt) === null
  );
}

/** A time that is not in the future is no schedule: the job is simply pending. */
export function laterThan(now: number, runAt: NewJob["runAt"]): number | null {
  if (runAt === null) return null;
  const at = Math.round("at" in runAt ? runAt.at : now + runAt.inMs);
  return at > now ? at : null;
}
