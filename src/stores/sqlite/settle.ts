/** T6–T13, T16: how attempts end, told by their holder or noticed by the sweep. */
import type { LeaseClock } from "../../core/clock-guard.js";
import type { PublicFailure } from "../../core/job.js";
import { isTerminalStatus } from "../../core/lifecycle.js";
import {
  conflictReason,
  type EndOfAttempt,
  endByHolder,
  endByRescue,
  endingOf,
  judgeRefusal,
} from "../../core/settle-rules.js";
import type { Outcome, SettleAnswer, Settlement, Swept, SweptJob } from "../../core/store.js";
import { completeTogether } from "./complete.js";
import { holderOf, instantFor, trailOf, writeClaim, writeEvent } from "./events.js";
import { countInLanes } from "./lanes.js";
import { type JobRow, jobRecord } from "./rows.js";
import { READ_ONE } from "./sql/reading.js";
import { COMPLETE_PLAINLY, COUNT_REMARK, END_ATTEMPT } from "./sql/settle.js";
import { END_WAITING, FORGET_WORKERS, LEASES_OVER, OUT_OF_TIME, TAKE_BACK_FROM_ASIDE } from "./sql/sweep.js";
import type { Transaction } from "./transaction.js";

const DAY_MS = 86_400_000;

export function settleAll(tx: Transaction, settlements: readonly Settlement[]): SettleAnswer[] {
  const together = completeTogether(tx, settlements);
  return settlements.map((settlement, i) => together.get(i) ?? settle(tx, settlement));
}

export function settle(tx: Transaction, settlement: Settlement): SettleAnswer {
  const { connection, now, touched } = tx;
  const { jobId, fence, outcome } = settlement;
  if (outcome.type === "completed") {
    const done = connection.get<{ concurrency_key: string | null }>(COMPLETE_PLAINLY, {
      jobId,
      fence,
      now,
      result: outcome.result,
    });
    if (done !== undefined) {
      touched.jobs.add(jobId);
      if (done.concurrency_key !== null) touched.keys.add(done.concurrency_key);
      return { answer: "settled", status: "completed", late: false };
    }
  }
  const job = connection.get<JobRow>(READ_ONE.status, { jobId });
  if (job === undefined) return { answer: "lost", status: null };
  const holds = job.status === "processing" && job.fence === fence;
  const end = holds ? endByHolder(jobRecord(job, now, null), outcome, now) : "illegal";
  if (end === "illegal") return refuse(tx, job, settlement);
  endAttempt(tx, job, end, { actor: holderOf(job), outcome });
  return { answer: "settled", status: end.to, late: end.late };
}

/** @returns the answer; a conflict leaves one remark a fence */
function refuse(tx: Transaction, job: JobRow, settlement: Settlement): SettleAnswer {
  const { fence, outcome } = settlement;
  const trail = trailOf(tx, job);
  const endingOfThatFence = endingOf(trail, fence);
  const answer = judgeRefusal(settlement, { status: job.status, fence: job.fence, endingOfThatFence });
  if (answer === "conflict" && !trail.some((row) => row.event === "conflict" && row.fence === fence)) {
    const error = outcome.type === "failed" ? outcome.failure.public : null;
    const remark = { actor: holderOf(job), reason: conflictReason(outcome), error, about: { fence } };
    writeEvent(tx, job, { event: "conflict", to: job.status, ...remark });
    tx.connection.run(COUNT_REMARK, { jobId: job.job_id, seq: job.seq, at: instantFor(tx, job) });
  }
  return { answer, status: job.status } as SettleAnswer;
}

interface EndedBy {
  readonly actor: string;
  /** What the holder told; null when it was not asked. */
  readonly outcome: Outcome | null;
  readonly reason?: string | null;
  readonly requestId?: string | null;
  /** T17: a fence that nobody was given locks the holder out. */
  readonly locksOut?: boolean;
}

/** Ends the running attempt of `job`, which was read in this transaction. */
export function endAttempt(tx: Transaction, job: JobRow, end: Omit<EndOfAttempt, "late">, by: EndedBy): void {
  const { connection, now, touched } = tx;
  const at = instantFor(tx, job);
  const ended = isTerminalStatus(end.to);
  const runAt = end.runInMs === null ? job.run_at : now + Math.round(end.runInMs);
  // An error is news while the job is retrying or failed; afterwards only the trail has it.
  const error = end.to === "retrying" || end.to === "failed" ? end.error : null;
  const anew = end.to === "scheduled" || end.to === "pending";
  const { stage, percent, done, total, message } = job;
  const known = stage !== null || percent !== null || done !== null || total !== null || message !== null;

  writeClaim(tx, job);
  const reason = end.reason ?? by.reason ?? null;
  const remark = { actor: by.actor, reason, requestId: by.requestId ?? null, error: end.error };
  writeEvent(tx, job, { event: end.event, to: end.to, ...remark });
  connection.run(END_ATTEMPT, {
    jobId: job.job_id,
    fence: job.fence,
    to: end.to,
    place: ended ? 0 : job.recorded === 1 ? 5 : runAt <= now ? 1 : 2,
    attempt: end.attempt,
    lostCount: end.lostCount,
    runAt,
    locksOut: by.locksOut ? 1 : 0,
    finishedAt: ended ? at : null,
    at,
    cancelRequestedAt: job.cancel_requested_at ?? (end.to === "cancelled" ? at : null),
    stage: anew ? null : stage,
    percent: anew ? null : end.to === "completed" && known ? 100 : percent,
    done: anew ? null : done,
    total: anew ? null : total,
    message: anew ? null : message,
    result: by.outcome?.type === "completed" && end.to === "completed" ? by.outcome.result : null,
    ...errorColumns(error),
    errorDetail: error !== null && by.outcome?.type === "failed" ? by.outcome.failure.detail : null,
  });
  touched.waiting ||= !ended && job.recorded === 0;
  if (job.concurrency_key !== null) touched.keys.add(job.concurrency_key);
}

function errorColumns(error: PublicFailure | null) {
  return {
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    errorCategory: error?.category ?? null,
    errorRetryable: error === null ? null : error.retryable ? 1 : 0,
    errorReference: error?.reference ?? null,
  };
}

/** T11–T13 and T18. The caller has asked the clock guard, and hands on what it said of leases. */
export function sweep(tx: Transaction, limit: number, leaseClock: LeaseClock | null): Omit<Swept, "paused"> {
  const { connection, now } = tx;
  const { jumpedTo, aheadMs } = leaseClock ?? { jumpedTo: 0, aheadMs: 0 };
  const over = { now, limit, jumpedTo: Math.floor(jumpedTo), aheadMs: Math.ceil(aheadMs) };
  const rescued = connection.all<{ job_id: string }>(LEASES_OVER, over).map(({ job_id }) => {
    const job = connection.get<JobRow>(READ_ONE.status, { jobId: job_id })!;
    const end = endByRescue(jobRecord(job, now, null));
    endAttempt(tx, job, end, { actor: "rescuer", outcome: null });
    return swept(job, end.to);
  });
  const expired = connection.all<{ job_id: string }>(OUT_OF_TIME, { now, limit }).map(({ job_id }) => {
    const job = connection.get<JobRow>(READ_ONE.status, { jobId: job_id })!;
    endWaiting(tx, job, "expired", { event: "expire", actor: "sweeper" });
    return swept(job, "expired");
  });
  if (connection.run(TAKE_BACK_FROM_ASIDE, { now }) > 0) tx.touched.waiting = true;
  connection.run(FORGET_WORKERS, { before: now - DAY_MS });
  return { rescued, expired };
}

function swept(job: JobRow, to: SweptJob["to"]): SweptJob {
  return { jobId: job.job_id, kind: job.kind, fence: job.fence, to };
}

/** Ends a job that waits: cancelled (T14) or expired (T18). */
export function endWaiting(
  tx: Transaction,
  job: JobRow,
  to: "cancelled" | "expired",
  remark: { event: "cancel" | "expire"; actor: string; reason?: string | null; requestId?: string | null },
): void {
  const at = instantFor(tx, job);
  writeEvent(tx, job, { to, ...remark });
  tx.connection.run(END_WAITING, {
    jobId: job.job_id,
    to,
    at,
    cancelRequestedAt: to === "cancelled" ? (job.cancel_requested_at ?? at) : job.cancel_requested_at,
  });
  if (job.fence === 0) countInLanes(tx, [job], 1);
  if (job.concurrency_key !== null) tx.touched.keys.add(job.concurrency_key);
}
