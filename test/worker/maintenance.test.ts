/** The work nobody asks for. */
import { expect, test } from "vitest";
import { createJobEvents } from "../../src/core/job-events.js";
import type { Store, SweptJob } from "../../src/core/store.js";
import type { Runtime } from "../../src/runtime.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { createMaintenance } from "../../src/worker/maintenance.js";

test("L2 one round takes back all that was lost, however much it is", async () => {
  const clock = new FakeClock();
  const lost: SweptJob[] = Array.from({ length: 1_200 }, (_, i) => ({
    jobId: `job-${i}`,
    kind: "kind",
    fence: 1,
    to: "retrying",
  }));
  const store = {
    durable: false,
    sweep: async (limit: number) => ({ rescued: lost.splice(0, limit), expired: [], paused: false }),
  } as unknown as Store;
  const events = createJobEvents();
  const told: string[] = [];
  events.on((event) => {
    if (event.type === "rescued") told.push(event.jobId);
  });
  const runtime = { store, clock, events } as unknown as Runtime;
  const maintenance = createMaintenance(runtime, { rules: [], tombstoneMs: 0, everyMs: 1_000 });
  maintenance.sweepEvery(10_000);
  await clock.advance(10_000);
  expect(lost).toEqual([]);
  expect(new Set(told).size).toBe(1_200);
  await maintenance.stop();
});

test("hints of other processes that do not arrive at two sweeps in a row are told once, and again after they had arrived", async () => {
  const clock = new FakeClock();
  const states: NonNullable<Store["hearing"]>[] = [
    "connecting",
    "hears",
    "connecting",
    "deaf",
    "deaf",
    "hears",
    "deaf",
    "deaf",
  ];
  const store = {
    durable: false,
    get hearing() {
      return states.shift() ?? "hears";
    },
    sweep: async () => ({ rescued: [], expired: [], paused: false }),
  } as unknown as Store;
  const events = createJobEvents();
  const told: string[] = [];
  events.on((event) => {
    if (event.type === "trouble") told.push(`${event.part}, ${states.length} looks left: ${String(event.error)}`);
  });
  const maintenance = createMaintenance({ store, clock, events } as unknown as Runtime, {
    rules: [],
    tombstoneMs: 0,
    everyMs: 1_000,
  });
  maintenance.sweepEvery(1_000);
  await clock.advance(10_000);
  const deaf = expect.stringMatching(/listenUrl/) as string;
  expect(told).toEqual([deaf, deaf]);
  expect(told.map((line) => line.slice(0, 20))).toEqual(["listen, 4 looks left", "listen, 0 looks left"]);
  await maintenance.stop();
});
