/** What the doctor says of a SQLite file: each illness made for real. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Finding } from "../../src/core/finding.js";
import { loadDriver } from "../../src/stores/sqlite/driver.js";
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
