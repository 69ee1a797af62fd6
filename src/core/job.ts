/**
 * A job as every store answers it: flat facts, as they stand in one snapshot. Instants are epoch milliseconds by the
 * store's clock, JSON values are text as it was written, so that no store parses what it only carries.
 * The public, discriminated picture of a job is made of it in status-info.ts.
 */
import type { JobStatus, TerminalStatus } from "./lifecycle.js";

/** What a user may read of an error. Made of a table of safe messages; see failure.ts. */
export interface PublicFailure {
  readonly code: string;
  readonly message: string;
  readonly category: FailureCategory;
  /** Whether a person may try the job again by hand. */
  readonly retryable: boolean;
  /** Names this failure in the operators' logs. */
  readonly reference: string;
}
export type FailureCategory = "input" | "temporary" | "limit" | "internal";

/** How far the current attempt is. `percent` is null while the total is unknown. */
export interface StoredProgress {
  readonly stage: string | null;
  /** 0 … 100, never falling within an attempt. */
  readonly percent: number | null;
  /** What the last `ctx.progress(done, total)` of the current stage said. */
  readonly done: number | null;
  readonly total: number | null;
  readonly message: string | null;
}

/** Why a waiting job may not have started, read in the same snapshot as its status. */
export interface WaitingFacts {
  readonly queuePausedAt: number | null;
  readonly queuePausedBy: string | null;
  /** Workers that take this kind from this queue and were heard from within their lease. */
  readonly liveWorkers: number;
  /** When any worker for this kind was last heard from. */
  readonly workerSeenAt: number | null;
  /**
   * Due jobs of the same queue, of any kind, that stand before this one; counted up to `AHEAD_LIMIT`. The view "info" may
   * leave it null while the place is nothing to tell: nobody works there, the queue is paused, or the job is not due.
   */
  readonly ahead: number | null;
  /**
   * Jobs that hold all slots of the concurrency key; empty when it has a free one or there is no key. The view "info" may
   * leave it empty while nobody works there.
   */
  readonly keyHolders: readonly string[];
}

/** Counting the jobs ahead stops here: "more than 1,000" is as useful and stays cheap. */
export const AHEAD_LIMIT = 1_000;

/** The facts of a job. */
export interface JobRecord {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  /**
   * As written. `scheduled` with a `runAt` that has passed *reads* as pending: use `currentStatus`.
   */
  readonly status: JobStatus;
  readonly generation: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly lostCount: number;
  readonly fence: number;
  readonly workerId: string | null;
  readonly leaseExpiresAt: number | null;
  readonly priority: number;
  /** When the job may next be claimed: at enqueue, after a failed attempt, after a snooze. */
  readonly runAt: number;
  /** The run time the producer asked for; null = immediate. */
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly firstStartedAt: number | null;
  /** Start of the newest attempt; null when an outside runner never told. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly updatedAt: number;
  readonly seq: number;
  readonly cancelRequestedAt: number | null;
  readonly uniqueKey: string | null;
  readonly idempotencyKey: string | null;
  readonly concurrencyKey: string | null;
  readonly concurrencyLimit: number | null;
  readonly progress: StoredProgress | null;
  /** When the current stage was first told of; null without a stage, and when not processing. */
  readonly stageStartedAt: number | null;
  /** JSON text of the handler's result; null unless completed (or not read by the view asked for). */
  readonly result: string | null;
  /** Public side of the newest failure: set when failed, and while retrying; null after a success. */
  readonly error: PublicFailure | null;
  /** JSON text, operators only; read by the view "full". */
  readonly errorDetail: string | null;
  /** JSON text of the metadata object. */
  readonly metadata: string | null;
  /** JSON text of the input; read by the view "full", else null. */
  readonly payload: string | null;
  /** Of the input's JSON text in UTF-8; null in the view "status", and it may be in "info" where a job waits and nobody works. */
  readonly payloadBytes: number | null;
  readonly parentId: string | null;
  readonly rerunOf: string | null;
  /** True for a job that somebody else's queue runs (see recorder.ts): no worker of ours ever claims it. */
  readonly recorded: boolean;
  /** Set for waiting jobs by the views "info" and "full"; else null. */
  readonly waiting: WaitingFacts | null;
  /** The store's clock when the snapshot was taken. */
  readonly readAt: number;
}

/** What stays of a purged job. */
export interface Tombstone {
  readonly jobId: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly status: TerminalStatus;
  readonly errorCode: string | null;
  readonly createdAt: number;
  readonly finishedAt: number;
  readonly purgedAt: number;
}

/** The status as it reads now: a scheduled job whose time has come is pending; there is no promoter process. */
export function currentStatus(job: Pick<JobRecord, "status" | "runAt" | "readAt">): JobStatus {
  return job.status === "scheduled" && job.runAt <= job.readAt ? "pending" : job.status;
}

/**
 * Milliseconds the newest attempt took, or has taken so far. Null when its start is unknown; never negative, even when
 * a clock went backwards.
 */
export function processingMs(job: Pick<JobRecord, "startedAt" | "finishedAt" | "status" | "readAt">): number | null {
  if (job.startedAt === null) return null;
  const end = job.finishedAt ?? (job.status === "processing" ? job.readAt : null);
  return end === null ? null : Math.max(0, end - job.startedAt);
}
