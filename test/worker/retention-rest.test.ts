/** Retention in the background: it rests between its batches, less when it falls behind, and a stop does not wait for the rest. */
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

/** A store in which `perS` jobs finish a second, whose every batch takes ten; and what was seen each minute. */
async function livedThrough(hours: number, perS: number): Promise<{ backlog: number[]; busy: number[] }> {
  const clock = new FakeClock();
  let removed = 0;
  let busyMs = 0;
  const backlogNow = (): number => Math.floor((clock.monotonic() * perS) / 1_000) - removed;
  const purge = async () => {
    await new Promise<void>((resolve) => clock.after(10_000, resolve));
    busyMs += 10_000;
    const gone = Math.min(BATCH, backlogNow());
    removed += gone;
    return Array.from({ length: gone }, () => ({ jobId: "job", status: "completed" }));
  };
  const store = { purge, sweep: async () => ({ rescued: [], expired: [], paused: false }) } as unknown as Store;
  const runtime = { store, clock, events: createJobEvents() } as unknown as Runtime;
  const rules = [{ status: "completed" as const, olderThanMs: 0, keep: null }];
  const maintenance = createMaintenance(runtime, { rules, tombstoneMs: 0, everyMs: EVERY_MS });
  const backlog: number[] = [];
  const busy: number[] = [];
  for (let minute = 0; minute < hours * 60; minute++) {
    const before = busyMs;
    await clock.advance(60_000);
    backlog.push(backlogNow());
    busy.push((busyMs - before) / 60_000);
  }
  const stopped = maintenance.stop();
  await clock.advance(10_000);
  await stopped;
  return { backlog, busy };
}

it("retention keeps up with whatever the store can finish: what it leaves behind stays below an hour's worth", async () => {
  // With all its rests it removes 10 a second, without any 50.
  for (const perS of [9, 30, 45]) {
    const { backlog } = await livedThrough(6, perS);
    expect(Math.max(...backlog), `${perS} a second`).toBeLessThan(3_600 * perS);
    expect(Math.max(...backlog.slice(180)), `${perS} a second`).toBeLessThanOrEqual(
      1.1 * Math.max(...backlog.slice(0, 180)),
    );
  }
});

it("D5 retention hurries only after a quarter of an hour in which it did not get through", async () => {
  const { busy } = await livedThrough(2, 1_000);
  const share = (from: number, to: number): number =>
    busy.slice(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
  expect(share(2, 15)).toBeCloseTo(0.2, 1);
  expect(share(15, 40)).toBeGreaterThan(0.2);
  expect(share(65, 120)).toBeCloseTo(1, 1);
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
