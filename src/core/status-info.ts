/**
 * The public picture of a job: plain data, a union discriminated by `status`, so that each status carries its own facts
 * and no others. Made of one record, read in one statement; it never holds the payload or an operator's error detail.
 */
import type { Estimate } from "./estimate.js";
import { currentStatus, type JobRecord, type PublicFailure, processingMs } from "./job.js";
import type { TerminalStatus } from "./lifecycle.js";
import { type Progress, progressView } from "./progress.js";
import { estimateOf, type Insight, withTypicalMs } from "./status-estimate.js";
import type { KindFacts } from "./store.js";
import type { TrailEvent } from "./trail.js";
import { type WaitingReason, waitingReason } from "./waiting-reason.js";

/** What a user may know of an error. */
export type JobFailure = Pick<PublicFailure, "code" | "message" | "category" | "reference">;
/** Whether trying again by hand is possible, and what happens by itself. */
export interface RetryInfo {
  /** Whether the owner may call retry now. */
  readonly eligible: boolean;
  /** Why not. */
  readonly reason?: "not_ended" | "completed" | "not_retryable" | "attempts_used";
  /** Automatic attempts left in this generation. */
  readonly attemptsLeft: number;
  readonly nextAttemptAt?: Date;
}

interface StatusBase {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly priority: number;
  readonly owner: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The run time the producer asked for. */
  readonly scheduledAt?: Date;
  /** Start of the newest attempt. */
  readonly startedAt?: Date;
  readonly generation: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Of the newest attempt, so far or in all; null when its start is unknown. */
  readonly processingMs: number | null;
  readonly progress: Progress | null;
  readonly estimate: Estimate | null;
  readonly retry: RetryInfo;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Rises with every move of the job; orders two pictures of it. */
  readonly seq: number;
}
interface Waiting {
  readonly waiting: WaitingReason | null;
  readonly expiresAt?: Date;
}
interface Ended {
  readonly finishedAt: Date;
}
/** Who asked for the end: the job's owner, or somebody who runs the service. */
export type Canceller = "owner" | "operator";

export type JobStatusInfo<Result = unknown> =
  | (StatusBase & Waiting & { readonly status: "scheduled" | "pending" })
  | (StatusBase & { readonly status: "processing"; readonly startedAt?: Date; readonly cancelRequestedAt?: Date })
  | (StatusBase & Waiting & { readonly status: "retrying"; readonly lastError: JobFailure })
  | (StatusBase & Ended & { readonly status: "completed"; readonly result: Result })
  | (StatusBase & Ended & { readonly status: "failed"; readonly error: JobFailure; readonly errorMessage: string })
  | (StatusBase & Ended & { readonly status: "cancelled"; readonly cancelledBy?: Canceller })
  | (StatusBase & Ended & { readonly status: "expired"; readonly expiresAt?: Date });

export function isTerminal<R>(info: JobStatusInfo<R>): info is Extract<JobStatusInfo<R>, { status: TerminalStatus }> {
  return (
    info.status === "completed" || info.status === "failed" || info.status === "cancelled" || info.status === "expired"
  );
}
export function isActive<R>(info: JobStatusInfo<R>): info is Exclude<JobStatusInfo<R>, { status: TerminalStatus }> {
  return !isTerminal(info);
}
export function isSuccessful<R>(info: JobStatusInfo<R>): info is Extract<JobStatusInfo<R>, { status: "completed" }> {
  return info.status === "completed";
}
export function isFailed<R>(info: JobStatusInfo<R>): info is Extract<JobStatusInfo<R>, { status: "failed" }> {
  return info.status === "failed";
}

/**
 * @param record          read with the view "info" or "full"
 * @param kind            what the job's kind declares, or null when nobody ever told the store
 * @param maxGenerations  runs of one job that its owner may cause, the first included
 * @param insight         what is known of its kind's durations and of who works; null = no estimate
 * @param trail           of a cancelled job: tells who cancelled it. Empty = that is not said
 */
export function statusInfo<R>(
  record: JobRecord,
  kind: KindFacts | null,
  maxGenerations: number,
  insight: Insight | null = null,
  trail: readonly TrailEvent[] = [],
): JobStatusInfo<R> {
  const status = currentStatus(record);
  const base: StatusBase = {
    jobId: record.jobId,
    kind: record.kind,
    queue: record.queue,
    priority: record.priority,
    owner: record.owner,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    ...instant("scheduledAt", record.scheduledAt),
    ...instant("startedAt", record.startedAt),
    generation: record.generation,
    attempt: record.attempt,
    maxAttempts: record.maxAttempts,
    processingMs: processingMs(record),
    progress: withTypicalMs(progressView(record.progress, kind?.stages ?? [], status === "completed"), record, insight),
    estimate: estimateOf(record, kind, insight),
    retry: retryInfo(record, maxGenerations),
    metadata: record.metadata === null ? {} : (JSON.parse(record.metadata) as Record<string, unknown>),
    seq: record.seq,
  };
  switch (status) {
    case "scheduled":
    case "pending":
      return { ...base, ...waitingPart(record), status };
    case "processing":
      return { ...base, status, ...instant("cancelRequestedAt", record.cancelRequestedAt) };
    case "retrying":
      return { ...base, ...waitingPart(record), status, lastError: failureView(record) };
    case "completed": {
      const result = (record.result === null ? null : JSON.parse(record.result)) as R;
      return { ...base, status, finishedAt: finishedAt(record), result };
    }
    case "failed": {
      const error = failureView(record);
      return { ...base, status, finishedAt: finishedAt(record), error, errorMessage: error.message };
    }
    case "cancelled":
      return { ...base, status, finishedAt: finishedAt(record), ...cancelledBy(record, trail) };
    case "expired":
      return { ...base, status, finishedAt: finishedAt(record), ...instant("expiresAt", record.expiresAt) };
  }
}

/** Told by the newest request for it. An actor that is neither the owner nor called an operator is nobody we know. */
function cancelledBy({ owner, seq }: JobRecord, trail: readonly TrailEvent[]): { cancelledBy?: Canceller } {
  const asked = trail.findLast((row) => row.seq <= seq && CANCEL_REQUESTS.has(row.event));
  if (asked === undefined) return {};
  if (owner !== null && asked.actor === owner) return { cancelledBy: "owner" };
  return asked.actor.startsWith("operator:") ? { cancelledBy: "operator" } : {};
}
const CANCEL_REQUESTS: ReadonlySet<string> = new Set(["cancel", "request_cancel", "force_cancel"]);

function retryInfo(record: JobRecord, maxGenerations: number): RetryInfo {
  const attemptsLeft = Math.max(0, record.maxAttempts - record.attempt);
  const no = (reason: NonNullable<RetryInfo["reason"]>): RetryInfo => ({ eligible: false, reason, attemptsLeft });
  switch (currentStatus(record)) {
    case "completed":
      return no("completed");
    case "failed":
    case "cancelled":
    case "expired":
      // A recorded job is run elsewhere: making it pending here would start nothing there.
      if (record.recorded || record.error?.retryable === false) return no("not_retryable");
      return record.generation >= maxGenerations ? no("attempts_used") : { eligible: true, attemptsLeft };
    case "retrying":
      return { ...no("not_ended"), nextAttemptAt: new Date(record.runAt) };
    default:
      return no("not_ended");
  }
}

function waitingPart(record: JobRecord): Waiting {
  return { waiting: waitingReason(record), ...instant("expiresAt", record.expiresAt) };
}

function failureView(record: JobRecord): JobFailure {
  const { code, message, category, reference } = record.error ?? UNKNOWN_FAILURE;
  return { code, message, category, reference };
}
const UNKNOWN_FAILURE: JobFailure = {
  code: "unknown",
  message: "Something went wrong on our side.",
  category: "internal",
  reference: "",
};

function finishedAt(record: JobRecord): Date {
  return new Date(record.finishedAt ?? record.updatedAt);
}

function instant<K extends string>(name: K, at: number | null): { [P in K]?: Date } {
  return at === null ? {} : ({ [name]: new Date(at) } as { [P in K]?: Date });
}
