/**
 * T1 and T2 for jobs without keys: nothing has to be looked up for each, so many rows go into one statement. That halves
 * their cost, because a statement's own costs more than a row's.
 */
import type { NewJob } from "../../core/store.js";
import type { SqliteValue } from "./driver.js";
import { isConstraint } from "./failures.js";
import { laterThan } from "./new-jobs.js";
import { laneToStandIn, Numbers, standsAsItCame } from "./numbers.js";
import {
  INSERT_10_JOBS,
  INSERT_10_PLAIN_JOBS,
  INSERT_50_JOBS,
  INSERT_50_PLAIN_JOBS,
  INSERT_USUAL_JOB,
  TOMBSTONE_BETWEEN,
} from "./sql/enqueue.js";
import type { Transaction } from "./transaction.js";

/** Statements that insert a fixed number of rows, of any jobs or plain ones: SQLite has no other way to bind many. */
const STATEMENTS = [
  { rows: 50, sql: INSERT_50_JOBS, plain: INSERT_50_PLAIN_JOBS },
  { rows: 10, sql: INSERT_10_JOBS, plain: INSERT_10_PLAIN_JOBS },
] as const;

/**
 * @param jobs  without keys
 * @returns  how many of the first ones are in; the others are to be inserted one by one: they are few, or one of them has
 *   an id that is taken
 */
export function enqueueRows(tx: Transaction, jobs: readonly NewJob[]): number {
  if (jobs.length < 10 || hasTombstone(tx, jobs)) return 0;
  const numbers = new Numbers(tx);
  let inserted = 0;
  for (const { rows, sql, plain } of STATEMENTS) {
    for (; jobs.length - inserted >= rows; inserted += rows) {
      const some = jobs.slice(inserted, inserted + rows);
      const numbersOfSome = some.map((job) => numbers.next(job));
      const arePlain = numbersOfSome.every(standsAsItCame) && areAlike(some);
      const values = arePlain ? plainValues(some, numbersOfSome[0]!, tx.now) : allValues(some, numbersOfSome, tx.now);
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

/** @returns  how many rows it made, none when the id is taken; null when it is not for this statement to say */
export function enqueueUsual(tx: Transaction, job: NewJob): number | null {
  const lane = laneToStandIn(tx, job);
  if (lane === null) return null;
  const { kind, queue, maxAttempts, jobId, payload, owner, parentId, rerunOf, metadata } = job;
  const values = [lane, kind, queue, maxAttempts, tx.now, jobId, payload, owner, parentId, rerunOf, metadata];
  try {
    return tx.connection.runList(INSERT_USUAL_JOB, values);
  } catch (error) {
    if (isConstraint(error)) return null;
    throw error;
  }
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
function allValues(jobs: readonly NewJob[], numbers: readonly number[], now: number): SqliteValue[] {
  const values: SqliteValue[] = [];
  for (const [i, job] of jobs.entries()) {
    const scheduledAt = laterThan(now, job.runAt);
    values.push(
      numbers[i]!,
      job.jobId,
      job.kind,
      job.queue,
      job.owner,
      scheduledAt === null ? "pending" : "scheduled",
      placeOf(job, numbers[i]!, scheduledAt),
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
  return values;
}

function placeOf({ recorded }: NewJob, number: number, scheduledAt: number | null): number {
  if (standsAsItCame(number)) return 6;
  return recorded ? 5 : scheduledAt === null ? 1 : 2;
}

/** Whether they are of one kind, queue and number of attempts, and have nothing else to tell. */
function areAlike(jobs: readonly NewJob[]): boolean {
  const { kind, queue, maxAttempts } = jobs[0]!;
  return jobs.every(
    (job) =>
      job.kind === kind &&
      job.queue === queue &&
      job.maxAttempts === maxAttempts &&
      job.owner === null &&
      job.parentId === null &&
      job.rerunOf === null &&
      job.metadata === null,
  );
}

/** For `INSERT_50_PLAIN_JOBS`. Jobs of one lane have numbers that follow each other. */
function plainValues(jobs: readonly NewJob[], firstNumber: number, now: number): SqliteValue[] {
  const { kind, queue, maxAttempts } = jobs[0]!;
  const values: SqliteValue[] = [kind, queue, maxAttempts, now, firstNumber];
  for (const { jobId, payload } of jobs) values.push(jobId, payload);
  return values;
}
