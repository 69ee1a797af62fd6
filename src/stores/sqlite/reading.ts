/** The read side. Nothing here writes, and status reads touch nothing that a claim searches. */
import type { JobRecord, Tombstone } from "../../core/job.js";
import { isWaitingStatus, JOB_STATUSES, type JobStatus } from "../../core/lifecycle.js";
import type { CountFilter, ListQuery, ReadRequest } from "../../core/store.js";
import { type TrailEvent, wholeTrail } from "../../core/trail.js";
import type { Connection } from "./connection.js";
import { type EventRow, type JobRow, jobRecord, type TombstoneRow, tombstone, trailEvent, trailFacts } from "./rows.js";
import { COUNTED } from "./sql/lanes.js";
import {
  COUNT_ALL_BUT_COMPLETED,
  COUNT_OF_OWNER,
  LIST,
  LIST_OF_OWNER,
  LIST_RUNNING,
  LIST_UNHAPPY,
  LIST_WAITING,
  WAITING_UP_TO,
} from "./sql/list.js";
import { READ_MANY, READ_ONE, READ_TOMBSTONE, TOMBSTONES } from "./sql/reading.js";
import { EVENTS } from "./sql/trail.js";
import { WaitingReasons } from "./waiting.js";

/** With more waiting jobs than this, a list of them is read by id. */
const FEW_WAITING = 10_000;
/** Sorts behind every id. */
const AFTER_ALL = "\u{10ffff}";

export function read(connection: Connection, request: ReadRequest, now: number): (JobRecord | Tombstone | null)[] {
  const { jobIds, view, owner } = request;
  const rows = readRows(connection, jobIds, view);
  const reasons = new WaitingReasons({ connection, now, view, rows: rows.values() });
  return jobIds.map((jobId) => {
    const row = rows.get(jobId);
    if (row !== undefined) {
      if (owner !== undefined && row.owner !== owner) return null;
      const explains = view !== "status" && isWaitingStatus(row.status);
      return jobRecord(row, now, explains ? reasons.of(row) : null);
    }
    const grave = connection.get<TombstoneRow>(READ_TOMBSTONE, { jobId });
    return grave !== undefined && (owner === undefined || grave.owner === owner) ? tombstone(grave) : null;
  });
}

function readRows(connection: Connection, jobIds: readonly string[], view: ReadRequest["view"]): Map<string, JobRow> {
  if (jobIds.length === 1) {
    const jobId = jobIds[0]!;
    const row = connection.get<JobRow>(READ_ONE[view], { jobId });
    return new Map(row === undefined ? [] : [[jobId, row]]);
  }
  const rows = connection.all<JobRow>(READ_MANY[view], { jobIds: JSON.stringify(jobIds) });
  return new Map(rows.map((row) => [row.job_id, row]));
}

export function list(connection: Connection, query: ListQuery, now: number): JobRecord[] {
  const { owner = null, kind = null, queue = null, status, before = AFTER_ALL, limit } = query;
  const statuses = status === undefined ? null : JSON.stringify(status);
  const params = { owner, kind, queue, statuses, before, limit, now };
  const rows =
    owner === null && status !== undefined
      ? listByStatus(connection, status, params)
      : connection.all<JobRow>(owner === null ? LIST : LIST_OF_OWNER, params);
  return rows.map((row) => jobRecord(row, now, null));
}

/** Each status is looked for where it is rare; the pages are then merged. */
function listByStatus(
  connection: Connection,
  statuses: readonly JobStatus[],
  params: { readonly limit: number } & Parameters<Connection["all"]>[1],
): JobRow[] {
  const wanted = new Set(statuses);
  const manyWait =
    statuses.some(isWaitingStatus) &&
    connection.get<{ waiting: number }>(WAITING_UP_TO, { limit: FEW_WAITING })?.waiting === FEW_WAITING;
  if (wanted.has("completed") || manyWait) return connection.all<JobRow>(LIST, params);
  const rows: JobRow[] = [];
  if (statuses.some(isWaitingStatus)) rows.push(...connection.all<JobRow>(LIST_WAITING, params));
  if (wanted.has("processing")) rows.push(...connection.all<JobRow>(LIST_RUNNING, params));
  for (const status of ["failed", "cancelled", "expired"] as const) {
    if (wanted.has(status)) rows.push(...connection.all<JobRow>(LIST_UNHAPPY, { ...params, status }));
  }
  return rows.sort((a, b) => (a.job_id < b.job_id ? 1 : -1)).slice(0, params.limit);
}

export function counts(connection: Connection, filter: CountFilter, now: number): Record<JobStatus, number> {
  const { owner, kind = null, queue = null } = filter;
  const counted = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  const rows =
    owner === undefined
      ? connection.all<CountRow>(COUNT_ALL_BUT_COMPLETED, { kind, queue, now })
      : connection.all<CountRow>(COUNT_OF_OWNER, { owner, kind, queue, now, statuses: null });
  for (const { status_now, jobs } of rows) counted[status_now] = jobs;
  if (owner === undefined) {
    const others = rows.reduce((sum, row) => sum + (row.counted ?? 0), 0);
    counted.completed = (connection.get<{ jobs: number }>(COUNTED, { kind, queue })?.jobs ?? 0) - others;
  }
  return counted;
}
interface CountRow {
  readonly status_now: JobStatus;
  readonly jobs: number;
  /** Not told of one owner's. */
  readonly counted?: number;
}

export function trails(connection: Connection, jobIds: readonly string[]): TrailEvent[][] {
  const events = new Map<string, TrailEvent[]>();
  for (const row of connection.all<EventRow>(EVENTS, { jobIds: JSON.stringify([...new Set(jobIds)]) })) {
    const rows = events.get(row.job_id) ?? [];
    rows.push(trailEvent(row));
    events.set(row.job_id, rows);
  }
  const jobs = readRows(connection, jobIds, "status");
  return jobIds.map((jobId) => {
    const job = jobs.get(jobId);
    return job === undefined ? [] : wholeTrail(trailFacts(job), events.get(jobId) ?? []);
  });
}

export function tombstones(connection: Connection, after: string | null, limit: number): Tombstone[] {
  return connection.all<TombstoneRow>(TOMBSTONES, { after: after ?? "", limit }).map(tombstone);
}
