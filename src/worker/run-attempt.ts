/**
 * Runs a handler once and says how the attempt ended. Total: whatever the handler throws, returns or leaves undone, an
 * outcome comes out, or null when the attempt was lost and nobody wants to hear of it, or "handed over" when it goes on
 * elsewhere.
 */
import { backoffMs } from "../core/backoff.js";
import { decode, encode } from "../core/codec.js";
import type { BoundHandler } from "../core/define-job.js";
import { failureReference, isJobError, systemFailure, toFailure } from "../core/failure.js";
import type { JobContext } from "../core/handler.js";
import { validate } from "../core/standard-schema.js";
import type { ClaimedJob, Outcome } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import { HandedOver } from "./handed-over.js";
import { Snooze } from "./job-context.js";
import { LeftBehind, type StopSwitch } from "./stop-switch.js";

export interface AttemptRun {
  readonly claimed: ClaimedJob;
  readonly handler: BoundHandler;
  readonly context: JobContext;
  readonly stopSwitch: StopSwitch;
  /** Told when the attempt ends before its handler does. `ended` settles, either way, with the handler. */
  readonly onLeft: (ended: Promise<unknown>) => void;
}

export type AttemptEnd = Outcome | "handed over" | null;

export async function runAttempt(runtime: Runtime, run: AttemptRun): Promise<AttemptEnd> {
  const { stopSwitch, handler } = run;
  const { timeoutMs } = handler.definition;
  const disarm = timeoutMs === null ? null : runtime.clock.after(timeoutMs, () => stopSwitch.stop("timeout"));
  const working = work(runtime, run);
  try {
    const result = await Promise.race([working, stopSwitch.leftBehind]);
    return stopSwitch.saidLost ? null : { type: "completed", result };
  } catch (error) {
    if (error instanceof LeftBehind) run.onLeft(working);
    return error instanceof HandedOver ? "handed over" : badEnd(runtime, run, error);
  } finally {
    disarm?.();
    stopSwitch.end();
  }
}

async function work(runtime: Runtime, { claimed, handler, context }: AttemptRun): Promise<string | null> {
  const { definition, run } = handler;
  const input = await readInput(claimed, handler);
  const returned = await (run as (input: unknown, context: JobContext) => unknown)(input, context);
  const output =
    definition.output === null ? returned : await validate(definition.output, returned, "invalid_output", claimed.kind);
  const { resultBytes, jsonDepth } = runtime.limits;
  return output === undefined ? null : encode(output, { what: "result", maxBytes: resultBytes, maxDepth: jsonDepth });
}

/** The stored input does not fit the handler's schema: another deployment wrote it. No retry can help. */
class UnreadableInput extends Error {
  override readonly name = "UnreadableInput";
}

async function readInput(claimed: ClaimedJob, { definition }: BoundHandler): Promise<unknown> {
  try {
    const stored = decode(claimed.payload);
    return definition.input === null ? stored : await validate(definition.input, stored, "invalid_input", claimed.kind);
  } catch (error) {
    throw new UnreadableInput("The stored input could not be read.", { cause: error });
  }
}

function badEnd(runtime: Runtime, { claimed, handler, stopSwitch }: AttemptRun, error: unknown): Outcome | null {
  const { clock, limits, redactor } = runtime;
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
  if (error instanceof UnreadableInput) {
    const failure = {
      ...toFailure(error.cause, detailOf).stored,
      public: systemFailure("unreadable_input", reference).public,
    };
    return { type: "failed", failure, retryInMs: null };
  }
  if (error instanceof Snooze) {
    // Claims that were not charged are snoozes and releases: a job that is only ever put off must come to an end.
    if (claimed.fence - claimed.attempt < limits.snoozes) return { type: "snoozed", inMs: error.inMs };
    return { type: "failed", failure: systemFailure("snoozed_too_often", reference), retryInMs: null };
  }
  const failure = toFailure(error, detailOf);
  const retryInMs = failure.retryable ? (failure.retryAfterMs ?? backoff()) : null;
  return { type: "failed", failure: failure.stored, retryInMs };
}
