/** `waymark doctor` on SQLite: the file, its log, its disk, and whether the schema is as the migrations make it. */
import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Finding, problem, warning, well } from "../../core/finding.js";
import { type SchemaPart, schemaDrift } from "../../core/schema-drift.js";
import type { Connection } from "./connection.js";
import { loadDriver, type SqliteDatabase } from "./driver.js";
import { MIGRATIONS } from "./migrations.js";

const MEGABYTE = 1_048_576;
const FREE_SHARE = 0.5;
const FREE_BYTES = 64 * MEGABYTE;

/** From where on something is told, in bytes; a test that makes a file ill makes it a little ill. */
export interface Bounds {
  /** The log shrinks to 64 MiB after a burst; when it stays far above, somebody holds it. */
  readonly log: number;
  readonly littleDisk: number;
  readonly noDisk: number;
}
const BOUNDS: Bounds = { log: 256 * MEGABYTE, littleDisk: 512 * MEGABYTE, noDisk: 64 * MEGABYTE };
/** Reading every page of a larger file would take too long for a look. */
const CHECKED_BYTES = 1_024 * MEGABYTE;

const PARTS = `
select type, name, tbl_name, sql
  from sqlite_schema
 where tbl_name like 'waymark\\_%' escape '\\' and sql is not null`;

export async function examine(
  connection: Connection,
  path: string,
  synchronous: "FULL" | "NORMAL",
  bounds: Bounds = BOUNDS,
): Promise<Finding[]> {
  return [
    await schema(connection),
    integrity(connection, path),
    durability(connection, synchronous),
    freePages(connection),
    log(path, bounds),
    await disk(path, bounds),
  ];
}

async function schema({ database }: Connection): Promise<Finding> {
  const memory = await (await loadDriver())(":memory:");
  try {
    for (const { sql } of MIGRATIONS) memory.exec(sql);
    return schemaDrift(partsOf(memory), partsOf(database));
  } finally {
    memory.close();
  }
}

function partsOf(database: SqliteDatabase): SchemaPart[] {
  const rows = database.prepare(PARTS).all() as { type: string; name: string; sql: string }[];
  return rows.map(({ type, name, sql }) => ({ name: `${type} ${name}`, definition: sql.replace(/\s+/g, " ") }));
}

function integrity({ database }: Connection, path: string): Finding {
  const check = "integrity";
  if (statSync(path).size > CHECKED_BYTES) {
    return well(check, "Not read through: the file is larger than 1 GB. By hand: pragma integrity_check.");
  }
  const rows = database.prepare("pragma quick_check(1)").all() as { quick_check: string }[];
  if (rows[0]?.quick_check === "ok") return well(check, "Every page of the file reads well.");
  const advice = "Stop all processes, keep a copy, and restore a backup; sqlite3 FILE .recover saves what can be read.";
  return problem(check, "The database file is damaged.", advice);
}

function durability({ database }: Connection, synchronous: "FULL" | "NORMAL"): Finding {
  const mode = one(database, "pragma journal_mode");
  const check = "durability";
  if (mode !== "wal") {
    const advice = "Let Waymark open it once with no other process there: it turns the write-ahead log on.";
    return problem(check, `The file is in journal mode ${String(mode)}, not wal.`, advice);
  }
  // Not what the connection says: claims set it to NORMAL for a moment.
  if (synchronous === "FULL") return well(check, "An acknowledged write is on disk: synchronous is FULL.");
  const advice =
    'Open the store with synchronous: "FULL", the default, where a power cut must not take acknowledged jobs.';
  return warning(check, "synchronous is NORMAL: a power cut may take the last acknowledged writes.", advice);
}

function freePages({ database }: Connection): Finding {
  const pageBytes = Number(one(database, "pragma page_size"));
  const free = Number(one(database, "pragma freelist_count")) * pageBytes;
  const all = Number(one(database, "pragma page_count")) * pageBytes;
  const check = "free space inside";
  if (free < FREE_BYTES || free < all * FREE_SHARE)
    return well(check, `${megabytes(free)} of ${megabytes(all)} are free for reuse.`);
  const advice = "It is used again as jobs come. To give it back to the disk, run VACUUM while no worker runs.";
  return warning(check, `${megabytes(free)} of ${megabytes(all)} are empty.`, advice);
}

function log(path: string, { log: most }: Bounds): Finding {
  const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const check = "write-ahead log";
  if (bytes <= most) return well(check, `The log has ${megabytes(bytes)}.`);
  const advice =
    "Find the process that keeps a read transaction open on the file (a backup, a shell) and end it: the log can then be folded in.";
  return warning(check, `The log has grown to ${megabytes(bytes)}, because somebody reads an old state.`, advice);
}

async function disk(path: string, { littleDisk, noDisk }: Bounds): Promise<Finding> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  const detail = `${megabytes(free)} are free on the disk of the file.`;
  if (free > littleDisk) return well("disk", detail);
  const advice = "Make room: when nothing is left, writes answer storage_full.";
  return free > noDisk ? warning("disk", detail, advice) : problem("disk", detail, advice);
}

function one(database: SqliteDatabase, pragma: string): unknown {
  return Object.values(database.prepare(pragma).get() as object)[0];
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / MEGABYTE).toLocaleString("en")} MiB`;
}
