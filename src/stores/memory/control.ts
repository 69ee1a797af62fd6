/** What people and retention do, in memory: cancel, retry, remove, purge. */
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus } from "../../core/lifecycle.js";
import type { CancelRequest, ControlAnswer, PurgeRequest, RemoveRequest, RetryRequest } from "../../core/store.js";
import { type Row, trailOf } from "./row.js";
import { type Changes, ownedKey, type State } from "./state.js";

export function cancel(state: State, request: CancelRequest): ControlAnswer {
  const row = state.find(request.jobId, request.owner);
  if (row === undefined) return { answer: "notFound" };
  if (row.status === "cancelled") return { answer: "replayed", status: row.status };
  if (isTerminalStatus(row.status)) return { answer: "illegal", status: row.status };

  const { actor, reason, requestId } = request;
  const remark = { actor, reason, requestId };
  // The first time somebody asked is kept.
  const cancelRequestedAt = row.extras.cancelRequestedAt ?? state.instantFor(row);
  if (row.status !== "processing") {
    state.move(row, "cancel", "cancelled", { cancelRequestedAt }, remark);
    return { answer: "done", status: "cancelled" };
  }
  if (request.force) {
    // A fence that nobody was given locks the holder out; the row is about the attempt it ends.
    const about = { attempt: row.attempt, fence: row.fence };
    state.move(row, "force_cancel", "cancelled", { cancelRequestedAt, fence: row.fence + 1 }, remark, about);
    return { answer: "done", status: "cancelled" };
  }
  if (row.extras.cancelRequestedAt !== null) return { answer: "replayed", status: "processing" };
  state.move(row, "request_cancel", "processing", { cancelRequestedAt }, remark);
  return { answer: "requested", status: "processing" };
}

export function retry(state: State, request: RetryRequest): ControlAnswer {
  const row = state.find(request.jobId, request.owner);
  if (row === undefined) return { answer: "notFound" };
  const { actor, requestId } = request;
  const { status } = row;
  // A double click is one retry, whatever became of the job since.
  const isRepeat = requestId !== null && trailOf(row).some((e) => e.event === "retry" && e.requestId === requestId);
  if (isRepeat) return { answer: "replayed", status };
  if (status !== "failed" && status !== "cancelled" && status !== "expired") return { answer: "illegal", status };
  if (request.onlyRetryable && row.extras.error?.retryable === false)
    return { answer: "notRetryable", status, reason: "error" };
  if (request.maxGenerations !== null && row.extras.generation >= request.maxGenerations) {
    return { answer: "notRetryable", status, reason: "generations" };
  }
  const { uniqueKey, owner, livesMs } = row.extras;
  const holder = uniqueKey === null ? undefined : state.unique.get(ownedKey(owner, uniqueKey));
  if (holder !== undefined) return { answer: "uniqueConflict", jobId: holder.jobId };

  const now = state.clock.now();
  const facts: Changes = {
    generation: row.extras.generation + 1,
    attempt: 0,
    lostCount: 0,
    runAt: now,
    // The job gets the same time to live again, or it would expire at once.
    expiresAt: livesMs === null ? null : now + livesMs,
    cancelRequestedAt: null,
    progress: null,
  };
  state.move(row, "retry", "pending", facts, { actor, requestId });
  return { answer: "done", status: "pending" };
}

export function remove(state: State, request: RemoveRequest): ControlAnswer {
  const row = state.find(request.jobId, request.owner);
  if (row === undefined) {
    const tombstone = state.tombstones.get(request.jobId);
    const theirs = tombstone !== undefined && (request.owner === undefined || tombstone.owner === request.owner);
    return theirs ? { answer: "replayed", status: tombstone.status } : { answer: "notFound" };
  }
  if (!isTerminalStatus(row.status)) return { answer: "illegal", status: row.status };
  state.bury(row);
  return { answer: "done", status: row.status };
}

export function purge(state: State, request: PurgeRequest): Tombstone[] {
  const now = state.clock.now();
  state.learned.forget(now);
  for (const tombstone of state.tombstones.values()) {
    if (now - tombstone.purgedAt <= request.tombstoneMs) break;
    state.tombstones.delete(tombstone.jobId);
  }
  return doomed(state, request, now).map((row) => state.bury(row));
}

/** Oldest first, at most `limit`. A rule with both limits lets a job go that exceeds either. */
function doomed(state: State, { rules, limit }: PurgeRequest, now: number): Row[] {
  const overCount = new Set<Row>();
  for (const { status, keep } of rules) {
    if (keep === null) continue;
    let newer = 0;
    for (const row of state.finished.backwards()) if (row.status === status && ++newer > keep) overCount.add(row);
  }
  const rows: Row[] = [];
  for (const row of state.finished) {
    if (rows.length >= limit) break;
    const age = now - (row.finishedAt ?? now);
    const isOld = rules.some(
      (rule) => rule.status === row.status && rule.olderThanMs !== null && age > rule.olderThanMs,
    );
    if (isOld || overCount.has(row)) rows.push(row);
  }
  return rows;
}
