/** What a listener or a logger throws is its own affair. */
import { expect, it } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { defineJob, openWaymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const job = defineJob({ kind: "job" });
const boom = (): never => {
  throw new Error("a listener of the user's");
};

it("a listener that throws disturbs neither enqueue, nor the work, nor the listeners after it", async () => {
  const clock = new FakeClock();
  const waymark = await openWaymark({ store: memoryStore({ clock }), clock, logger: silentLogger });
  const heard: string[] = [];
  waymark.on(boom);
  waymark.on(({ type }) => heard.push(type));
  const ref = await waymark.enqueue(job, null);
  waymark.work([job.handle(async () => 7)]);
  await clock.advance(100);
  expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "completed", result: 7 });
  expect(heard).toEqual(["enqueued", "started", "ended", "queried"]);
  await waymark.close();
});

it("a logger that throws costs no job, and the sweep goes on", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const logger = { debug: boom, info: boom, warn: boom, error: boom };
  const waymark = await openWaymark({ store, clock, logger });
  const ref = await waymark.enqueue(job, null);
  waymark.work([job.handle(async () => 7)], { sweepMs: "1s" });
  await clock.advance(100);
  expect((await waymark.tracker.getStatus(ref))?.status).toBe("completed");
  const sweep = store.sweep.bind(store);
  store.sweep = () => Promise.reject(new Error("away"));
  await clock.advance(3_000);
  let sweeps = 0;
  store.sweep = (limit) => {
    sweeps++;
    return sweep(limit);
  };
  await clock.advance(3_000);
  expect(sweeps).toBeGreaterThan(0);
  await waymark.close();
});

it("a sweep interval of 0 does not spin", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const sweep = store.sweep.bind(store);
  let sweeps = 0;
  store.sweep = (limit) => {
    sweeps++;
    return sweep(limit);
  };
  const waymark = await openWaymark({ store, clock, logger: silentLogger });
  waymark.work([job.handle(async () => {})], { sweepMs: 0 });
  await clock.advance(1_000);
  expect(sweeps).toBeGreaterThan(5);
  expect(sweeps).toBeLessThan(15);
  await waymark.close();
});
