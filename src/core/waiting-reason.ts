/** Why a waiting job has not started, as data (PROMISES B10). Checked in the order a person would; the first that holds is the reason. */
import { currentStatus, type JobRecord } from "./job.js";

export type WaitingReason =
  /** Due later: its run time, asked for or set by a snooze. */
  | { readonly reason: "scheduled"; readonly at: Date; readonly inMs: number }
  /** An attempt ended badly; the next one is due then. */
  | { readonly reason: "retry"; readonly at: Date; readonly inMs: number }
  /** Another queue runs this job, and has not told that it began. */
  | { readonly reason: "outside" }
  | { readonly reason: "queue_paused"; readonly queue: string; readonly since: Date; readonly by: string | null }
  /** No live worker takes this kind from this queue. `lastSeenAt`: when one was last heard from, if ever. */
  | { readonly reason: "no_worker"; readonly kind: string; readonly lastSeenAt: Date | null }
  /** All slots of its concurrency key are taken, by these jobs. */
  | {
      readonly reason: "concurrency";
      readonly key: string;
      readonly limit: number;
      readonly holders: readonly string[];
    }
  /** It is due, and stands in line: `ahead` due jobs go first (counted up to 1,000). 0 = next in line. */
  | { readonly reason: "position"; readonly ahead: number };

/** Null for a job that does not wait, or whose record was read without waiting facts. */
export function waitingReason(job: JobRecord): WaitingReason | null {
  const facts = job.waiting;
  if (facts === null) return null;
  const status = currentStatus(job);
  const inMs = job.runAt - job.readAt;
  if (job.recorded) return { reason: "outside" };
  if (status === "scheduled") return { reason: "scheduled", at: new Date(job.runAt), inMs };
  if (status === "retrying" && inMs > 0) return { reason: "retry", at: new Date(job.runAt), inMs };
  if (facts.liveWorkers === 0) {
    const lastSeenAt = facts.workerSeenAt === null ? null : new Date(facts.workerSeenAt);
    return { reason: "no_worker", kind: job.kind, lastSeenAt };
  }
  if (facts.queuePausedAt !== null) {
    return { reason: "queue_paused", queue: job.queue, since: new Date(facts.queuePausedAt), by: facts.queuePausedBy };
  }
  if (job.concurrencyKey !== null && facts.keyHolders.length > 0) {
    return {
      reason: "concurrency",
      key: job.concurrencyKey,
      limit: job.concurrencyLimit ?? 1,
      holders: facts.keyHolders,
    };
  }
  return { reason: "position", ahead: facts.ahead ?? 0 };
}
