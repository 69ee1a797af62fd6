/**
 * T1 and T2 for jobs without keys: nothing has to be looked up for each, so many rows go into one statement. That halves
 * their cost, because a statement's own costs more than a row's.
 */
import type { NewJob } from "../../core/store.js";
import type { SqliteValue } from "./driver.js";
import { isConstraint } from "./failures.js";
import {
  INSERT_10_JOBS,
  INSERT_10_PLAIN_JOBS,
  INSERT_50_JOBS,
  INSERT_50_PLAIN_JOBS,
  INSERT_PLAIN_JOB,
  TOMBSTONE_BETWEEN,
} from "./sql/enqueue.js";
import type { Transaction } from "./transaction.js";

/** Statements that insert a fixed number of rows, of any jobs or plain ones: SQLite has no other way to bind many. */
const STATEMENTS = [
  { rows: 50, sql: INSERT_50_JOBS, plain: INSERT_50_PLAIN_JOBS },
  { rows: 10, sql: INSERT_10_JOBS, plain: INSERT_10_PLAIN_JOBS },
] as const;

/** Whether a job may go with others: no key to be looked up or kept. */
export function isKeyless(job: NewJob): boolean {
  return job.uniqueKey === null && job.idempotencyKey === null && job.concurrencyKey === null;
}

/**
 * @param jobs  without keys
 * @returns  how many of the first ones are in; the others are to be inserted one by one: they are few, or one of them has
 *   an id that is taken
 */
export function enqueueRows(tx: Transaction, jobs: readonly NewJob[]): number {
  if (jobs.length < 10 || hasTombstone(tx, jobs)) return 0;
  let inserted = 0;
  for (const { rows, sql, plain } of STATEMENTS) {
    for (; jobs.length - inserted >= rows; inserted += rows) {
      const end = inserted + rows;
      const values: SqliteValue[] = [];
      const arePlain = pushPlain(values, jobs, inserted, end, tx.now);
      if (!arePlain) {
        values.length = 0;
        for (let i = inserted; i < end; i++) push(values, jobs[i]!, tx.now);
      }
      try {
        tx.connection.runList(arePlain ? plain : sql, values);
      } catch (error) {
        // The statement as a whole did nothing, and the transaction goes on.
        if (isConstraint(error)) return inserted;
        throw error;
      }
    }
  }
  return inserted;
}

/** @returns  how many rows it made, none when the id is taken; null when the job is not as plain as that */
export function enqueuePlainRow({ connection, now }: Transaction, job: NewJob): number | null {
  const values: SqliteValue[] = [];
  return isKeyless(job) && pushPlain(values, [job], 0, 1, now) ? connection.runList(INSERT_PLAIN_JOB, values) : null;
}

/** Ids are UUIDs of about the same moment, so that hardly ever one of a purged job lies between them. */
function hasTombstone({ connection }: Transaction, jobs: readonly NewJob[]): boolean {
  let first = jobs[0]!.jobId;
  let last = first;
  for (const { jobId } of jobs) {
    if (jobId < first) first = jobId;
    else if (jobId > last) last = jobId;
  }
  return connection.get(TOMBSTONE_BETWEEN, { first, last }) !== undefined;
}

/** In the order of the columns of `INSERT_50_JOBS`. */
function push(values: SqliteValue[], job: NewJob, now: number): void {
  const scheduledAt = laterThan(now, job.runAt);
  values.push(
    job.jobId,
    job.kind,
    job.queue,
    job.owner,
    scheduledAt === null ? "pending" : "scheduled",
    job.recorded ? 5 : scheduledAt === null ? 1 : 2,
    job.priority,
    scheduledAt ?? now,
    job.maxAttempts,
    scheduledAt,
    job.expiresInMs === null ? null : now + Math.round(job.expiresInMs),
    now,
    now,
    job.recorded ? 1 : 0,
    job.parentId,
    job.rerunOf,
    job.metadata,
    job.payload,
  );
}

/**
 * For `INSERT_50_PLAIN_JOBS`.
 *
 * @returns  false when one of the jobs from `from` to `end` is not as plain as that, or not like the first
 */
function pushPlain(values: SqliteValue[], jobs: readonly NewJob[], from: number, end: number, now: number): boolean {
  const { kind, queue, priority, maxAttempts } = jobs[from]!;
  values.push(kind, queue, priority, maxAttempts, now);
  for (let i = from; i < end; i++) {
    const job = jobs[i]!;
    const isAlike =
      job.kind === kind && job.queue === queue && job.priority === priority && job.maxAttempts === maxAttempts;
    const isPlain =
      job.owner === null &&
      job.runAt === null &&
      job.expiresInMs === null &&
      job.parentId === null &&
      job.rerunOf === null;
    if (!isAlike || !isPlain || job.metadata !== null || job.recorded) return false;
    values.push(job.jobId, job.payload);
  }
  return true;
}

/** A time that is not in the future is no schedule: the job is simply pending. */
export function laterThan(now: number, runAt: NewJob["runAt"]): number | null {
  if (runAt === null) return null;
  const at = Math.round("at" in runAt ? runAt.at : now + runAt.inMs);
  return at > now ? at : null;
}
