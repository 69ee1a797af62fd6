/** What an idle worker costs a SQLite file: claims, sweeps and heartbeats as often as on any store, and a cheap look at its version. */
import { expect, it } from "vitest";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { idleWorker } from "../support/idle-worker.js";
import { countingDatabase, newPath, openStore } from "./sqlite-tools.js";

it("an idle worker of fifty queues begins no thirty transactions a minute, and asks five times a second whether something changed", async () => {
  const clock = new FakeClock();
  const counted = countingDatabase();
  const store = await openStore({ path: newPath(), database: counted.database, clock });
  const idle = await idleWorker(store, clock);
  counted.ran.clear();
  await idle.turn(60_000);
  const { begin = 0, commit = 0, pragma = 0, ...others } = Object.fromEntries(counted.ran);
  // It is not the counting that has gone: it claimed and was seen.
  expect(begin).toBeGreaterThanOrEqual(12);
  expect(begin).toBeLessThan(30);
  expect(commit).toBe(begin);
  expect(pragma).toBeLessThanOrEqual(5 * 60 + begin);
  // Few in each: what they cost does not depend on how many queues there are.
  expect(Object.values(others).reduce((sum, each) => sum + each, 0)).toBeLessThan(2 * begin);
  await idle.stop();
});
