/** The read side in PostgreSQL: records, lists, counts, trails, and what is known of workers and kinds. */
import type { JobRecord, Tombstone } from "../../core/job.js";
import { AHEAD_LIMIT } from "../../core/job.js";
import { isTerminalStatus, JOB_STATUSES, type JobStatus } from "../../core/lifecycle.js";
import type { CountFilter, ListQuery, QueueFacts, ReadView } from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, isId } from "./db.js";
import type { RawRow, Row } from "./driver.js";
import { learnLanes } from "./lanes.js";
import { type AskedRecord, endingsOf, infosOf, laneIdsOf, listedOf, statusesOf } from "./record-rows.js";
import { type Story, storiesOf, tombstoneOf } from "./rows.js";
import type { Statement } from "./sql.js";

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
  const found = await recordsOf(db, view, possible);
  const missing = possible.filter(({ jobId, owner }) => !found.has(keyOf(jobId, owner)));
  const stones = await stonesOf(db, missing);
  return wanted.map(({ jobId, owner }) => {
    const record = found.get(keyOf(jobId, owner));
    if (record !== undefined) return record;
    const stone = stones.get(jobId.toLowerCase());
    return stone !== undefined && (owner === null || stone.owner === owner) ? stone : null;
  });
}

/** Whose answer it is: two readers may ask for one job, and only one of them own it. */
function keyOf(jobId: string, owner: string | null): string {
  return owner === null ? jobId.toLowerCase() : `${jobId.toLowerCase()} ${owner}`;
}

/** By what `keyOf` makes of the id and the owner who asked. */
async function recordsOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<Map<string, JobRecord>> {
  if (wanted.length === 0) return new Map();
  const asked = await askedOf(db, view, wanted);
  return new Map(asked.map(({ record, askedBy }) => [keyOf(record.jobId, askedBy), record]));
}

async function askedOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<AskedRecord[]> {
  const columns = [db.now(), plain(wanted, ({ jobId }) => jobId), texts(wanted, ({ owner }) => owner)];
  if (view === "status") return statusesOf(await factsOf(db, db.sql.readStatus, columns), db.lanes);
  if (view === "info" && wanted.every(({ jobId }) => db.likelyEnded.has(jobId))) {
    const endings = endingsOf(await factsOf(db, db.sql.readEnded, columns), db.lanes);
    if (endings !== null) return endings;
    for (const { jobId } of wanted) db.likelyEnded.forget(jobId);
  }
  const statement = view === "info" ? db.sql.readInfo : db.sql.readFull;
  return infosOf(await factsOf(db, statement, [...columns, AHEAD_LIMIT]), view, db.lanes);
}

/** Rows of jobs, whose lanes are known afterwards. */
async function factsOf(db: Db, statement: Statement, params: unknown[]): Promise<RawRow[]> {
  const rows = await db.driver.runRaw(statement, params, true);
  await learnLanes(db, laneIdsOf(rows));
  return rows;
}

/** The status of each job as it is written, by its id; nothing for the unknown, and for somebody else's. */
export async function statusById(db: Db, wanted: readonly Wanted[]): Promise<Map<string, JobStatus>> {
  if (wanted.length === 0) return new Map();
  return new Map((await askedOf(db, "status", wanted)).map(({ record }) => [record.jobId, record.status]));
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
  const rows = await factsOf(db, listStatement(db, query), params);
  return rows.map((row) => listedOf(row, db.lanes));
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
