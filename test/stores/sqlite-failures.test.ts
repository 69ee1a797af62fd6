/** What an error of SQLite means is told alike, whichever driver it came through and however its statement was run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadDriver, type SqliteDatabase } from "../../src/stores/sqlite/driver.js";
import { isBusy, isConstraint, typed } from "../../src/stores/sqlite/failures.js";

let folder: string;
let database: SqliteDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "waymark-failures-"));
  database = await (await loadDriver())(join(folder, "jobs.db"));
  database.exec(
    "pragma journal_mode = wal; create table numbers (id integer primary key, text); insert into numbers values (1, 'one')",
  );
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

const WAYS = ["run", "get", "all"] as const;
function failureOf(way: (typeof WAYS)[number], sql: string): unknown {
  try {
    database.prepare(sql)[way]();
  } catch (error) {
    return error;
  }
  throw new Error(`It did not fail: ${sql}`);
}

it.each(WAYS)("a full disk, by %s", (way) => {
  database.exec("pragma max_page_count = 3");
  const failure = failureOf(way, "insert into numbers (text) values (zeroblob(100000)) returning id");
  expect(typed(failure)).toMatchObject({ code: "storage_full", cause: failure });
});

it.each(WAYS)("a lock that somebody else holds, by %s", async (way) => {
  const other = await (await loadDriver())(join(folder, "jobs.db"));
  other.exec("begin immediate");
  database.exec("pragma busy_timeout = 0");
  const failure = failureOf(way, "update numbers set text = 'two' returning id");
  expect(isBusy(failure)).toBe(true);
  expect(typed(failure)).toMatchObject({ code: "store_unavailable" });
  other.close();
});

it.each(WAYS)("a row that breaks a rule, by %s", (way) => {
  const failure = failureOf(way, "insert into numbers values (1, 'again') returning id");
  expect(isConstraint(failure)).toBe(true);
  expect(typed(failure)).toMatchObject({ code: "store_refused" });
});

it.each(WAYS)("a file that may not be written, by %s", (way) => {
  database.exec("pragma query_only = on");
  expect(typed(failureOf(way, "delete from numbers returning id"))).toMatchObject({ code: "store_refused" });
});

it("a bug in a statement stays what it is", () => {
  database.exec("create view broken as select abs(-9223372036854775808) as x");
  const bug = failureOf("all", "select x from broken");
  expect(typed(bug)).toBe(bug);
});
