/** The read side in PostgreSQL: records, lists, counts, trails, and what is known of workers and kinds. */
import type { JobRecord, Tombstone } from "../../core/job.js";
import { AHEAD_LIMIT } from "../../core/job.js";
import { isTerminalStatus, JOB_STATUSES, type JobStatus } from "../../core/lifecycle.js";
import type { CountFilter, ListQuery, QueueFacts, ReadView } from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, isId } from "./db.js";
import type { Row } from "./driver.js";
import { recordOf, type Story, storiesOf, tombstoneOf } from "./rows.js";
import type { Statement } from "./sql.js";
import { statusRowOf } from "./status-rows.js";

/** One job, as one reader asks for it. */
export interface Wanted {
  readonly jobId: string;
  /** Null = whoever it belongs to. */
  readonly owner: string | null;
}

export async function read(
  db: Db,
  view: ReadView,
  wanted: readonly Wanted[],
): Promise<(JobRecord | Tombstone | null)[]> {
  const possible = wanted.filter(({ jobId }) => isId(jobId));
  const found = view === "status" ? await readStatuses(db, possible) : await readRecords(db, view, possible);
  const missing = possible.filter(({ jobId, owner }) => !found.has(keyOf(jobId, owner)));
  const stones = await stonesOf(db, missing);
  return wanted.map(({ jobId, owner }) => {
    const record = found.get(keyOf(jobId, owner));
    if (record !== undefined) return record;
    const stone = stones.get(jobId.toLowerCase());
    return stone !== undefined && (owner === null || stone.owner === owner) ? stone : null;
  });
}

async function readStatuses(db: Db, wanted: readonly Wanted[]): Promise<Map<string, JobRecord>> {
  if (wanted.length === 0) return new Map();
  const rows = (await db.driver.runRaw(db.sql.readStatus, wantedColumns(db, wanted), true)).map(statusRowOf);
  return new Map(rows.map(({ record, askedBy }) => [keyOf(record.jobId, askedBy), record]));
}

async function readRecords(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<Map<string, JobRecord>> {
  const rows = await readRows(db, view, wanted);
  return new Map(rows.map((row) => [keyOf(row["job_id"] as string, row["asked_by"] as string | null), recordOf(row)]));
}

function wantedColumns(db: Db, wanted: readonly Wanted[]): unknown[] {
  return [db.now(), plain(wanted, ({ jobId }) => jobId), texts(wanted, ({ owner }) => owner)];
}

/** Whose answer it is: two readers may ask for one job, and only one of them own it. */
function keyOf(jobId: string, owner: string | null): string {
  return owner === null ? jobId.toLowerCase() : `${jobId.toLowerCase()} ${owner}`;
}

export async function readRows(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<Row[]> {
  if (wanted.length === 0) return [];
  const columns = wantedColumns(db, wanted);
  if (view === "status") return db.run(db.sql.readStatus, columns, true);
  return db.run(view === "info" ? db.sql.readInfo : db.sql.readFull, [...columns, AHEAD_LIMIT], true);
}

export async function stonesOf(db: Db, wanted: readonly Wanted[]): Promise<Map<string, Tombstone>> {
  const possible = wanted.filter(({ jobId }) => isId(jobId));
  if (possible.length === 0) return new Map();
  const columns = [plain(possible, ({ jobId }) => jobId), texts(possible, ({ owner }) => owner)];
  const rows = byJob(await db.run(db.sql.stones, columns, true));
  return new Map([...rows].map(([jobId, row]) => [jobId, tombstoneOf(row)]));
}

/** Most jobs have completed, so a list that does not want these must not walk them; an owner has few jobs of any sort. */
function listStatement({ sql }: Db, { status, owner }: ListQuery): Statement {
  if (status !== undefined && !status.some(isTerminalStatus)) return sql.listLive;
  if (owner !== undefined) return sql.listOwned;
  return status === undefined || status.includes("completed") ? sql.list : sql.listWithoutCompleted;
}

export async function list(db: Db, query: ListQuery): Promise<JobRecord[]> {
  const { status, before, owner, kind, queue, limit } = query;
  if (before !== undefined && !isId(before)) return [];
  const statuses = status === undefined ? null : texts(status, (name) => name);
  const params = [db.now(), limit, before ?? null, owner ?? null, kind ?? null, queue ?? null, statuses];
  return (await db.run(listStatement(db, query), params, true)).map(recordOf);
}

export async function counts(db: Db, { owner, kind, queue }: CountFilter): Promise<Record<JobStatus, number>> {
  const counted = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  const rows = await db.run(db.sql.counts, [db.now(), owner ?? null, kind ?? null, queue ?? null], true);
  for (const row of rows) counted[row["status"] as JobStatus] += Number(row["jobs"]);
  return counted;
}

export async function trails(db: Db, jobIds: readonly string[]): Promise<TrailEvent[][]> {
  const known = await storiesFor(db, jobIds);
  return jobIds.map((jobId) => [...(known.get(jobId.toLowerCase())?.trail ?? [])]);
}

/** What is known of some jobs, each with its whole trail. */
export async function storiesFor(db: Db, jobIds: readonly string[]): Promise<Map<string, Story>> {
  const possible = jobIds.filter(isId);
  if (possible.length === 0) return new Map();
  return storiesOf(await db.run(db.sql.trail, [plain(possible, (jobId) => jobId)], true));
}

export async function logRows(db: Db, jobId: string): Promise<Row[]> {
  return isId(jobId) ? db.run(db.sql.logs, [jobId], true) : [];
}

export async function queues(db: Db): Promise<QueueFacts[]> {
  return (await db.run(db.sql.queues, [], true)).map((row) => ({
    queue: row["queue"] as string,
    pausedAt: row["paused_at"] === null ? null : Math.round(Number(row["paused_at"])),
    pausedBy: row["paused_by"] as string | null,
  }));
}
