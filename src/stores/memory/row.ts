/** A job as the memory store keeps it, the orders it stands in, and the copies that callers get. */
import { utf8Bytes } from "../../core/cut-text.js";
import type { JobRecord, Tombstone, WaitingFacts } from "../../core/job.js";
import type { TerminalStatus } from "../../core/lifecycle.js";
import type { CallbackRecord, ReadView, StoredLogLine } from "../../core/store.js";
import { type TrailEvent, wholeTrail } from "../../core/trail.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Never leaves the store: callers get copies. */
export interface Row extends Mutable<Omit<JobRecord, "waiting" | "readAt" | "payload" | "payloadBytes">> {
  payload: string;
  /** Counted when it is first asked for. */
  payloadBytes: number | null;
  /** Ms that one generation may take; a manual retry grants it anew. */
  readonly livesMs: number | null;
  /** Who held the newest attempt; kept after its end. */
  lastWorkerId: string | null;
  /** Null while it can be told from the job's own facts: see `trailOf`. */
  trail: TrailEvent[] | null;
  /** Null = none. */
  logs: StoredLogLine[] | null;
  /** Applied ones, in the order they came; null = none. */
  callbacks: CallbackRecord[] | null;
}

const byId = (a: Row, b: Row): number => (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
/** The order of claims. */
export const byTurn = (a: Row, b: Row): number => a.priority - b.priority || a.runAt - b.runAt || byId(a, b);
export const byRunAt = (a: Row, b: Row): number => a.runAt - b.runAt || byId(a, b);
export const byLease = (a: Row, b: Row): number => (a.leaseExpiresAt ?? 0) - (b.leaseExpiresAt ?? 0) || byId(a, b);
export const byExpiry = (a: Row, b: Row): number => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || byId(a, b);
export const byFinish = (a: Row, b: Row): number => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || byId(a, b);
export { byId };

/** A copy for a caller; what the view leaves out is null. Spelled out: a spread of so many fields is far slower. */
export function recordOf(row: Row, view: ReadView, waiting: WaitingFacts | null, readAt: number): JobRecord {
  return {
    jobId: row.jobId,
    kind: row.kind,
    queue: row.queue,
    owner: row.owner,
    status: row.status,
    generation: row.generation,
    attempt: row.attempt,
    maxAttempts: row.maxAttempts,
    lostCount: row.lostCount,
    fence: row.fence,
    workerId: row.workerId,
    leaseExpiresAt: row.leaseExpiresAt,
    priority: row.priority,
    runAt: row.runAt,
    scheduledAt: row.scheduledAt,
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
    firstStartedAt: row.firstStartedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    updatedAt: row.updatedAt,
    seq: row.seq,
    cancelRequestedAt: row.cancelRequestedAt,
    uniqueKey: row.uniqueKey,
    idempotencyKey: row.idempotencyKey,
    concurrencyKey: row.concurrencyKey,
    concurrencyLimit: row.concurrencyLimit,
    progress: row.progress === null ? null : { ...row.progress },
    stageStartedAt: row.status === "processing" && row.progress?.stage != null ? row.stageStartedAt : null,
    payloadBytes: view === "status" ? null : bytesOf(row),
    error: row.error === null ? null : { ...row.error },
    metadata: row.metadata,
    parentId: row.parentId,
    rerunOf: row.rerunOf,
    recorded: row.recorded,
    result: view === "status" ? null : row.result,
    payload: view === "full" ? row.payload : null,
    errorDetail: view === "full" ? row.errorDetail : null,
    waiting,
    readAt,
  };
}

/** The whole trail; the row's own array, when it has one. */
export function trailOf(row: Row): TrailEvent[] {
  return row.trail ?? wholeTrail({ ...row, claimedAt: row.startedAt }, []);
}

function bytesOf(row: Row): number {
  row.payloadBytes ??= utf8Bytes(row.payload);
  return row.payloadBytes;
}

export function tombstoneOf(row: Row, purgedAt: number): Tombstone {
  return {
    jobId: row.jobId,
    kind: row.kind,
    owner: row.owner,
    status: row.status as TerminalStatus,
    errorCode: row.error?.code ?? null,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt ?? purgedAt,
    purgedAt,
  };
}
