/** Turns what a service says into what the store is told: by the same rules as what a handler says. */
import { backoffMs } from "../core/backoff.js";
import { encode } from "../core/codec.js";
import { cutText } from "../core/cut-text.js";
import type { AnyJobDefinition } from "../core/define-job.js";
import { failureReference, toFailure } from "../core/failure.js";
import type { JobRecord } from "../core/job.js";
import { JobError, type JobErrorOptions } from "../core/job-error.js";
import { percentOf } from "../core/progress.js";
import type { CallbackEffect, Outcome, StageFacts } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import type { CallbackBody } from "./callback-body.js";

/** The most an unfinished job may show. */
const ALMOST = 99;

/** What `started` and `progress` report; null when `stage` is none of `stages`. */
export function progressEffect(
  { limits, redactor }: Pick<Runtime, "limits" | "redactor">,
  { type, stage, progress, message }: CallbackBody,
  stages: readonly StageFacts[],
): CallbackEffect | null {
  if (stage !== undefined && !stages.some(({ name }) => name === stage)) return null;
  if (type === "started" && stage === undefined && progress === undefined && message === undefined) return { type };
  const percent = progress ?? (stage === undefined ? null : percentOf(stages, stage, null, null));
  const report = {
    ...(stage === undefined ? {} : { stage }),
    ...(percent === null ? {} : { percent: Math.min(ALMOST, percent) }),
    ...(message === undefined ? {} : { message: cutText(redactor.text(message), limits.progressMessageBytes) }),
  };
  return { type: "progress", report };
}

/** @throws {WaymarkError} `value_not_storable`, `too_large` */
export function completedOutcome({ limits }: Pick<Runtime, "limits">, result: unknown): Outcome {
  const { resultBytes: maxBytes, jsonDepth: maxDepth } = limits;
  return {
    type: "completed",
    result: result === undefined ? null : encode(result, { what: "result", maxBytes, maxDepth }),
  };
}

/** A failure in the service's words: its message is for the owner, its details are for operators. */
export function errorOf({
  code,
  message,
  category,
  retryable,
  retryAfterMs,
  details,
}: NonNullable<CallbackBody["error"]>): JobError {
  const options: JobErrorOptions = {
    code,
    message,
    ...(category === undefined ? {} : { category }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(retryAfterMs === undefined ? {} : { retryAfter: retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  };
  return new JobError(options);
}

/** The end of a failed attempt; another one follows by the definition's back-off, or the default one when it is unknown. */
export function failedOutcome(
  { clock, limits, redactor }: Pick<Runtime, "clock" | "limits" | "redactor">,
  job: Pick<JobRecord, "jobId" | "fence" | "attempt">,
  definition: Pick<AnyJobDefinition, "backoff"> | null,
  error: unknown,
): Extract<Outcome, { type: "failed" }> {
  const reference = failureReference(job.jobId, job.fence);
  const failure = toFailure(error, { reference, redactor, maxBytes: limits.errorBytes });
  const wait = failure.retryAfterMs ?? backoffMs(Math.max(1, job.attempt), clock.random(), definition?.backoff);
  return { type: "failed", failure: failure.stored, retryInMs: failure.retryable ? wait : null };
}
