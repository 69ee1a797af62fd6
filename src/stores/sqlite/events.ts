/**
 * Rows of the trail. The plain path writes none (see core/trail.ts for the rule); whatever differs writes its own row, and
 * the row of the running attempt's claim beside it when that is not there yet.
 */
import type { PublicFailure } from "../../core/job.js";
import type { JobStatus, TrailEventName } from "../../core/lifecycle.js";
import { type TrailEvent, wholeTrail, workerActor } from "../../core/trail.js";
import { type EventRow, type JobRow, trailEvent, trailFacts } from "./rows.js";
import { EVENTS, WRITE_CLAIM, WRITE_EVENT } from "./sql/trail.js";
import type { Transaction } from "./transaction.js";

export interface Remark {
  readonly event: TrailEventName;
  readonly to: JobStatus;
  readonly actor: string;
  readonly reason?: string | null;
  readonly requestId?: string | null;
  readonly error?: PublicFailure | null;
  /** Of another attempt or generation than the job's at this moment. */
  readonly about?: { readonly attempt?: number; readonly fence?: number; readonly generation?: number };
}

/** The instant of a change: the clock's, but never before the job's last change. */
export function instantFor(tx: Transaction, job: JobRow): number {
  return Math.max(tx.now, job.updated_at);
}

/** How the trail names who holds, or last held, the job. */
export function holderOf(job: JobRow): string {
  return workerActor(job.worker_id ?? "", job.recorded === 1);
}

/** Writes the next row of the job's trail. `job` is as it was before the change. */
export function writeEvent(tx: Transaction, job: JobRow, remark: Remark): void {
  const { event, to, actor, reason = null, requestId = null, error = null, about = {} } = remark;
  tx.connection.run(WRITE_EVENT, {
    jobId: job.job_id,
    seq: job.seq + 1,
    at: instantFor(tx, job),
    from: job.status,
    to,
    event,
    actor,
    attempt: about.attempt ?? job.attempt,
    fence: about.fence ?? job.fence,
    generation: about.generation ?? job.generation,
    reason,
    requestId,
    error: error === null ? null : JSON.stringify(error),
  });
  tx.touched.jobs.add(job.job_id);
}

/** To be called before a running job changes. Does nothing once cancel was asked: that wrote the row. */
export function writeClaim({ connection }: Transaction, job: JobRow): void {
  connection.run(WRITE_CLAIM, { jobId: job.job_id, actor: holderOf(job) });
}

/** The written rows and the derived ones. */
export function trailOf({ connection }: Pick<Transaction, "connection">, job: JobRow): TrailEvent[] {
  const rows = connection.all<EventRow>(EVENTS, { jobIds: JSON.stringify([job.job_id]) });
  return wholeTrail(trailFacts(job), rows.map(trailEvent));
}
