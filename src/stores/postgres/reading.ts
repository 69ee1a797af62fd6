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
  if (wanted.every(({ jobId }) => isId(jobId))) return readIds(db, view, wanted);
  const found = await readIds(
    db,
    view,
    wanted.filter(({ jobId }) => isId(jobId)),
  );
  let next = 0;
  return wanted.map(({ jobId }) => (isId(jobId) ? found[next++]! : null));
}

async function readIds(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<(JobRecord | Tombstone | null)[]> {
  const found: (JobRecord | Tombstone | null)[] = await recordsOf(db, view, wanted);
  const missing = wanted.filter((_, i) => found[i] === null);
  if (missing.length === 0) return found;
  const stones = await stonesOf(db, missing);
  wanted.forEach(({ jobId, owner }, i) => {
    const stone = found[i] === null ? stones.get(jobId.toLowerCase()) : undefined;
    if (stone !== undefined && (owner === null || stone.owner === owner)) found[i] = stone;
  });
  return found;
}

async function recordsOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<(JobRecord | null)[]> {
  if (wanted.length === 0) return [];
  const rows = await rowsOf(db, view, wanted);
  await learnLanes(db, rows.laneIds());
  return rows.records(
    wanted.map(({ jobId }) => jobId),
    db.lanes,
  );
}

/**
 * A place in line is told only where somebody works, and few jobs wait anywhere else for long or anywhere where somebody
 * does: so what the last answer found decides which statement comes first. Being wrong costs one more.
 */
async function rowsOf(db: Db, view: ReadView, wanted: readonly Wanted[]): Promise<ReadRows> {
  const { sql, crews } = db;
  const isOne = wanted.length === 1;
  const ids = isOne ? wanted[0]!.jobId : plain(wanted, ({ jobId }) => jobId);
  const owners = isOne ? wanted[0]!.owner : texts(wanted, ({ owner }) => owner);
  const many = isOne ? [`{${ids}}`, texts(wanted, ({ owner }) => owner)] : [ids, owners];
  const run = async (statement: Statement, ...params: unknown[]): Promise<ReadRows> =>
    new ReadRows(await db.driver.runRaw(statement, [db.now(), ...params], true));
  if (view === "status") return run(sql.readStatus, ...many);
  if (view === "full") return run(sql.readFull, ...many, AHEAD_LIMIT);
  if (!crews.areLikely) {
    const rows = await (isOne ? run(sql.readOne, ids, owners) : run(sql.readInfo, ...many));
    if (rows.isAttended !== true) return rows;
  }
  const rows = await run(sql.readPlaced, ...many, AHEAD_LIMIT);
  crews.areLikely = rows.isAttended ?? crews.areLikely;
  return rows;
}

/** The status of each job as it is written, by its id; nothing for the unknown, and for somebody else's. */
export async function statusById(db: Db, wanted: readonly Wanted[]): Promise<Map<string, JobStatus>> {
  const found = await recordsOf(
    db,
    "status",
    wanted.filter(({ jobId }) => isId(jobId)),
  );
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
