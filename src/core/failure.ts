/**
 * Failures as they are stored, in two faces: what the user may read and what the operators read (SECURITY P2).
 */
import type { FailureCategory } from "./job.js";
import type { StoredFailure } from "./store.js";

/** Why Waymark itself ends an attempt, or a job, badly. */
export type SystemFailureCode = "lost" | "poisoned" | "timeout" | "unreadable_input" | "snoozed_too_often" | "expired";

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
  expired: {
    message: "It was not finished in the time it was good for.",
    category: "limit",
    retryable: true,
    detail: "The job passed its expiry before an attempt could finish it.",
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

/**
 * Names the failure of one attempt, for people: the random tail of the job's id and the attempt's fence. It can be told
 * from the row itself, so a store that ends many jobs in one statement can write it too.
 */
export function failureReference(jobId: string, fence: number): string {
  return `${jobId.slice(-12)}-${fence}`;
}
