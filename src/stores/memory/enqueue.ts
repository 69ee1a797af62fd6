/** T1 and T2 in memory: keys first, then the id, then whether there is room. */
import type { EnqueueAnswer, NewJob } from "../../core/store.js";
import { type Extras, NO_EXTRAS, type Row } from "./row.js";
import { ownedKey, type State } from "./state.js";

export function enqueue(state: State, job: NewJob): EnqueueAnswer {
  const known = job.idempotencyKey === null ? undefined : state.idempotent.get(ownedKey(job.owner, job.idempotencyKey));
  if (known !== undefined) {
    const { jobId, kind, queue, payload } = known;
    const { scheduledAt } = known.extras;
    return { answer: "known", payload, jobId, kind, queue, scheduledAt };
  }
  if (state.jobs.has(job.jobId) || state.tombstones.has(job.jobId)) return { answer: "exists", jobId: job.jobId };
  const holder = job.uniqueKey === null ? undefined : state.unique.get(ownedKey(job.owner, job.uniqueKey));
  if (holder !== undefined) return answered("duplicate", holder);
  if (state.jobs.size >= state.maxJobs && !makeRoom(state)) return { answer: "full", limit: state.maxJobs };

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
  return { answer, jobId: row.jobId, kind: row.kind, queue: row.queue, scheduledAt: row.extras.scheduledAt };
}

function rowOf(job: NewJob, now: number): Row {
  const { runAt: when } = job;
  const asked = when === null ? now : "at" in when ? when.at : now + when.inMs;
  // A time that is not in the future is no schedule: the job is simply pending.
  const scheduledAt = asked > now ? asked : null;
  // Spelled out: a spread of so many fields would cost more than all the rest of an enqueue.
  return {
    jobId: job.jobId,
    kind: job.kind,
    queue: job.queue,
    status: scheduledAt === null ? "pending" : "scheduled",
    attempt: 0,
    maxAttempts: job.maxAttempts,
    fence: 0,
    lastWorkerId: null,
    leaseExpiresAt: null,
    priority: job.priority,
    runAt: scheduledAt ?? now,
    createdAt: now,
    firstStartedAt: null,
    startedAt: null,
    finishedAt: null,
    updatedAt: now,
    seq: 0,
    result: null,
    payload: job.payload,
    payloadBytes: null,
    runningAt: -1,
    extras: isBare(job) ? NO_EXTRAS : extrasFor(job, scheduledAt, now),
  };
}

/** Whether the job names nothing but what every job has. */
function isBare(job: NewJob): boolean {
  return (
    job.runAt === null &&
    job.owner === null &&
    job.expiresInMs === null &&
    job.metadata === null &&
    job.uniqueKey === null &&
    job.idempotencyKey === null &&
    job.concurrencyKey === null &&
    job.parentId === null &&
    job.rerunOf === null &&
    !job.recorded
  );
}

function extrasFor(job: NewJob, scheduledAt: number | null, now: number): Extras {
  const { expiresInMs } = job;
  return {
    ...NO_EXTRAS,
    owner: job.owner,
    scheduledAt,
    livesMs: expiresInMs,
    expiresAt: expiresInMs === null ? null : now + expiresInMs,
    metadata: job.metadata,
    uniqueKey: job.uniqueKey,
    idempotencyKey: job.idempotencyKey,
    concurrencyKey: job.concurrencyKey,
    concurrencyLimit: job.concurrencyLimit,
    parentId: job.parentId,
    rerunOf: job.rerunOf,
    recorded: job.recorded,
  };
}
