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
