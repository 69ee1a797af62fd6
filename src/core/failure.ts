/**
 * Failures as they are stored, in two faces: what the user may read and what the operators read (SECURITY P2).
 */
import { encodeTotal } from "./codec.js";
import { describeError, plain } from "./describe-error.js";
import { WaymarkError } from "./errors.js";
import type { FailureCategory, PublicFailure } from "./job.js";
import { cutMessage, GENERIC_MESSAGE, isJobError, JobError, type JobErrorOptions, readJobError } from "./job-error.js";
import type { Redactor } from "./redact.js";
import type { StoredFailure } from "./store.js";

export { isJobError, JobError, type JobErrorOptions };

/** Why Waymark itself ends an attempt, or a job, badly. */
export type SystemFailureCode = "lost" | "poisoned" | "timeout" | "unreadable_input" | "snoozed_too_often";

interface SystemFailure {
  /** Safe to show. */
  readonly message: string;
  readonly category: FailureCategory;
  /** Whether a person may try the job again by hand. */
  readonly retryable: boolean;
  /** For operators: what happened, in Waymark's own words. */
  readonly detail: string;
}

/** Every failure Waymark itself records, with its safe sentence. */
export const SYSTEM_FAILURES: Readonly<Record<SystemFailureCode, SystemFailure>> = {
  lost: {
    message: "The work was cut off before it was done.",
    category: "temporary",
    retryable: true,
    detail: "The worker was silent until its lease ran out.",
  },
  poisoned: {
    message: "The work was cut off several times, so it is not started again.",
    category: "internal",
    retryable: false,
    detail: "The job was lost so often that it is taken for the cause of it.",
  },
  timeout: {
    message: "The work took longer than it may.",
    category: "temporary",
    retryable: true,
    detail: "The attempt passed the timeout of its definition and was stopped.",
  },
  unreadable_input: {
    message: "The stored input of this job cannot be read.",
    category: "internal",
    retryable: false,
    detail: "The stored input was refused by the definition's input schema, or is not JSON.",
  },
  snoozed_too_often: {
    message: "The work was put off too often.",
    category: "internal",
    retryable: true,
    detail: "The handler called snooze more often than the limit allows.",
  },
};

/** A failure that Waymark itself found, ready to be stored. */
export function systemFailure(code: SystemFailureCode, reference: string): StoredFailure {
  const { message, category, retryable, detail } = SYSTEM_FAILURES[code];
  return {
    public: { code, message, category, retryable, reference },
    detail: JSON.stringify({ name: "SystemFailure", message: detail }),
  };
}

export interface FailureOptions {
  /** Names this failure for people; see `failureReference`. */
  readonly reference: string;
  readonly redactor: Redactor;
  /** Limit of the operators' detail, in bytes. Default 16,384. */
  readonly maxBytes?: number;
}

export interface Failure {
  readonly stored: StoredFailure;
  /** Whether another attempt may be made by itself. */
  readonly retryable: boolean;
  /** The wait the handler asked for before the next attempt; null = the definition's backoff. */
  readonly retryAfterMs: number | null;
}

/**
 * What is recorded of whatever a handler threw. Total: it never throws, and the answer can always be stored.
 *
 * A JobError speaks to the user; a WaymarkError shows its code; of anything else the user reads a generic sentence and
 * the reference. What was really thrown goes, redacted and cut, into the operators' detail.
 */
export function toFailure(thrown: unknown, options: FailureOptions): Failure {
  try {
    return isJobError(thrown) ? fromJobError(thrown, options) : fromAnything(thrown, options);
  } catch {
    // Not reached by anything known; a failure must be recorded all the same.
    const detail = JSON.stringify({ name: "Error", message: "What was thrown could not be read." });
    return {
      stored: { public: internal("internal_error", options.reference), detail },
      retryable: true,
      retryAfterMs: null,
    };
  }
}

function fromJobError(error: JobError, { reference, redactor, maxBytes = 16_384 }: FailureOptions): Failure {
  const { code, message, category, retryable, retryAfterMs, details } = readJobError(error);
  const description = {
    ...describeError(error, redactor),
    ...(details === undefined ? {} : { details: plain(details, redactor) }),
  };
  // Read some more than is kept, so that a secret at the limit is still recognised.
  const shown = cutMessage(redactor.text(message.slice(0, 16_384)));
  return {
    stored: {
      public: { code, message: shown, category, retryable, reference },
      detail: encodeTotal(description, maxBytes),
    },
    retryable,
    retryAfterMs,
  };
}

function fromAnything(thrown: unknown, { reference, redactor, maxBytes = 16_384 }: FailureOptions): Failure {
  const code = isOurs(thrown) ? thrown.code : "internal_error";
  const detail = encodeTotal(describeError(thrown, redactor), maxBytes);
  return { stored: { public: internal(code, reference), detail }, retryable: true, retryAfterMs: null };
}

function internal(code: string, reference: string): PublicFailure {
  return { code, message: GENERIC_MESSAGE, category: "internal", retryable: true, reference };
}

function isOurs(thrown: unknown): thrown is WaymarkError {
  try {
    return thrown instanceof WaymarkError;
  } catch {
    return false;
  }
}

/**
 * Names the failure of one attempt, for people: the random tail of the job's id and the attempt's fence. It can be told
 * from the row itself, so a store that ends many jobs in one statement can write it too.
 */
export function failureReference(jobId: string, fence: number): string {
  return `${jobId.slice(-12)}-${fence}`;
}
