/** The read side in PostgreSQL: records, lists, counts, trails, and what is known of workers and kinds. */
import type { JobRecord, Tombstone } from "../../core/job.js";
import { AHEAD_LIMIT } from "../../core/job.js";
import { isTerminalStatus, JOB_STATUSES, type JobStatus } from "../../core/lifecycle.js";
import type { CountFilter, ListQuery, QueueFacts, ReadView } from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import { plain, texts } from "./arrays.js";
import { byJob, type Db, isId } from "./db.js";
import type { Row } from "./driver.js";
import { learnLanes } from "./lanes.js";
import { listedLanes, listedOf, ReadRows } from "./record-rows.js";
import { type Story, storiesOf, tombstoneOf } from "./rows.js";
import type { Statement } from "./sql.js";

/** One job, as one reader asks for it. */
export interface Wanted {
  readonly jobId: string;
  /** Null = whoever it belongs to. */
  readonly owner: string | null;
}

/** In the order asked for. */
export async function read(
  db: Db,
  view: ReadView,
  wanted: readonly Wanted[],
): Promise<(JobRecord | Tombstone | null)[]> {
  if (!wanted.every(({ jobId }) => isId(jobId))) return readPossible(db, view, wanted);
  const found = await recordsOf(db, view, wanted);
  return found.includes(null) ? withStones(db, wanted, found) : found;
}

/** What can be no id is unknown. */
async function readPossible(
  db: Db,
  view: ReadView,
  wanted: readonly Wanted[],
): Promise<(JobRecord | Tombstone | null)[]> {
  const possible = wanted.filter(({ jobId }) => isId(jobId));
  const found = possible.length === 0 ? [] : await read(db, view, possible);
  let next = 0;
  return wanted.map(({ jobId }) => (isId(jobId) ? found[next++]! : null));
}

async function withStones(
  db: Db,
  wanted: readonly Wanted[],
  found: readonly (JobRecord | null)[],
): Promise<(JobRecord | Tombstone | null)[]> {
  const stones = await stonesOf(
    db,
    wanted.filter((_, i) => found[i] === null),
  );
  return wanted.map(({ jobId, owner }, i) => {
    const record = found[i]!;
    if (record !== null) return record;
    const stone = stones.get(jobId.toLowerCase());
    return stone !== undefined && (owner === null || stone.owner === owner) ? stone : null;
  });
}

async function recordsOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<(JobRecord | null)[]> {
  const rows = await rowsOf(db, view, wanted);
  const unmet = rows.unmet(db.lanes);
  if (unmet !== null) await learnLanes(db, unmet);
  return rows.records(wanted, db.lanes);
}

/** The smallest statement that may tell it; where it was too small, a larger one is run. See read-guess.ts. */
async function rowsOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<ReadRows> {
  const { sql, guess } = db;
  if (view === "info" && wanted.length === 1 && guess.mayBeOver(wanted[0]!.jobId)) {
    const ended = await run(db, sql.readEnded, [wanted[0]!.jobId, wanted[0]!.owner]);
    if (!ended.isEmpty) return ended;
  }
  if (view === "info" && !guess.isAttended(wanted.length)) {
    const rows = await (wanted.length === 1 ? oneRow(db, wanted[0]!) : run(db, sql.readInfo, manyOf(wanted)));
    if (rows.isAttended !== true) return rows;
  }
  if (view === "status") return run(db, sql.readStatus, manyOf(wanted));
  if (view === "full") return run(db, sql.readFull, [...manyOf(wanted), AHEAD_LIMIT]);
  const rows = await run(db, sql.readPlaced, [...manyOf(wanted), AHEAD_LIMIT]);
  guess.sawCrew(wanted.length, rows.isAttended);
  return rows;
}

async function oneRow(db: Db, { jobId, owner }: Wanted): Promise<ReadRows> {
  const { sql, guess } = db;
  if (guess.isPlain) {
    const plainRow = await run(db, sql.readPlain, [jobId, owner]);
    if (!plainRow.isEmpty) return plainRow;
  }
  const rows = await run(db, sql.readOne, [jobId, owner]);
  guess.saw(rows.isPlain);
  return rows;
}

async function run(db: Db, statement: Statement, params: readonly unknown[]): Promise<ReadRows> {
  return new ReadRows(await db.driver.runRaw(statement, [db.now(), ...params], true));
}

const manyOf = (wanted: readonly Wanted[]): unknown[] => [
  plain(wanted, ({ jobId }) => jobId),
  texts(wanted, ({ owner }) => owner),
];

/** The status of each job as it is written, by its id; nothing for the unknown, and for somebody else's. */
export async function statusById(db: Db, wanted: readonly Wanted[]): Promise<Map<string, JobStatus>> {
  const possible = wanted.filter(({ jobId }) => isId(jobId));
  const found = possible.length === 0 ? [] : await recordsOf(db, "status", possible);
  return new Map(found.flatMap((record) => (record === null ? [] : [[record.jobId, record.status]])));
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
  const rows = await db.driver.runRaw(listStatement(db, query), params, true);
  await learnLanes(db, listedLanes(rows));
  return listedOf(rows, db.lanes);
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
