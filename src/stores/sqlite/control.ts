/** What people and retention do: cancel, retry, remove, purge. */
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus } from "../../core/lifecycle.js";
import type { CancelRequest, ControlAnswer, PurgeRequest, RemoveRequest, RetryRequest } from "../../core/store.js";
import { instantFor, writeClaim, writeEvent } from "./events.js";
import { type JobRow, type TombstoneRow, tombstone } from "./rows.js";
import { endAttempt, endWaiting } from "./settle.js";
import { DELETE_CALLBACKS } from "./sql/callbacks.js";
import {
  BEYOND_KEPT,
  BURY,
  DELETE_EVENTS,
  DELETE_JOB,
  DELETE_LOGS,
  DELETE_TOMBSTONES,
  OLDER_THAN,
  REQUEST_CANCEL,
  RETRIED_BEFORE,
  RETRY,
} from "./sql/control.js";
import { COUNT_IN_LANE, HOLDER_OF_UNIQUE_KEY } from "./sql/enqueue.js";
import { FORGET_KEY } from "./sql/keys.js";
import { READ_ONE, READ_TOMBSTONE } from "./sql/reading.js";
import type { Transaction } from "./transaction.js";

/** The job, when it exists and, with `owner`, is theirs. */
function find({ connection }: Transaction, { jobId, owner }: { jobId: string; owner?: string }): JobRow | undefined {
  const job = connection.get<JobRow>(READ_ONE.status, { jobId });
  return job !== undefined && (owner === undefined || job.owner === owner) ? job : undefined;
}

export function cancel(tx: Transaction, request: CancelRequest): ControlAnswer {
  const job = find(tx, request);
  if (job === undefined) return { answer: "notFound" };
  const { status } = job;
  if (status === "cancelled") return { answer: "replayed", status };
  if (isTerminalStatus(status)) return { answer: "illegal", status };

  const { actor, reason, requestId } = request;
  if (status !== "processing") {
    endWaiting(tx, job, "cancelled", { event: "cancel", actor, reason, requestId });
    return { answer: "done", status: "cancelled" };
  }
  if (request.force) {
    const { attempt, lost_count: lostCount } = job;
    const end = {
      event: "force_cancel",
      to: "cancelled",
      attempt,
      lostCount,
      runInMs: null,
      reason,
      error: null,
    } as const;
    endAttempt(tx, job, end, { actor, outcome: null, requestId, locksOut: true });
    return { answer: "done", status: "cancelled" };
  }
  // The first time somebody asked is kept.
  if (job.cancel_requested_at !== null) return { answer: "replayed", status };
  writeClaim(tx, job);
  writeEvent(tx, job, { event: "request_cancel", to: "processing", actor, reason, requestId });
  tx.connection.run(REQUEST_CANCEL, { jobId: job.job_id, at: instantFor(tx, job) });
  return { answer: "requested", status };
}

export function retry(tx: Transaction, request: RetryRequest): ControlAnswer {
  const job = find(tx, request);
  if (job === undefined) return { answer: "notFound" };
  const { connection, now, touched } = tx;
  const { job_id: jobId, status } = job;
  const { actor, requestId } = request;
  // A double click is one retry, whatever became of the job since.
  if (requestId !== null && connection.get(RETRIED_BEFORE, { jobId, requestId }) !== undefined) {
    return { answer: "replayed", status };
  }
  if (status !== "failed" && status !== "cancelled" && status !== "expired") return { answer: "illegal", status };
  if (request.onlyRetryable && job.error_retryable === 0) return { answer: "notRetryable", status, reason: "error" };
  if (request.maxGenerations !== null && job.generation >= request.maxGenerations) {
    return { answer: "notRetryable", status, reason: "generations" };
  }
  if (job.unique_key !== null) {
    const holder = connection.get<{ job_id: string }>(HOLDER_OF_UNIQUE_KEY, {
      scope: job.owner ?? "",
      key: job.unique_key,
    });
    if (holder !== undefined) return { answer: "uniqueConflict", jobId: holder.job_id };
  }
  const about = { attempt: 0, generation: job.generation + 1 };
  writeEvent(tx, job, { event: "retry", to: "pending", actor, requestId, about });
  connection.run(RETRY, { jobId, now, at: instantFor(tx, job), place: job.recorded === 1 ? 5 : 1 });
  touched.waiting ||= job.recorded === 0;
  return { answer: "done", status: "pending" };
}

export function remove(tx: Transaction, request: RemoveRequest): ControlAnswer {
  const { jobId, owner } = request;
  const job = find(tx, request);
  if (job === undefined) {
    const grave = tx.connection.get<TombstoneRow>(READ_TOMBSTONE, { jobId });
    const theirs = grave !== undefined && (owner === undefined || grave.owner === owner);
    return theirs ? { answer: "replayed", status: grave.status } : { answer: "notFound" };
  }
  if (!isTerminalStatus(job.status)) return { answer: "illegal", status: job.status };
  bury(tx, jobId);
  return { answer: "done", status: job.status };
}

/** Oldest first. A rule with both limits lets a job go that exceeds either. */
export function purge(tx: Transaction, { rules, limit, tombstoneMs }: PurgeRequest): Tombstone[] {
  const { connection, now } = tx;
  connection.run(DELETE_TOMBSTONES, { before: now - Math.round(tombstoneMs), limit });
  const doomed = new Map<string, number>();
  for (const { status, olderThanMs, keep } of rules) {
    const rows: { job_id: string; finished_at: number }[] = [];
    if (olderThanMs !== null) {
      rows.push(
        ...connection.all<(typeof rows)[0]>(OLDER_THAN, { status, before: now - Math.round(olderThanMs), limit }),
      );
    }
    if (keep !== null) rows.push(...connection.all<(typeof rows)[0]>(BEYOND_KEPT, { status, keep, limit }));
    for (const { job_id, finished_at } of rows) doomed.set(job_id, finished_at);
  }
  return [...doomed]
    .sort(([idA, a], [idB, b]) => a - b || (idA < idB ? -1 : 1))
    .slice(0, limit)
    .map(([jobId]) => bury(tx, jobId));
}

/** Takes a finished job out for good and leaves its tombstone. */
function bury({ connection, now, touched }: Transaction, jobId: string): Tombstone {
  const grave = connection.get<TombstoneRow>(BURY, { jobId, now })!;
  const gone = connection.get<{ kind: string; queue: string; concurrency_key: string | null }>(DELETE_JOB, { jobId })!;
  connection.run(DELETE_EVENTS, { jobId });
  connection.run(DELETE_LOGS, { jobId });
  connection.run(DELETE_CALLBACKS, { jobId });
  connection.run(COUNT_IN_LANE, { kind: gone.kind, queue: gone.queue, jobs: -1 });
  if (gone.concurrency_key !== null) connection.run(FORGET_KEY, { key: gone.concurrency_key });
  touched.jobs.add(jobId);
  return tombstone(grave);
}
