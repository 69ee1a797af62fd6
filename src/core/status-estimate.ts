/** What a job's status says of time: makes the questions to estimate.ts of one record and what was learned of its kind. */
import { type Durations, sizeOf } from "./durations.js";
import { type Estimate, estimateRunning, estimateWaiting, typicalMs } from "./estimate.js";
import { currentStatus, type JobRecord, processingMs } from "./job.js";
import { isTerminalStatus } from "./lifecycle.js";
import type { Progress } from "./progress.js";
import type { KindFacts, WorkerRecord } from "./store.js";
import { waitingReason } from "./waiting-reason.js";

/** Learned and seen, at most some seconds old. */
export interface Insight {
  readonly durations: Durations;
  /** For jobs that wait; may be empty otherwise. */
  readonly workers: readonly WorkerRecord[];
}

/** A job that stands due for longer than this although a worker was free: then it is not free any more. */
const STALE_MS = 2_000;

export function estimateOf(record: JobRecord, kind: KindFacts | null, insight: Insight | null): Estimate | null {
  if (insight === null || isTerminalStatus(record.status)) return null;
  const { durations } = insight;
  const size = sizeOfInput(record);
  if (record.status !== "processing") return waiting(record, insight, size);
  const elapsedMs = processingMs(record);
  if (elapsedMs === null) return null;
  const { stage = null, done = null, total = null } = record.progress ?? {};
  const { stageStartedAt, readAt } = record;
  return estimateRunning({
    durations,
    size,
    elapsedMs,
    targetMs: kind?.targetMs ?? null,
    stages: kind?.stages ?? [],
    stage,
    stageElapsedMs: stageStartedAt === null ? null : Math.max(0, readAt - stageStartedAt),
    done,
    total,
  });
}

function waiting(record: JobRecord, { durations, workers }: Insight, size: number | null): Estimate | null {
  const { waiting: facts, readAt, runAt, kind, queue } = record;
  const reason = waitingReason(record);
  if (facts === null || reason === null) return null;
  // Nobody can say when these will be lifted. A paused queue also holds a job that is not due yet.
  const held = facts.queuePausedAt !== null || facts.keyHolders.length > 0 || record.recorded;
  const crew = workers.filter(
    (worker) =>
      worker.accepting &&
      readAt < worker.seenAt + worker.leaseMs &&
      worker.kinds.includes(kind) &&
      (worker.queues === null || worker.queues.includes(queue)),
  );
  const slots = held ? 0 : crew.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const dueInMs = Math.max(0, runAt - readAt);
  const line = { durations, size, dueInMs, slots };
  // Who will stand before it then, nobody knows yet.
  if (dueInMs > 0) return estimateWaiting({ ...line, ahead: 0, free: slots });
  const free = crew.reduce((sum, { concurrency, running }) => sum + Math.max(0, concurrency - running), 0);
  const isStale = readAt - runAt > STALE_MS;
  // Nobody worked there when it was read, whatever is still remembered of workers.
  if (facts.ahead === null) return null;
  return estimateWaiting({ ...line, ahead: facts.ahead, free: isStale ? 0 : free });
}

/** Says beside each stage what it usually takes. */
export function withTypicalMs(progress: Progress | null, record: JobRecord, insight: Insight | null): Progress | null {
  if (progress === null || insight === null || progress.stages.length === 0) return progress;
  const size = sizeOfInput(record);
  const stages = progress.stages.map((stage) => {
    const typical = typicalMs(insight.durations, stage.name, size);
    return typical === null ? stage : { ...stage, typicalMs: typical };
  });
  return { ...progress, stages };
}

function sizeOfInput({ payloadBytes }: JobRecord): number | null {
  return payloadBytes === null ? null : sizeOf(payloadBytes);
}

/** Whether a status of this job would ask for insight at all. */
export function wantsInsight(record: JobRecord): "durations" | "durations and workers" | null {
  if (isTerminalStatus(record.status)) return null;
  return currentStatus(record) === "processing" || record.waiting === null ? "durations" : "durations and workers";
}
