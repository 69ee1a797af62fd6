/** T1 and T2 in memory: keys first, then the id, then whether there is room. */
import type { EnqueueAnswer, NewJob } from "../../core/store.js";
import type { Row } from "./row.js";
import { ownedKey, type State } from "./state.js";

export function enqueue(state: State, job: NewJob): EnqueueAnswer {
  const known = job.idempotencyKey === null ? undefined : state.idempotent.get(ownedKey(job.owner, job.idempotencyKey));
  if (known !== undefined) {
    const { jobId, kind, queue, scheduledAt, payload } = known;
    return { answer: "known", payload, jobId, kind, queue, scheduledAt };
  }
  if (state.jobs.has(job.jobId) || state.tombstones.has(job.jobId)) return { answer: "exists", jobId: job.jobId };
  const holder = job.uniqueKey === null ? undefined : state.unique.get(ownedKey(job.owner, job.uniqueKey));
  if (holder !== undefined) return answered("duplicate", holder);
  if (!makeRoom(state)) return { answer: "full", limit: state.maxJobs };

  const row = rowOf(job, state.clock.now());
  state.create(row);
  return answered("created", row);
}

/** Finished jobs make way, the oldest first. */
function makeRoom(state: State): boolean {
  while (state.jobs.size >= state.maxJobs) {
    const oldest = state.finished.first();
    if (oldest === undefined) return false;
    state.bury(oldest);
  }
  return true;
}

function answered(answer: "created" | "duplicate", row: Row): EnqueueAnswer {
  return { answer, jobId: row.jobId, kind: row.kind, queue: row.queue, scheduledAt: row.scheduledAt };
}

function rowOf(job: NewJob, now: number): Row {
  const { runAt: when, expiresInMs } = job;
  const asked = when === null ? now : "at" in when ? when.at : now + when.inMs;
  // A time that is not in the future is no schedule: the job is simply pending.
  const scheduledAt = asked > now ? asked : null;
  // Spelled out: a spread of so many fields would cost more than all the rest of an enqueue.
  return {
    jobId: job.jobId,
    kind: job.kind,
    queue: job.queue,
    owner: job.owner,
    status: scheduledAt === null ? "pending" : "scheduled",
    generation: 1,
    attempt: 0,
    maxAttempts: job.maxAttempts,
    lostCount: 0,
    fence: 0,
    workerId: null,
    lastWorkerId: null,
    leaseExpiresAt: null,
    priority: job.priority,
    runAt: scheduledAt ?? now,
    scheduledAt,
    livesMs: expiresInMs,
    expiresAt: expiresInMs === null ? null : now + expiresInMs,
    createdAt: now,
    firstStartedAt: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
    seq: 0,
    cancelRequestedAt: null,
    uniqueKey: job.uniqueKey,
    idempotencyKey: job.idempotencyKey,
    concurrencyKey: job.concurrencyKey,
    concurrencyLimit: job.concurrencyLimit,
    progress: null,
    result: null,
    error: null,
    errorDetail: null,
    metadata: job.metadata,
    stageStartedAt: null,
    payload: job.payload,
    payloadBytes: null,
    parentId: job.parentId,
    rerunOf: job.rerunOf,
    recorded: job.recorded,
    trail: null,
    logs: null,
    callbacks: null,
  };
}
