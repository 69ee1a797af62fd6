/** Retention in the background: it rests between its batches, and a stop does not wait for the rest. */
import { expect, it } from "vitest";
import { createJobEvents } from "../../src/core/job-events.js";
import type { Store } from "../../src/core/store.js";
import type { Runtime } from "../../src/runtime.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { createMaintenance } from "../../src/worker/maintenance.js";

const BATCH = 500;
const TOOK_MS = 20;
const EVERY_MS = 60_000;

/** A store with that many jobs to remove, which takes 20 ms for a batch, and notes when it was asked. */
function removing(jobs: number) {
  const clock = new FakeClock();
  const asked: number[] = [];
  let left = jobs;
  const purge = async () => {
    asked.push(clock.monotonic());
    await new Promise<void>((resolve) => clock.after(TOOK_MS, resolve));
    const gone = Math.min(BATCH, left);
    left -= gone;
    return Array.from({ length: gone }, (_, i) => ({ jobId: String(i), status: "completed" }));
  };
  const store = { purge, sweep: async () => ({ rescued: [], expired: [], paused: false }) } as unknown as Store;
  const runtime = { store, clock, events: createJobEvents() } as unknown as Runtime;
  const rules = [{ status: "completed" as const, olderThanMs: 0, keep: null }];
  const maintenance = createMaintenance(runtime, { rules, tombstoneMs: 0, everyMs: EVERY_MS });
  return { clock, asked, maintenance };
}

it("D5 retention leaves workers the store for four fifths of the time: after a batch it rests four times as long", async () => {
  const { clock, asked, maintenance } = removing(2 * BATCH + 1);
  await clock.advance(EVERY_MS + 10 * TOOK_MS);
  expect(asked).toHaveLength(3);
  expect(asked[1]! - asked[0]!).toBe(5 * TOOK_MS);
  expect(asked[2]! - asked[1]!).toBe(5 * TOOK_MS);
  await maintenance.stop();
});

it("a round that was asked for does not rest", async () => {
  const { clock, asked, maintenance } = removing(2 * BATCH);
  const removed = maintenance.purge();
  await clock.advance(3 * TOOK_MS);
  expect(await removed).toBe(2 * BATCH);
  expect(asked).toEqual([0, TOOK_MS, 2 * TOOK_MS].map((ms) => asked[0]! + ms));
  await maintenance.stop();
});

it("a stop ends the rest", async () => {
  const { clock, asked, maintenance } = removing(10 * BATCH);
  // When a round begins is jittered.
  while (asked.length === 0) await clock.advance(TOOK_MS);
  await clock.advance(TOOK_MS);
  expect(asked).toHaveLength(1);
  await maintenance.stop();
  await clock.advance(EVERY_MS);
  expect(asked).toHaveLength(1);
});
