/** T1 and T2: idempotency key first, then the id, then the unique key. Also runs on a caller's own transaction. */
import type { EnqueueAnswer, EnqueuedFacts, NewJob } from "../../core/store.js";
import type { Connection } from "./connection.js";
import { enqueueRows, enqueueUsual } from "./enqueue-rows.js";
import { setSlots } from "./keys.js";
import { ensureLanes, isKnownLane } from "./lanes.js";
import { isKeyless, laterThan } from "./new-jobs.js";
import { HOLDER_OF_IDEMPOTENCY_KEY, HOLDER_OF_UNIQUE_KEY, INSERT_JOB, JOB_OR_TOMBSTONE } from "./sql/enqueue.js";
import type { Transaction } from "./transaction.js";

/** One job without a key in a lane that is there: one statement, which is a transaction by itself. */
export function enqueueLone(tx: Transaction, jobs: readonly NewJob[]): EnqueueAnswer[] | null {
  const [job] = jobs;
  if (jobs.length !== 1 || !isKeyless(job!) || !isKnownLane(tx.connection, job!)) return null;
  return [enqueueOne(tx, job!, NO_SLOTS)];
}
/** A job without a key takes none. */
const NO_SLOTS: Map<string, number> = new Map();

export function enqueue(tx: Transaction, jobs: readonly NewJob[]): EnqueueAnswer[] {
  ensureLanes(tx, jobs);
  const answers: EnqueueAnswer[] = [];
  const slots = new Map<string, number>();
  for (let from = 0; from < jobs.length; ) {
    let end = from;
    while (end < jobs.length && isKeyless(jobs[end]!)) end++;
    const inserted = enqueueRows(tx, jobs.slice(from, end));
    for (let i = from; i < from + inserted; i++) answers.push(created(tx, jobs[i]!));
    for (let i = from + inserted; i <= end && i < jobs.length; i++) answers.push(enqueueOne(tx, jobs[i]!, slots));
    from = end + 1;
  }
  setSlots(tx, slots);
  return answers;
}

interface HolderRow {
  readonly job_id: string;
  readonly kind: string;
  readonly queue: string;
  readonly scheduled_at: number | null;
}

/** @param slots  takes the slots of the job's concurrency key, when it is in */
function enqueueOne(tx: Transaction, job: NewJob, slots: Map<string, number>): EnqueueAnswer {
  const { connection, now } = tx;
  const { jobId, kind, queue, owner, uniqueKey, idempotencyKey, concurrencyKey: key } = job;
  const usual = enqueueUsual(tx, job);
  if (usual !== null) return usual === 0 ? { answer: "exists", jobId } : created(tx, job);
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
  if (changed === 0) return refusal(connection, job);
  if (key !== null) slots.set(key, job.concurrencyLimit ?? 1);
  return created(tx, job);
}

/** Why the job could not be inserted. */
function refusal(connection: Connection, { jobId, owner, idempotencyKey, uniqueKey }: NewJob): EnqueueAnswer {
  const scope = owner ?? "";
  if (idempotencyKey !== null) {
    const known = connection.get<HolderRow & { payload: string }>(HOLDER_OF_IDEMPOTENCY_KEY, {
      scope,
      key: idempotencyKey,
    });
    if (known !== undefined) return { answer: "known", payload: known.payload, ...factsOf(known) };
  }
  if (uniqueKey !== null && connection.get(JOB_OR_TOMBSTONE, { jobId }) === undefined) {
    const holder = connection.get<HolderRow>(HOLDER_OF_UNIQUE_KEY, { scope, key: uniqueKey });
    if (holder !== undefined) return { answer: "duplicate", ...factsOf(holder) };
  }
  return { answer: "exists", jobId };
}

/** What is told of a job that has just been inserted. */
function created({ now, touched }: Transaction, { jobId, kind, queue, runAt, recorded }: NewJob): EnqueueAnswer {
  touched.jobs.add(jobId);
  touched.waiting ||= !recorded;
  return { answer: "created", jobId, kind, queue, scheduledAt: laterThan(now, runAt) };
}

function factsOf(row: HolderRow): EnqueuedFacts {
  return { jobId: row.job_id, kind: row.kind, queue: row.queue, scheduledAt: row.scheduled_at };
}
