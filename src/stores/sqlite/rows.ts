/** Rows of the tables, and what the rest of the program calls them. */
import type {
  FailureCategory,
  JobRecord,
  PublicFailure,
  StoredProgress,
  Tombstone,
  WaitingFacts,
} from "../../core/job.js";
import type { JobStatus, TerminalStatus, TrailEventName } from "../../core/lifecycle.js";
import type { ClaimedJob, KindFacts, QueueFacts, StageFacts, StoredLogLine, WorkerRecord } from "../../core/store.js";
import type { TrailEvent, TrailFacts } from "../../core/trail.js";

/** As `JOB_COLUMNS` selects it; the last five only when the view asks for them. */
export interface JobRow {
  readonly job_id: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  readonly status: JobStatus;
  readonly place: number;
  readonly priority: number;
  readonly run_at: number;
  readonly generation: number;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly lost_count: number;
  readonly fence: number;
  readonly seq: number;
  readonly worker_id: string | null;
  readonly lease_expires_at: number | null;
  readonly scheduled_at: number | null;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly first_started_at: number | null;
  readonly claimed_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly updated_at: number;
  readonly cancel_requested_at: number | null;
  readonly unique_key: string | null;
  readonly idempotency_key: string | null;
  readonly concurrency_key: string | null;
  readonly concurrency_limit: number | null;
  readonly recorded: number;
  readonly parent_id: string | null;
  readonly rerun_of: string | null;
  readonly stage: string | null;
  readonly percent: number | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly message: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly error_category: string | null;
  readonly error_retryable: number | null;
  readonly error_reference: string | null;
  readonly metadata: string | null;
  readonly stage_started_at: number | null;
  readonly payload_bytes?: number;
  readonly result?: string | null;
  readonly payload?: string;
  readonly error_detail?: string | null;
}

export function jobRecord(row: JobRow, readAt: number, waiting: WaitingFacts | null): JobRecord {
  return {
    jobId: row.job_id,
    kind: row.kind,
    queue: row.queue,
    owner: row.owner,
    status: row.status,
    generation: row.generation,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    lostCount: row.lost_count,
    fence: row.fence,
    workerId: row.status === "processing" ? row.worker_id : null,
    leaseExpiresAt: row.lease_expires_at,
    priority: row.priority,
    runAt: row.run_at,
    scheduledAt: row.scheduled_at,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    firstStartedAt: row.first_started_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at,
    seq: row.seq,
    cancelRequestedAt: row.cancel_requested_at,
    uniqueKey: row.unique_key,
    idempotencyKey: row.idempotency_key,
    concurrencyKey: row.concurrency_key,
    concurrencyLimit: row.concurrency_limit,
    progress: progressOf(row),
    stageStartedAt: row.status === "processing" && row.stage !== null ? row.stage_started_at : null,
    result: row.result ?? null,
    error: errorOf(row),
    errorDetail: row.error_detail ?? null,
    metadata: row.metadata,
    payload: row.payload ?? null,
    payloadBytes: row.payload_bytes ?? null,
    parentId: row.parent_id,
    rerunOf: row.rerun_of,
    recorded: row.recorded === 1,
    waiting,
    readAt,
  };
}

function progressOf({ stage, percent, done, total, message }: JobRow): StoredProgress | null {
  const known = stage !== null || percent !== null || done !== null || total !== null || message !== null;
  return known ? { stage, percent, done, total, message } : null;
}

function errorOf(row: JobRow): PublicFailure | null {
  if (row.error_code === null) return null;
  return {
    code: row.error_code,
    message: row.error_message ?? "",
    category: (row.error_category ?? "internal") as FailureCategory,
    retryable: row.error_retryable === 1,
    reference: row.error_reference ?? "",
  };
}

/** The facts that the unwritten rows of a trail are told from. */
export function trailFacts(row: JobRow): TrailFacts {
  return { ...jobRecord(row, 0, null), lastWorkerId: row.worker_id, claimedAt: row.claimed_at };
}

export interface EventRow {
  readonly job_id: string;
  readonly seq: number;
  readonly at: number;
  readonly from_status: JobStatus | null;
  readonly to_status: JobStatus;
  readonly event: TrailEventName;
  readonly actor: string;
  readonly attempt: number;
  readonly fence: number;
  readonly generation: number;
  readonly reason: string | null;
  readonly request_id: string | null;
  readonly error: string | null;
  readonly start_unknown: number;
}

export function trailEvent(row: EventRow): TrailEvent {
  return {
    jobId: row.job_id,
    seq: row.seq,
    at: row.at,
    from: row.from_status,
    to: row.to_status,
    event: row.event,
    actor: row.actor,
    attempt: row.attempt,
    fence: row.fence,
    generation: row.generation,
    reason: row.reason,
    requestId: row.request_id,
    error: row.error === null ? null : (JSON.parse(row.error) as PublicFailure),
    ...(row.start_unknown === 1 ? { startUnknown: true } : {}),
  };
}

/** A job in line: what decides its turn, and what its worker is told. */
export interface CandidateRow {
  readonly id: number;
  readonly job_id: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  readonly place: number;
  readonly priority: number;
  readonly run_at: number;
  readonly expires_at: number | null;
  readonly concurrency_key: string | null;
  readonly fence: number;
  readonly generation: number;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly lost_count: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly metadata: string | null;
  readonly payload: string;
}

/** As the claim leaves the row: one attempt and one fence further than it was. */
export function claimedJob(row: CandidateRow, now: number, leaseExpiresAt: number): ClaimedJob {
  return {
    jobId: row.job_id,
    kind: row.kind,
    queue: row.queue,
    owner: row.owner,
    fence: row.fence + 1,
    generation: row.generation,
    attempt: row.attempt + 1,
    maxAttempts: row.max_attempts,
    lostCount: row.lost_count,
    payload: row.payload,
    metadata: row.metadata,
    createdAt: row.created_at,
    runAt: row.run_at,
    startedAt: Math.max(now, row.updated_at),
    leaseExpiresAt,
  };
}

export interface TombstoneRow {
  readonly job_id: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly status: TerminalStatus;
  readonly error_code: string | null;
  readonly created_at: number;
  readonly finished_at: number;
  readonly purged_at: number;
}

export function tombstone(row: TombstoneRow): Tombstone {
  return {
    jobId: row.job_id,
    kind: row.kind,
    owner: row.owner,
    status: row.status,
    errorCode: row.error_code,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    purgedAt: row.purged_at,
  };
}

export interface WorkerRow {
  readonly worker_id: string;
  readonly host: string;
  readonly pid: number;
  readonly kinds: string;
  readonly queues: string | null;
  readonly concurrency: number;
  readonly running: number;
  readonly accepting: number;
  readonly started_at: number;
  readonly seen_at: number;
  readonly lease_ms: number;
}

export function workerRecord(row: WorkerRow): WorkerRecord {
  return {
    workerId: row.worker_id,
    host: row.host,
    pid: row.pid,
    kinds: JSON.parse(row.kinds) as string[],
    queues: row.queues === null ? null : (JSON.parse(row.queues) as string[]),
    concurrency: row.concurrency,
    running: row.running,
    accepting: row.accepting === 1,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    leaseMs: row.lease_ms,
  };
}

export function logLine(row: {
  job_id: string;
  fence: number;
  at: number;
  message: string;
  fields: string | null;
}): StoredLogLine {
  return { jobId: row.job_id, fence: row.fence, at: row.at, message: row.message, fields: row.fields };
}

export function queueFacts(row: { queue: string; paused_at: number | null; paused_by: string | null }): QueueFacts {
  return { queue: row.queue, pausedAt: row.paused_at, pausedBy: row.paused_by };
}

export function kindFacts(row: { kind: string; stages: string; target_ms: number | null }): KindFacts {
  return { kind: row.kind, stages: JSON.parse(row.stages) as StageFacts[], targetMs: row.target_ms };
}
