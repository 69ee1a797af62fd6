/**
 * What a settlement, or the loss of a lease, makes of a running job, and how a refused settlement is judged. Pure, and
 * shared by the stores, so that they cannot disagree; a store that decides inside SQL repeats these lines there.
 *
 * Readings that the table of moves leaves open:
 *   – `released` and `snoozed` while cancel is asked end the job like a failure does (T13, `fail_cancel`): a waiting job
 *     never carries a cancel request, and nobody starts work that was asked to stop. Such an attempt is charged.
 *   – any ending told by the holder sets `lostCount` back to 0: poison means lost several times *in a row*. Only giving a
 *     job back leaves the count as it is, since its handler may never have begun.
 *   – the row of an ending carries the attempt and fence of the attempt it ends, as they were before the move.
 *   – a lease is over when now ≥ leaseExpiresAt; a job is due when now ≥ runAt, and out of time when now ≥ expiresAt.
 */
import { failureReference, systemFailure } from "./failure.js";
import type { JobRecord, PublicFailure } from "./job.js";
import { ATTEMPT_OUTCOMES, isTerminalStatus, type JobStatus, type MoveName, POISON_LIMIT } from "./lifecycle.js";
import type { Outcome, Settlement } from "./store.js";
import type { TrailEvent } from "./trail.js";

/** What becomes of a running job. */
export interface EndOfAttempt {
  readonly event: MoveName;
  readonly to: JobStatus;
  /** The job's attempt count after the move. */
  readonly attempt: number;
  readonly lostCount: number;
  /** Ms from now until the job is due again; null leaves `runAt` as it is. */
  readonly runInMs: number | null;
  /** For the row of the trail. */
  readonly reason: string | null;
  /** For the row of the trail; it is the job's own error too when `to` is retrying or failed. */
  readonly error: PublicFailure | null;
  /** The lease had run out, and nobody had rescued the job. */
  readonly late: boolean;
}

/**
 * The end of an attempt as its holder tells it. The caller has checked that the job is processing and the fence is the
 * holder's.
 *
 * @param now  epoch ms by the store's clock
 * @returns "illegal" for `cancelled` when nobody asked
 */
export function endByHolder(
  job: Pick<JobRecord, "attempt" | "maxAttempts" | "lostCount" | "cancelRequestedAt" | "leaseExpiresAt">,
  outcome: Outcome,
  now: number,
): EndOfAttempt | "illegal" {
  const late = job.leaseExpiresAt !== null && job.leaseExpiresAt <= now;
  const base = { attempt: job.attempt, lostCount: 0, runInMs: null, reason: late ? "late" : null, error: null, late };
  const asked = job.cancelRequestedAt !== null;
  switch (outcome.type) {
    case "completed":
      return { ...base, event: "complete", to: "completed" };
    case "cancelled":
      return asked ? { ...base, event: "confirm_cancel", to: "cancelled" } : "illegal";
    case "failed": {
      const error = outcome.failure.public;
      if (asked) return { ...base, event: "fail_cancel", to: "cancelled", error };
      if (outcome.retryInMs === null || job.attempt >= job.maxAttempts) {
        return { ...base, event: "fail", to: "failed", error };
      }
      return { ...base, event: "fail_retry", to: "retrying", runInMs: outcome.retryInMs, error };
    }
    case "released":
      if (asked) return { ...base, event: "fail_cancel", to: "cancelled", reason: base.reason ?? "released" };
      return { ...base, event: "release", to: "pending", attempt: job.attempt - 1, lostCount: job.lostCount };
    case "snoozed":
      if (asked) return { ...base, event: "fail_cancel", to: "cancelled", reason: base.reason ?? "snoozed" };
      return { ...base, event: "snooze", to: "scheduled", attempt: job.attempt - 1, runInMs: outcome.inMs };
  }
}

/** The end of an attempt whose lease ran out (T11–T13). A lost job that may go on is due at once. */
export function endByRescue(
  job: Pick<JobRecord, "jobId" | "fence" | "attempt" | "maxAttempts" | "lostCount" | "cancelRequestedAt">,
): EndOfAttempt {
  const lostCount = job.lostCount + 1;
  const poisoned = lostCount >= POISON_LIMIT;
  const error = lostFailure(job, poisoned);
  const base = { attempt: job.attempt, lostCount, runInMs: null, reason: null, error, late: false };
  if (job.cancelRequestedAt !== null) return { ...base, event: "lose_cancel", to: "cancelled" };
  if (poisoned || job.attempt >= job.maxAttempts) return { ...base, event: "lose_fail", to: "failed" };
  return { ...base, event: "lose_retry", to: "retrying", runInMs: 0 };
}

/** What a user reads of a lost attempt. The reference is made of the job and the fence: nobody was there to log one. */
export function lostFailure(job: Pick<JobRecord, "jobId" | "fence">, poisoned: boolean): PublicFailure {
  return systemFailure(poisoned ? "poisoned" : "lost", failureReference(job.jobId, job.fence)).public;
}

/** The rows by which an outcome may have been recorded, had it come first. */
const RECORDED_AS: Readonly<Record<Outcome["type"], readonly MoveName[]>> = {
  completed: ["complete"],
  failed: ["fail_retry", "fail", "fail_cancel"],
  released: ["release", "fail_cancel"],
  snoozed: ["snooze", "fail_cancel"],
  cancelled: ["confirm_cancel", "fail_cancel"],
};
const TAKEN_AWAY: readonly string[] = ["lose_retry", "lose_fail", "lose_cancel", "force_cancel"];

/** Whether the holder of an attempt that ended so had no say in it. */
export function isTakenAway(ending: TrailEvent): boolean {
  return TAKEN_AWAY.includes(ending.event);
}

/**
 * Why a settlement was refused. Pass the row that ended the attempt of *its* fence, whatever happened to the job since:
 *   – ended in the same way → "replayed", also when another fence rules by now;
 *   – taken away by rescue or force cancel, or never ended by this fence → "lost";
 *   – ended otherwise → "conflict" while the job is terminal and no newer fence rules, else "lost".
 * A conflict leaves one remark in the trail per fence (from = to = status, seq + 1); telling it again answers the same.
 */
export function judgeRefusal(
  settlement: Settlement,
  job: { readonly status: JobStatus; readonly fence: number; readonly endingOfThatFence: TrailEvent | null },
): "replayed" | "conflict" | "lost" | "illegal" {
  const { endingOfThatFence: ending } = job;
  if (ending === null) {
    const holds = job.status === "processing" && job.fence === settlement.fence;
    return holds && settlement.outcome.type === "cancelled" ? "illegal" : "lost";
  }
  if (isTakenAway(ending)) return "lost";
  if ((RECORDED_AS[settlement.outcome.type] as readonly string[]).includes(ending.event)) return "replayed";
  return job.fence === settlement.fence && isTerminalStatus(job.status) ? "conflict" : "lost";
}

/** The row that ended the attempt of `fence`, from rows in any order; null when none did. */
export function endingOf(rows: readonly TrailEvent[], fence: number): TrailEvent | null {
  return (
    rows.find((row) => row.fence === fence && row.from === "processing" && ATTEMPT_OUTCOMES[row.event] !== undefined) ??
    null
  );
}

/** The reason written in a `conflict` row. */
export function conflictReason(outcome: Outcome): string {
  return `told as ${outcome.type} afterwards`;
}
