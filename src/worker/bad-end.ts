/**
 * What an attempt that brought no result ends as. Total: whatever was thrown, and whoever stopped it, an outcome comes
 * out, or null when the attempt was lost and nobody wants to hear of it.
 */
import { backoffMs } from "../core/backoff.js";
import type { BoundHandler } from "../core/define-job.js";
import { failureReference, isJobError, systemFailure, toFailure } from "../core/failure.js";
import { isA } from "../core/is-a.js";
import type { ClaimedJob, Outcome } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import { Snooze } from "./job-context.js";
import { UnreadableInput } from "./run-handler.js";
import type { StopSwitch } from "./stop-switch.js";

export interface EndedAttempt {
  readonly claimed: ClaimedJob;
  readonly handler: BoundHandler;
  readonly stopSwitch: StopSwitch;
}

/** @param error  what the handler threw, or `null` when it was left behind */
export function badEnd(
  { clock, limits, redactor }: Pick<Runtime, "clock" | "limits" | "redactor">,
  { claimed, handler, stopSwitch }: EndedAttempt,
  error: unknown,
): Outcome | null {
  const { definition } = handler;
  const reference = failureReference(claimed.jobId, claimed.fence);
  const detailOf = { reference, redactor, maxBytes: limits.errorBytes };
  const backoff = (): number => backoffMs(claimed.attempt, clock.random(), definition.backoff);
  // What the handler itself has to say is said, whatever stopped it; the store decides whether it still counts.
  const speaks = isJobError(error);
  switch (stopSwitch.why()) {
    case "lost":
      // Of a handler that stopped because it was told to nothing is known: the store will miss its heartbeats.
      if (stopSwitch.saidLost || !speaks) return null;
      break;
    case "cancel":
      return { type: "cancelled" };
    case "shutdown":
      return { type: "released" };
    case "timeout":
      if (speaks) break;
      return { type: "failed", failure: systemFailure("timeout", reference), retryInMs: backoff() };
    case null:
      break;
  }
  if (isA(error, UnreadableInput)) {
    const failure = {
      ...toFailure(error.cause, detailOf).stored,
      public: systemFailure("unreadable_input", reference).public,
    };
    return { type: "failed", failure, retryInMs: null };
  }
  if (isA(error, Snooze)) {
    // Claims that were not charged are snoozes and releases: a job that is only ever put off must come to an end.
    if (claimed.fence - claimed.attempt < limits.snoozes) return { type: "snoozed", inMs: error.inMs };
    return { type: "failed", failure: systemFailure("snoozed_too_often", reference), retryInMs: null };
  }
  const failure = toFailure(error, detailOf);
  const retryInMs = failure.retryable ? (failure.retryAfterMs ?? backoff()) : null;
  return { type: "failed", failure: failure.stored, retryInMs };
}
