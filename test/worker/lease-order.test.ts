/** A handler may keep its thread busy from its first line on: what renews its lease must know of it before that. */
import { expect, it, vi } from "vitest";
import { defineJob, openWaymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";

const order = vi.hoisted(() => [] as string[]);
vi.mock(import("../../src/worker/lease-keeper.js"), async (original) => {
  const real = await original();
  const createLeaseKeeper: typeof real.createLeaseKeeper = (options) => {
    const keeper = real.createLeaseKeeper(options);
    const hold: typeof keeper.hold = (leases, how) => {
      order.push(...leases.map(({ jobId }) => `${jobId} kept`));
      keeper.hold(leases, how);
    };
    return Object.assign(Object.create(keeper) as typeof keeper, { hold });
  };
  return { ...real, createLeaseKeeper };
});

it.each([
  ["alone", 1],
  ["among others", 5],
])("L2 a lease is kept before its handler begins, claimed %s", async (_, count) => {
  order.length = 0;
  const job = defineJob({ kind: "job" });
  await using waymark = await openWaymark({ store: memoryStore() });
  const refs = await waymark.enqueueMany(
    job,
    Array.from({ length: count }, (_, i) => i),
  );
  waymark.work([job.handle((_input, { jobId }) => void order.push(`${jobId} begins`))]);
  await Promise.all(refs.map(({ jobId }) => waymark.tracker.awaitCompletion(jobId)));
  for (const { jobId } of refs) {
    expect(order.filter((entry) => entry.startsWith(jobId))).toEqual([`${jobId} kept`, `${jobId} begins`]);
  }
});
