/** A step of the SQLite store happens as a whole or not at all. */
import { expect, it } from "vitest";
import { loadDriver, type SqliteDatabase, type SqliteStatement } from "../../src/stores/sqlite/driver.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, failed, World } from "../../src/testing/store-suite/world.js";
import { newPath, openStore, openStranger, turn } from "./sqlite-tools.js";

/** A store that tells what it asks SQLite, and whose next commit fails when `break` was called, as on a disk that breaks. */
async function scene() {
  const load = await loadDriver();
  const path = newPath();
  const asked: string[] = [];
  let breaks = false;
  const database = async (file: string): Promise<SqliteDatabase> => {
    const real = await load(file);
    const prepare = (sql: string): SqliteStatement => {
      const statement = real.prepare(sql);
      const note = <T>(answer: () => T): T => {
        asked.push(sql);
        if (sql !== "commit" || !breaks) return answer();
        breaks = false;
        throw new Error("disk I/O error");
      };
      return {
        run: (...values) => note(() => statement.run(...values)),
        get: (...values) => note(() => statement.get(...values)),
        all: (...values) => note(() => statement.all(...values)),
      };
    };
    return { exec: (sql) => real.exec(sql), prepare, close: () => real.close() };
  };
  const clock = new FakeClock();
  const store = await openStore({ path, clock, database });
  const stranger = await openStranger(path);
  const world = new World(store, clock);
  return {
    world,
    asked,
    stranger,
    break: (): void => {
      breaks = true;
    },
    /** All that is known of a job, and the rows of the trail as they are in the file. */
    picture: async (jobId: string): Promise<unknown> => {
      // Whatever comes too late has come by then.
      await turn();
      const rows = stranger.prepare("select seq, event from waymark_events where job_id = ? order by seq").all(jobId);
      return { known: await world.picture(jobId), rows };
    },
  };
}

it.each([
  ["completed", COMPLETED],
  ["failed for good", failed()],
  ["failed, to be retried", failed({ retryInMs: 1_000 })],
])("I2 of an ending whose commit failed nothing is left, neither status nor trail: %s", async (_, outcome) => {
  const { world, picture, ...disk } = await scene();
  const lease = await world.running();
  const before = await picture(lease.jobId);
  disk.break();
  await expect(world.settle(lease, outcome)).rejects.toThrow("disk I/O error");
  expect(await picture(lease.jobId)).toEqual(before);
  expect(await world.settle(lease, outcome)).toMatchObject({ answer: "settled" });
});

it("I2 of a cancel whose commit failed nothing is left", async () => {
  const { world, picture, ...disk } = await scene();
  const jobId = await world.add();
  const before = await picture(jobId);
  disk.break();
  await expect(world.cancel(jobId)).rejects.toThrow("disk I/O error");
  expect(await picture(jobId)).toEqual(before);
});

it("a write reads nothing before it has the lock, so that nobody comes between its reading and its writing", async () => {
  const { world, asked, stranger } = await scene();
  const jobId = await world.add();
  stranger.exec("begin immediate");
  asked.length = 0;
  const claiming = world.claimIds();
  for (let turns = 0; turns < 3; turns++) await turn();
  expect(new Set(asked)).toEqual(new Set(["begin immediate"]));
  stranger.exec("rollback");
  expect(await claiming).toEqual([jobId]);
});
