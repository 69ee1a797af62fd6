/** A job as the memory store keeps it, the orders it stands in, and the copies that callers get. */
import { utf8Bytes } from "../../core/cut-text.js";
import type { JobRecord, Tombstone, WaitingFacts } from "../../core/job.js";
import type { TerminalStatus } from "../../core/lifecycle.js";
import type { CallbackRecord, ReadView, StoredLogLine } from "../../core/store.js";
import { type TrailEvent, wholeTrail } from "../../core/trail.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Facts that most jobs never have. */
type RareFact =
  | "owner"
  | "generation"
  | "lostCount"
  | "scheduledAt"
  | "expiresAt"
  | "stageStartedAt"
  | "cancelRequestedAt"
  | "uniqueKey"
  | "idempotencyKey"
  | "concurrencyKey"
  | "concurrencyLimit"
  | "progress"
  | "error"
  | "errorDetail"
  | "metadata"
  | "parentId"
  | "rerunOf"
  | "recorded";

/** What every job has. Never leaves the store: callers get copies. */
export interface Row extends Mutable<Omit<JobRecord, RareFact | "waiting" | "readAt" | "payload" | "workerId">> {
  payload: string;
  /** Who held the newest attempt; kept after its end. */
  lastWorkerId: string | null;
  /** Where the running job stands among all that run; -1 when it does not. */
  runningAt: number;
  /** `NO_EXTRAS` for as long as nothing of it is set: see `extrasOf`. */
  extras: Extras;
}

/** What few jobs have: it is kept apart, so that it costs the others one reference and not twenty empty places. */
export interface Extras extends Mutable<Pick<JobRecord, RareFact>> {
  /** Ms that one generation may take; a manual retry grants it anew. */
  livesMs: number | null;
  /** Null while it can be told from the job's own facts: see `trailOf`. */
  trail: TrailEvent[] | null;
  /** Null = none. */
  logs: StoredLogLine[] | null;
  /** Applied ones, in the order they came; null = none. */
  callbacks: CallbackRecord[] | null;
}

/** Shared by all jobs that have none. */
export const NO_EXTRAS: Extras = Object.freeze({
  owner: null,
  generation: 1,
  lostCount: 0,
  scheduledAt: null,
  expiresAt: null,
  stageStartedAt: null,
  cancelRequestedAt: null,
  uniqueKey: null,
  idempotencyKey: null,
  concurrencyKey: null,
  concurrencyLimit: null,
  progress: null,
  error: null,
  errorDetail: null,
  metadata: null,
  parentId: null,
  rerunOf: null,
  recorded: false,
  livesMs: null,
  trail: null,
  logs: null,
  callbacks: null,
});

/** The row's own extras, to be written to. */
export function extrasOf(row: Row): Extras {
  if (row.extras === NO_EXTRAS) row.extras = { ...NO_EXTRAS };
  return row.extras;
}

const byId = (a: Row, b: Row): number => (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
/** The order of claims. Called for every job, and so is `byFinish`: they compare ids by themselves. */
export const byTurn = (a: Row, b: Row): number =>
  a.priority - b.priority || a.runAt - b.runAt || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
export const byRunAt = (a: Row, b: Row): number => a.runAt - b.runAt || byId(a, b);
export const byLease = (a: Row, b: Row): number => (a.leaseExpiresAt ?? 0) - (b.leaseExpiresAt ?? 0) || byId(a, b);
export const byExpiry = (a: Row, b: Row): number => (a.extras.expiresAt ?? 0) - (b.extras.expiresAt ?? 0) || byId(a, b);
export const byFinish = (a: Row, b: Row): number =>
  (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
export { byId };

/** A copy for a caller; what the view leaves out is null. Spelled out: a spread of so many fields is far slower. */
export function recordOf(row: Row, view: ReadView, waiting: WaitingFacts | null, readAt: number): JobRecord {
  const { extras } = row;
  return {
    jobId: row.jobId,
    kind: row.kind,
    queue: row.queue,
    owner: extras.owner,
    status: row.status,
    generation: extras.generation,
    attempt: row.attempt,
    maxAttempts: row.maxAttempts,
    lostCount: extras.lostCount,
    fence: row.fence,
    workerId: workerOf(row),
    leaseExpiresAt: row.leaseExpiresAt,
    priority: row.priority,
    runAt: row.runAt,
    scheduledAt: extras.scheduledAt,
    expiresAt: extras.expiresAt,
    createdAt: row.createdAt,
    firstStartedAt: row.firstStartedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    updatedAt: row.updatedAt,
    seq: row.seq,
    cancelRequestedAt: extras.cancelRequestedAt,
    uniqueKey: extras.uniqueKey,
    idempotencyKey: extras.idempotencyKey,
    concurrencyKey: extras.concurrencyKey,
    concurrencyLimit: extras.concurrencyLimit,
    progress: extras.progress === null ? null : { ...extras.progress },
    stageStartedAt: row.status === "processing" && extras.progress?.stage != null ? extras.stageStartedAt : null,
    payloadBytes: view === "status" ? null : bytesOf(row),
    error: extras.error === null ? null : { ...extras.error },
    metadata: extras.metadata,
    parentId: extras.parentId,
    rerunOf: extras.rerunOf,
    recorded: extras.recorded,
    result: view === "status" ? null : row.result,
    payload: view === "full" ? row.payload : null,
    errorDetail: view === "full" ? extras.errorDetail : null,
    waiting,
    readAt,
  };
}

/** Who holds the job now. */
export function workerOf(row: Row): string | null {
  return row.status === "processing" ? row.lastWorkerId : null;
}

/** The whole trail; the row's own array, when it has one. */
export function trailOf(row: Row): TrailEvent[] {
  const { trail, ...extras } = row.extras;
  return trail ?? wholeTrail({ ...row, ...extras, workerId: workerOf(row), claimedAt: row.startedAt }, []);
}

function bytesOf(row: Row): number {
  row.payloadBytes ??= utf8Bytes(row.payload);
  return row.payloadBytes;
}

export function tombstoneOf(row: Row, purgedAt: number): Tombstone {
  return {
    jobId: row.jobId,
    kind: row.kind,
    owner: row.extras.owner,
    status: row.status as TerminalStatus,
    errorCode: row.extras.error?.code ?? null,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt ?? purgedAt,
    purgedAt,
  };
}
