/** What the doctor says of a SQLite file: each illness made for real. */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Finding } from "../../src/core/finding.js";
import { Connection } from "../../src/stores/sqlite/connection.js";
import { loadDriver } from "../../src/stores/sqlite/driver.js";
import { type Bounds, examine } from "../../src/stores/sqlite/examine.js";
import { type SqliteStoreOptions, sqliteStore } from "../../src/stores/sqlite/store.js";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-doctor-"));
  path = join(folder, "jobs.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is not well; the disk is the machine's own affair. */
const bad = async (options: Partial<SqliteStoreOptions> = {}): Promise<Finding[]> => {
  const store = await sqliteStore({ path, ...options });
  try {
    const all = await store.examine!();
    expect(all.length).toBeGreaterThan(4);
    return all.filter(({ level, check }) => level !== "ok" && check !== "disk");
  } finally {
    await store.close();
  }
};
const sql = async (...statements: string[]): Promise<void> => {
  const database = await (await loadDriver())(path);
  for (const each of statements) database.exec(each);
  database.close();
};

it("a fresh file is well, also with tables and indexes of the user's own", async () => {
  expect(await bad()).toEqual([]);
  await sql("create table mine (a)", "create index waymark_mine on waymark_jobs (owner, kind)");
  expect(await bad()).toEqual([]);
});

it("an index that is missing, and a column that is other, are named", async () => {
  await bad();
  await sql("drop index waymark_jobs_line", "alter table waymark_lanes add column extra text");
  expect(await bad()).toMatchObject([
    {
      check: "schema",
      level: "problem",
      detail: expect.stringMatching(/missing: index waymark_jobs_line; other .*: table waymark_lanes/),
      advice: expect.stringContaining("waymark migrate --print"),
    },
  ]);
});

it("synchronous NORMAL is told, as a power cut may take acknowledged jobs", async () => {
  expect(await bad({ synchronous: "NORMAL" })).toMatchObject([{ check: "durability", level: "warning" }]);
});

it("a file that is mostly empty is told", async () => {
  await bad();
  await sql(
    "create table big (t text)",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 90) insert into big select zeroblob(1000000) from n",
    "drop table big",
  );
  expect(await bad()).toMatchObject([{ check: "free space inside", level: "warning" }]);
  await sql("vacuum");
  expect(await bad()).toEqual([]);
});

it("a file whose pages are damaged is told", async () => {
  await bad();
  await sql(
    "create table big (n integer primary key, t text)",
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) insert into big select i, printf('%.2000c', 'x') from n",
    "pragma wal_checkpoint(truncate)",
  );
  const bytes = readFileSync(path);
  bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 8_192);
  writeFileSync(path, bytes);
  expect(await bad()).toMatchObject([{ check: "integrity", level: "problem" }]);
});

it("a log that has grown, a disk that is nearly full and one that is full are told, and a file without a write-ahead log", async () => {
  const store = await sqliteStore({ path });
  const open = await loadDriver();
  const told = async (file: string, bounds: Partial<Bounds> = {}): Promise<string[]> => {
    const database = await open(file);
    const plenty = { log: Number.POSITIVE_INFINITY, littleDisk: 0, noDisk: 0 };
    const found = await examine(new Connection(database), file, "FULL", { ...plenty, ...bounds });
    database.close();
    return found.filter(({ level }) => level !== "ok").map(({ check, level }) => `${check}: ${level}`);
  };
  const all = Number.POSITIVE_INFINITY;
  try {
    await store.pauseQueue("q", "ann");
    expect(await told(path)).toEqual([]);
    expect(await told(path, { log: 1 })).toEqual(["write-ahead log: warning"]);
    expect(await told(path, { littleDisk: all })).toEqual(["disk: warning"]);
    expect(await told(path, { littleDisk: all, noDisk: all })).toEqual(["disk: problem"]);
    const copy = join(folder, "copy.db");
    await sql(`vacuum into '${copy}'`);
    expect(await told(copy)).toEqual(["durability: problem"]);
  } finally {
    await store.close();
  }
});
