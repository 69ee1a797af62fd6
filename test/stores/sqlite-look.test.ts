/** Looking at a SQLite file, in mode "check", changes nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadDriver } from "../../src/stores/sqlite/driver.js";
import { sqliteStore } from "../../src/stores/sqlite/store.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-look-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("a file that is not there is not made, and neither is its directory", async () => {
  const path = join(folder, "nowhere", "jobs.db");
  await expect(sqliteStore({ path, migrate: "check" })).rejects.toMatchObject({ code: "schema_outdated" });
  expect(existsSync(join(folder, "nowhere"))).toBe(false);
});

it("somebody else's database stays as it is, to the byte", async () => {
  const path = join(folder, "other.db");
  const other = await (await loadDriver())(path);
  other.exec("create table notes (text)");
  other.close();
  const before = readFileSync(path);
  await expect(sqliteStore({ path, migrate: "check" })).rejects.toMatchObject({ code: "schema_outdated" });
  expect(readFileSync(path).equals(before)).toBe(true);
});
