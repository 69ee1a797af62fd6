/**
 * T20: finished jobs go for good, each leaving its tombstone. Retention takes a great many while workers work, so that a
 * batch is a handful of statements whatever its size, and the rows of each table go in the order in which they lie.
 */
import type { Tombstone } from "../../core/job.js";
import type { PurgeRequest } from "../../core/store.js";
import { countInLanes } from "./lanes.js";
import { type TombstoneRow, tombstone } from "./rows.js";
import { FORGET_KEY } from "./sql/keys.js";
import {
  BEYOND_KEPT,
  BURY,
  DELETE_CALLBACKS,
  DELETE_EVENTS,
  DELETE_JOBS,
  DELETE_LOGS,
  DELETE_TOMBSTONES,
  FINISHED_JOB,
  OLDER_THAN,
} from "./sql/purge.js";
import type { Transaction } from "./transaction.js";

/** A finished job that is to go. */
interface DoomedRow extends Omit<TombstoneRow, "purged_at"> {
  readonly id: number;
  readonly queue: string;
  readonly updated_at: number;
  readonly concurrency_key: string | null;
}

/** Oldest first. A rule with both limits lets a job go that exceeds either. */
export function purge(tx: Transaction, { rules, limit, tombstoneMs }: PurgeRequest): Tombstone[] {
  const { connection, now } = tx;
  connection.run(DELETE_TOMBSTONES, { before: now - Math.round(tombstoneMs), limit });
  const doomed = new Map<string, DoomedRow>();
  for (const { status, olderThanMs, keep } of rules) {
    const rows: DoomedRow[] = [];
    if (olderThanMs !== null) {
      rows.push(...connection.all<DoomedRow>(OLDER_THAN, { status, before: now - Math.round(olderThanMs), limit }));
    }
    if (keep !== null) rows.push(...connection.all<DoomedRow>(BEYOND_KEPT, { status, keep, limit }));
    for (const row of rows) doomed.set(row.job_id, row);
  }
  return bury(tx, [...doomed.values()].sort(byAge).slice(0, limit));
}

function byAge(a: DoomedRow, b: DoomedRow): number {
  return a.finished_at - b.finished_at || (a.job_id < b.job_id ? -1 : 1);
}

/** For a job that was seen to have ended in this transaction. */
export function buryOne(tx: Transaction, jobId: string): void {
  bury(tx, tx.connection.all<DoomedRow>(FINISHED_JOB, { jobId }));
}

function bury(tx: Transaction, doomed: readonly DoomedRow[]): Tombstone[] {
  const { connection, now, touched } = tx;
  if (doomed.length === 0) return [];
  const ids = JSON.stringify(doomed.map(({ id }) => id));
  const jobIds = JSON.stringify(doomed.map(({ job_id }) => job_id));
  connection.run(BURY, { ids, now });
  connection.run(DELETE_JOBS, { ids });
  for (const sql of [DELETE_EVENTS, DELETE_LOGS, DELETE_CALLBACKS]) connection.run(sql, { jobIds });
  const keys = new Set<string>();
  for (const { job_id, concurrency_key: key } of doomed) {
    if (key !== null) keys.add(key);
    touched.jobs.add(job_id);
  }
  countInLanes(tx, doomed, -1);
  for (const key of keys) connection.run(FORGET_KEY, { key });
  return doomed.map((row) => tombstone({ ...row, purged_at: Math.max(now, row.updated_at) }));
}
