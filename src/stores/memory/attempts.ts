/** What workers do, in memory: claim, start, extend, report, settle, and the sweep that takes back what they lost. */
import type { ClockReading } from "../../core/clock-guard.js";
import { conflictReason, endByHolder, endByRescue, endingOf, judgeRefusal } from "../../core/settle-rules.js";
import type {
  Claim,
  ClaimedJob,
  ClaimRequest,
  HoldAnswer,
  LeaseRef,
  LogLine,
  Report,
  SettleAnswer,
  Settlement,
  StartAnswer,
  StartRequest,
  Swept,
  SweptJob,
} from "../../core/store.js";
import { byLease, extrasOf, type Row, trailOf } from "./row.js";
import { type Changes, holderOf, type State } from "./state.js";

const COMPLETED: SettleAnswer = Object.freeze({ answer: "settled", status: "completed", late: false });
/** Log lines kept of one job; the oldest stay, as they tell how it began. */
const LOG_LINES = 5_000;

export function claim(state: State, request: ClaimRequest): Claim {
  const now = state.clock.now();
  const isPaused = (queue: string): boolean => state.queues.get(queue)?.pausedAt != null;
  const jobs: ClaimedJob[] = [];
  const by = { workerId: request.workerId, leaseMs: request.leaseMs, startKnown: true };
  const lanes = state.lanes.for(request, isPaused);
  while (jobs.length < request.limit) {
    const row = state.lanes.take(lanes, now);
    if (row === undefined) break;
    state.claim(row, by, now);
    jobs.push(claimedJob(row, now));
  }
  if (jobs.length > 0) state.guard.leased(request.leaseMs, reading(state));
  if (state.lanes.hasNext(lanes, now)) return { jobs, nextDueInMs: 0 };
  const runAt = state.lanes.nextRunAt(lanes);
  return { jobs, nextDueInMs: runAt === null ? null : Math.max(0, runAt - now) };
}

function claimedJob(row: Row, now: number): ClaimedJob {
  const { extras } = row;
  return {
    jobId: row.jobId,
    kind: row.kind,
    queue: row.queue,
    owner: extras.owner,
    fence: row.fence,
    generation: extras.generation,
    attempt: row.attempt,
    maxAttempts: row.maxAttempts,
    lostCount: extras.lostCount,
    payload: row.payload,
    metadata: extras.metadata,
    createdAt: row.createdAt,
    runAt: row.runAt,
    startedAt: row.startedAt ?? now,
    leaseExpiresAt: row.leaseExpiresAt ?? now,
  };
}

/** A recorded job starts when its runner says so: neither its run time nor pauses, limits or expiry hold it back. */
export function start(state: State, request: StartRequest): StartAnswer {
  const row = state.find(request.jobId);
  if (row === undefined) return { answer: "notFound" };
  const waits = row.status === "scheduled" || row.status === "pending" || row.status === "retrying";
  if (!row.extras.recorded || !waits) return { answer: "illegal", status: row.status };
  state.claim(row, request, state.clock.now());
  state.guard.leased(request.leaseMs, reading(state));
  return { answer: "started", fence: row.fence, attempt: row.attempt, maxAttempts: row.maxAttempts };
}

export function extend(state: State, lease: LeaseRef, leaseMs: number): HoldAnswer {
  const row = held(state, lease);
  if (row === undefined) return "lost";
  row.leaseExpiresAt = state.clock.now() + leaseMs;
  state.guard.leased(leaseMs, reading(state));
  return holdAnswer(row);
}

export function report(state: State, told: Report): HoldAnswer {
  const row = held(state, told);
  if (row === undefined) return "lost";
  const at = state.instantFor(row);
  const { stage, percent, done, total, message, logs } = told;
  if (
    stage !== undefined ||
    percent !== undefined ||
    done !== undefined ||
    total !== undefined ||
    message !== undefined
  ) {
    const extras = extrasOf(row);
    const before = extras.progress ?? { stage: null, percent: null, done: null, total: null, message: null };
    const isNewStage = stage !== undefined && stage !== before.stage;
    if (isNewStage) extras.stageStartedAt = at;
    const kept = isNewStage ? { done: null, total: null, message: null } : before;
    extras.progress = {
      stage: stage ?? before.stage,
      percent: higher(before.percent, percent ?? null),
      done: done === undefined ? kept.done : done,
      total: total === undefined ? kept.total : total,
      message: message === undefined ? kept.message : message,
    };
    row.updatedAt = at;
  }
  if (logs !== undefined) addLogs(row, logs, at);
  return holdAnswer(row);
}

function addLogs(row: Row, lines: readonly LogLine[], at: number): void {
  const extras = extrasOf(row);
  extras.logs ??= [];
  for (const { message, fields } of lines.slice(0, Math.max(0, LOG_LINES - extras.logs.length))) {
    extras.logs.push({ jobId: row.jobId, fence: row.fence, at, message, fields });
  }
}

/** Percent never falls, and an unknown one takes nothing back. */
function higher(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}

/** @param now  of the call: endings come by the hundred */
export function settle(state: State, settlement: Settlement, now: number): SettleAnswer {
  const row = state.jobs.get(settlement.jobId);
  if (row === undefined) return { answer: "lost", status: null };
  const { outcome } = settlement;
  const holds = row.status === "processing" && row.fence === settlement.fence;
  if (
    holds &&
    outcome.type === "completed" &&
    row.extras.cancelRequestedAt === null &&
    (row.leaseExpiresAt ?? now) > now
  ) {
    state.complete(row, outcome.result, now);
    return COMPLETED;
  }
  const actor = holderOf(row);
  const end = holds ? endByHolder({ ...row, ...row.extras }, outcome, now) : "illegal";
  if (end === "illegal") return refuse(state, row, settlement, actor);

  const about = { attempt: row.attempt, fence: row.fence };
  const facts: Changes = { attempt: end.attempt, lostCount: end.lostCount };
  if (end.runInMs !== null) facts.runAt = now + end.runInMs;
  if (end.to === "scheduled" || end.to === "pending") facts.progress = null;
  if (outcome.type === "completed") {
    facts.result = outcome.result;
    const { progress } = row.extras;
    if (progress !== null) facts.progress = { ...progress, percent: 100 };
  }
  if (outcome.type === "failed") {
    facts.error = { ...outcome.failure.public };
    facts.errorDetail = outcome.failure.detail;
  }
  state.move(row, end.event, end.to, facts, { actor, reason: end.reason, error: end.error }, about);
  return { answer: "settled", status: row.status, late: end.late };
}

function refuse(state: State, row: Row, settlement: Settlement, actor: string): SettleAnswer {
  const trail = trailOf(row);
  const endingOfThatFence = endingOf(trail, settlement.fence);
  const answer = judgeRefusal(settlement, { status: row.status, fence: row.fence, endingOfThatFence });
  const isNew = !trail.some((event) => event.event === "conflict" && event.fence === settlement.fence);
  if (answer === "conflict" && isNew) {
    const { outcome } = settlement;
    const error = outcome.type === "failed" ? outcome.failure.public : null;
    state.remarkConflict(row, settlement.fence, { actor, reason: conflictReason(outcome), error });
  }
  return { answer, status: row.status } as SettleAnswer;
}

export function sweep(state: State, limit: number): Swept {
  const now = state.clock.now();
  const [rescued, expired]: [SweptJob[], SweptJob[]] = [[], []];
  if (state.guard.isPaused(reading(state))) return { rescued, expired, paused: true };

  const over = [...state.running].filter((row) => (row.leaseExpiresAt ?? now) <= now).sort(byLease);
  for (const row of over.slice(0, limit)) {
    const end = endByRescue({ ...row, ...row.extras });
    const facts: Changes = { lostCount: end.lostCount, error: end.error, errorDetail: null };
    if (end.runInMs !== null) facts.runAt = now + end.runInMs;
    state.move(row, end.event, end.to, facts, { actor: "rescuer", error: end.error });
    rescued.push({ jobId: row.jobId, kind: row.kind, fence: row.fence, to: row.status });
  }
  let row = state.expiries.first();
  for (
    ;
    row !== undefined && expired.length < limit && (row.extras.expiresAt ?? now) <= now;
    row = state.expiries.first()
  ) {
    state.move(row, "expire", "expired", {}, { actor: "sweeper" });
    expired.push({ jobId: row.jobId, kind: row.kind, fence: row.fence, to: row.status });
  }
  return { rescued, expired, paused: false };
}

function reading({ clock }: State): ClockReading {
  return { wall: clock.now(), monotonic: clock.monotonic() };
}

function held(state: State, lease: LeaseRef): Row | undefined {
  const row = state.find(lease.jobId);
  return row?.status === "processing" && row.fence === lease.fence ? row : undefined;
}

function holdAnswer(row: Row): HoldAnswer {
  return row.extras.cancelRequestedAt === null ? "held" : "cancelRequested";
}
