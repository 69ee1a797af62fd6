/** What an idle worker costs a SQLite file: claims, sweeps and heartbeats as often as on any store, and a cheap look at its version. */
import { expect, it } from "vitest";
import { defineJob, openWaymark } from "waymark";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { countingDatabase, newPath, openStore } from "./sqlite-tools.js";

it("an idle worker of fifty queues begins no thirty transactions a minute, and asks five times a second whether something changed", async () => {
  const clock = new FakeClock();
  const counted = countingDatabase();
  const store = await openStore({ path: newPath(), database: counted.database, clock });
  const waymark = await openWaymark({ store, clock });
  const jobs = Array.from({ length: 50 }, (_, i) => defineJob({ kind: `kind-${i}`, queue: `queue-${i}` }));
  let handled = 0;
  const worker = waymark.work(jobs.map((job) => job.handle(() => void handled++)));
  for (const job of jobs) await waymark.enqueue(job, {});
  const turn = async (ms: number): Promise<void> => {
    for (let turned = 0; turned < ms; turned += 250) {
      await clock.advance(250);
      // What was flushed to the disk is answered in real time.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  while (handled < jobs.length) await turn(250);
  await turn(10_000);
  counted.ran.clear();
  await turn(60_000);
  const { begin = 0, commit = 0, pragma = 0, ...others } = Object.fromEntries(counted.ran);
  // It is not the counting that has gone: it claimed and was seen.
  expect(begin).toBeGreaterThanOrEqual(12);
  expect(begin).toBeLessThan(30);
  expect(commit).toBe(begin);
  expect(pragma).toBeLessThanOrEqual(5 * 60 + begin);
  // Few in each: what they cost does not depend on how many queues there are.
  expect(Object.values(others).reduce((sum, each) => sum + each, 0)).toBeLessThan(2 * begin);
  const stopped = worker.stop();
  await turn(1_000);
  await stopped;
  await waymark.close();
});
