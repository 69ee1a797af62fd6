/**
 * The lines of an export: what every store says of its jobs, the same for all of them (docs/state-machine.md). One JSON
 * object a line, `type` first, instants as ISO 8601 with `Z`. The lines of one job stand together: the job, its events
 * by seq, its attempts by fence, its callbacks; purge lines come after all jobs.
 */
import type { PublicFailure } from "./job.js";
import type { AttemptOutcome, JobStatus, TerminalStatus, TrailEventName } from "./lifecycle.js";

/** An instant, such as `2030-01-01T00:00:00.000Z`. */
export type Instant = string;

/** Stands for a stored JSON value, so that exports can be compared without showing it. */
export interface ExportedValue {
  /** `sha256:` and 64 hex digits, of the JSON text as it is stored. */
  readonly digest: string;
  /** Of that text in UTF-8. */
  readonly bytes: number;
  /** The value itself; only in an export that was asked to include payloads. */
  readonly value?: unknown;
}

export interface JobLine {
  readonly type: "job";
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  /** As written: a scheduled job whose time has come is still `scheduled` here. */
  readonly status: JobStatus;
  readonly generation: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly lostCount: number;
  readonly fence: number;
  readonly workerId: string | null;
  readonly leaseExpiresAt: Instant | null;
  readonly priority: number;
  readonly runAt: Instant;
  readonly scheduledAt: Instant | null;
  readonly expiresAt: Instant | null;
  readonly createdAt: Instant;
  readonly firstStartedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly updatedAt: Instant;
  readonly seq: number;
  readonly cancelRequestedAt: Instant | null;
  readonly uniqueKey: string | null;
  readonly idempotencyKey: string | null;
  readonly concurrencyKey: string | null;
  readonly concurrencyLimit: number | null;
  readonly stage: string | null;
  /** Percent, 0 … 100; null while unknown. */
  readonly progress: number | null;
  readonly payload: ExportedValue | null;
  /** Null = no result. */
  readonly result: ExportedValue | null;
  readonly error: PublicFailure | null;
  /** For operators; redacted when it was stored. */
  readonly errorDetail: unknown;
  readonly metadata: unknown;
  readonly parentId: string | null;
  readonly rerunOf: string | null;
  readonly recorded: boolean;
  /** The store's clock when the job was read. */
  readonly readAt: Instant;
}

export interface EventLine {
  readonly type: "event";
  readonly jobId: string;
  readonly seq: number;
  readonly at: Instant;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly event: TrailEventName;
  readonly actor: string;
  readonly attempt: number;
  readonly fence: number;
  readonly generation: number;
  readonly reason: string | null;
  /** Of what a person asked. */
  readonly requestId: string | null;
}

export interface AttemptLine {
  readonly type: "attempt";
  readonly jobId: string;
  readonly fence: number;
  readonly generation: number;
  readonly attempt: number;
  readonly workerId: string;
  /** Null when an outside runner never told. */
  readonly startedAt: Instant | null;
  /** Null while it runs, like outcome and duration. */
  readonly endedAt: Instant | null;
  readonly outcome: AttemptOutcome | null;
  readonly durationMs: number | null;
  readonly error: PublicFailure | null;
}

/** A message of an outside service. Stores keep those that were applied. */
export interface CallbackLine {
  readonly type: "callback";
  readonly id: string;
  readonly jobId: string;
  readonly fence: number;
  readonly seq: number;
  readonly applied: boolean;
}

export interface PurgeLine {
  readonly type: "purge";
  readonly jobId: string;
  readonly status: TerminalStatus;
  readonly finishedAt: Instant;
  readonly purgedAt: Instant;
}

export type ExportLine = JobLine | EventLine | AttemptLine | CallbackLine | PurgeLine;
