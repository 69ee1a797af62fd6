/** What people do: cancel, retry, remove. */
import { isTerminalStatus } from "../../core/lifecycle.js";
import type { CancelRequest, ControlAnswer, RemoveRequest, RetryRequest } from "../../core/store.js";
import { instantFor, writeClaim, writeEvent } from "./events.js";
import { countInLanes } from "./lanes.js";
import { buryOne } from "./purge.js";
import type { JobRow, TombstoneRow } from "./rows.js";
import { endAttempt, endWaiting } from "./settle.js";
import { REQUEST_CANCEL, RETRIED_BEFORE, RETRY } from "./sql/control.js";
import { HOLDER_OF_UNIQUE_KEY } from "./sql/enqueue.js";
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
  if (job.fence === 0) countInLanes(tx, [job], -1);
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
  buryOne(tx, jobId);
  return { answer: "done", status: job.status };
}
