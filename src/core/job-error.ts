/**
 * The error a handler throws when it has something to say to the user. Anything else that is thrown is for the operators
 * only. The constructor never throws: an error about an error would hide what happened.
 */
import { cutText } from "./cut-text.js";
import { type Duration, toMs } from "./duration.js";
import type { FailureCategory } from "./job.js";

export interface JobErrorOptions {
  /** Stable, for programs: 1 to 64 of `A-Z a-z 0-9 _ . -`. Anything else becomes "job_error". */
  readonly code: string;
  /** What happened and what to do, safe to show to the user. At most 2 KiB of it is kept. */
  readonly message: string;
  /**
   * Whose turn it is: "input" (the user changes something), "temporary" (later may work), "limit" (a quota),
   * "internal" (ours; the default).
   */
  readonly category?: FailureCategory;
  /**
   * Whether trying again can help: by itself while attempts are left, and by hand afterwards. Default: true for
   * "temporary" and "internal" and when `retryAfter` is given, else false.
   */
  readonly retryable?: boolean;
  /** Wait at least this long before the next attempt, instead of the definition's backoff. */
  readonly retryAfter?: Duration;
  /** Facts for the operators; redacted, never shown to the user. */
  readonly details?: unknown;
  readonly cause?: unknown;
}

/** What is read of a JobError, whoever made it: every field is what its type says. */
export interface JobErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly category: FailureCategory;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly details: unknown;
}

/** Marks JobErrors across copies of this package in one process. */
const BRAND = Symbol.for("waymark.JobError");
const CODE = /^[A-Za-z0-9_.-]{1,64}$/;
const CATEGORIES: readonly unknown[] = ["input", "temporary", "limit", "internal"];
/** Bytes kept of a message for the user. */
export const MESSAGE_BYTES = 2_048;
/** Said when there is nothing safe to say. */
export const GENERIC_MESSAGE = "Something went wrong on our side.";

/**
 * Thrown by a handler to end its attempt with words for the user.
 *
 * @example throw new JobError({ code: "empty_file", message: "The file has no rows.", category: "input" });
 */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly code: string;
  readonly category: FailureCategory;
  readonly retryable: boolean | undefined;
  readonly retryAfter: Duration | undefined;
  readonly details: unknown;

  constructor(options: JobErrorOptions) {
    const message = read(options, "message");
    const cause = read(options, "cause");
    super(typeof message === "string" ? message : GENERIC_MESSAGE, cause === undefined ? undefined : { cause });
    this.code = codeOf(options);
    this.category = categoryOf(options);
    this.retryable = retryableOf(options);
    this.retryAfter = read(options, "retryAfter") as Duration | undefined;
    this.details = read(options, "details");
  }
}
// On the prototype: not a field that loggers print, and it survives a second copy of the package.
Object.defineProperty(JobError.prototype, BRAND, { value: true });

/** Whether `value` is a JobError, of this copy of the package or another. Never throws. */
export function isJobError(value: unknown): value is JobError {
  return typeof value === "object" && value !== null && read(value, BRAND) === true;
}

/** The fields of a JobError, checked again: they may have been changed, or come from another version. Never throws. */
export function readJobError(error: unknown): JobErrorFacts {
  const message = read(error, "message");
  const category = categoryOf(error);
  const retryAfterMs = retryAfterOf(error);
  const byDefault = category === "temporary" || category === "internal" || retryAfterMs !== null;
  return {
    code: codeOf(error),
    message: typeof message === "string" && message.trim() !== "" ? message : GENERIC_MESSAGE,
    category,
    retryable: retryableOf(error) ?? byDefault,
    retryAfterMs,
    details: read(error, "details"),
  };
}

/** Reads a property of anything; undefined when that is not possible. */
export function read(from: unknown, key: PropertyKey): unknown {
  try {
    return (from as Record<PropertyKey, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function codeOf(from: unknown): string {
  const code = read(from, "code");
  return typeof code === "string" && CODE.test(code) ? code : "job_error";
}

function categoryOf(from: unknown): FailureCategory {
  const category = read(from, "category");
  return CATEGORIES.includes(category) ? (category as FailureCategory) : "internal";
}

function retryableOf(from: unknown): boolean | undefined {
  const retryable = read(from, "retryable");
  return typeof retryable === "boolean" ? retryable : undefined;
}

function retryAfterOf(from: unknown): number | null {
  const retryAfter = read(from, "retryAfter");
  if (retryAfter === undefined || retryAfter === null) return null;
  try {
    return toMs(retryAfter as Duration);
  } catch {
    return null;
  }
}

/** A message for the user, within its limit. */
export function cutMessage(message: string): string {
  return cutText(message, MESSAGE_BYTES);
}
