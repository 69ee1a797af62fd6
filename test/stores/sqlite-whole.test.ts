/** A step of the SQLite store happens as a whole or not at all. */
import { expect, it } from "vitest";
import { loadDriver, type SqliteDatabase, type SqliteStatement } from "../../src/stores/sqlite/driver.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, failed, World } from "../../src/testing/store-suite/world.js";
import { newPath, openStore } from "./sqlite-tools.js";

/** A store whose next commit fails when `break` was called, as on a disk that breaks. */
async function breakable() {
  const load = await loadDriver();
  let breaks = false;
  const database = async (file: string): Promise<SqliteDatabase> => {
    const real = await load(file);
    const prepare = (sql: string): SqliteStatement => {
      const statement = real.prepare(sql);
      if (sql !== "commit") return statement;
      const run: SqliteStatement["run"] = (...values) => {
        if (!breaks) return statement.run(...values);
        breaks = false;
        throw new Error("disk I/O error");
      };
      return { run, get: (...values) => statement.get(...values), all: (...values) => statement.all(...values) };
    };
    return { exec: (sql) => real.exec(sql), prepare, close: () => real.close() };
  };
  const clock = new FakeClock();
  const store = await openStore({ path: newPath(), clock, database });
  return {
    world: new World(store, clock),
    break: (): void => {
      breaks = true;
    },
  };
}

it.each([
  ["completed", COMPLETED],
  ["failed for good", failed()],
  ["failed, to be retried", failed({ retryInMs: 1_000 })],
])("I2 of an ending whose commit failed nothing is left, neither status nor trail: %s", async (_, outcome) => {
  const scene = await breakable();
  const { world } = scene;
  const lease = await world.running();
  const before = await world.picture(lease.jobId);
  scene.break();
  await expect(world.settle(lease, outcome)).rejects.toThrow("disk I/O error");
  expect(await world.picture(lease.jobId)).toEqual(before);
  expect(await world.settle(lease, outcome)).toMatchObject({ answer: "settled" });
});

it("I2 of a cancel whose commit failed nothing is left", async () => {
  const scene = await breakable();
  const { world } = scene;
  const jobId = await world.add();
  const before = await world.picture(jobId);
  scene.break();
  await expect(world.cancel(jobId)).rejects.toThrow("disk I/O error");
  expect(await world.picture(jobId)).toEqual(before);
});
