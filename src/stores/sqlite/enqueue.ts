/** T1 and T2: idempotency key first, then the id, then the unique key. Also runs on a caller's own transaction. */
import type { EnqueueAnswer, EnqueuedFacts, NewJob } from "../../core/store.js";
import {
  COUNT_IN_LANE,
  HOLDER_OF_IDEMPOTENCY_KEY,
  HOLDER_OF_UNIQUE_KEY,
  INSERT_JOB,
  JOB_OR_TOMBSTONE,
  SET_SLOTS,
} from "./sql.js";
import type { Transaction } from "./transaction.js";

export function enqueue(tx: Transaction, jobs: readonly NewJob[]): EnqueueAnswer[] {
  const lanes = new Map<string, { readonly kind: string; readonly queue: string; jobs: number }>();
  const answers = jobs.map((job) => {
    const answer = enqueueOne(tx, job);
    if (answer.answer === "created") {
      const { kind, queue } = job;
      const name = `${queue}/${kind}`;
      const lane = lanes.get(name);
      if (lane === undefined) lanes.set(name, { kind, queue, jobs: 1 });
      else lane.jobs++;
    }
    return answer;
  });
  for (const { kind, queue, jobs: count } of lanes.values()) {
    tx.connection.run(COUNT_IN_LANE, { kind, queue, jobs: count });
  }
  return answers;
}

interface HolderRow {
  readonly job_id: string;
  readonly kind: string;
  readonly queue: string;
  readonly scheduled_at: number | null;
}

function enqueueOne({ connection, now, touched }: Transaction, job: NewJob): EnqueueAnswer {
  const { jobId, kind, queue, owner, uniqueKey, idempotencyKey, concurrencyKey: key } = job;
  const scope = owner ?? "";
  if (idempotencyKey !== null) {
    const known = connection.get<HolderRow & { payload: string }>(HOLDER_OF_IDEMPOTENCY_KEY, {
      scope,
      key: idempotencyKey,
    });
    if (known !== undefined) return { answer: "known", payload: known.payload, ...factsOf(known) };
  }
  if (uniqueKey !== null) {
    if (connection.get(JOB_OR_TOMBSTONE, { jobId }) !== undefined) return { answer: "exists", jobId };
    const holder = connection.get<HolderRow>(HOLDER_OF_UNIQUE_KEY, { scope, key: uniqueKey });
    if (holder !== undefined) return { answer: "duplicate", ...factsOf(holder) };
  }
  const scheduledAt = laterThan(now, job.runAt);
  const changed = connection.run(INSERT_JOB, {
    jobId,
    kind,
    queue,
    owner,
    status: scheduledAt === null ? "pending" : "scheduled",
    place: job.recorded ? 5 : scheduledAt === null ? 1 : 2,
    priority: job.priority,
    runAt: scheduledAt ?? now,
    maxAttempts: job.maxAttempts,
    scheduledAt,
    expiresAt: job.expiresInMs === null ? null : now + Math.round(job.expiresInMs),
    now,
    uniqueKey,
    idempotencyKey,
    concurrencyKey: key,
    concurrencyLimit: key === null ? null : (job.concurrencyLimit ?? 1),
    recorded: job.recorded ? 1 : 0,
    parentId: job.parentId,
    rerunOf: job.rerunOf,
    metadata: job.metadata,
    payload: job.payload,
  });
  if (changed === 0) return { answer: "exists", jobId };
  if (key !== null && connection.run(SET_SLOTS, { key, slots: job.concurrencyLimit ?? 1 }) > 0) touched.keys.add(key);
  touched.jobs.add(jobId);
  touched.waiting ||= !job.recorded;
  return { answer: "created", jobId, kind, queue, scheduledAt };
}

/** A time that is not in the future is no schedule: the job is simply pending. */
function laterThan(now: number, runAt: NewJob["runAt"]): number | null {
  if (runAt === null) return null;
  const at = Math.round("at" in runAt ? runAt.at : now + runAt.inMs);
  return at > now ? at : null;
}

function factsOf(row: HolderRow): EnqueuedFacts {
  return { jobId: row.job_id, kind: row.kind, queue: row.queue, scheduledAt: row.scheduled_at };
}
