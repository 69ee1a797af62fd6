/**
 * The whole life of a thousand jobs at once, on each path that a job can take. What it costs is counted by the tests of
 * each store, in the store's own coin.
 */
import type { ClaimedJob, Outcome } from "../../src/core/store.js";
import { COMPLETED, failed, type NewJobParts, type World } from "../../src/testing/store-suite/world.js";

const JOBS = 1_000;

async function enqueue(world: World, parts: (i: number) => NewJobParts = () => ({})): Promise<void> {
  await world.store.enqueue(Array.from({ length: JOBS }, (_, i) => world.newJob(parts(i))));
}

/** One claim must give them all. */
async function claim(world: World): Promise<readonly ClaimedJob[]> {
  const { jobs } = await world.claim({ limit: JOBS });
  if (jobs.length !== JOBS) throw new Error(`One claim gave ${jobs.length} of ${JOBS} jobs.`);
  return jobs;
}

async function settle(world: World, jobs: readonly ClaimedJob[], outcome: Outcome = COMPLETED): Promise<void> {
  await world.store.settle(jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome })));
}

export const LIVES = {
  plain: async (world: World) => {
    await enqueue(world);
    await settle(world, await claim(world));
  },
  "with keys of all three sorts": async (world: World) => {
    await enqueue(world, (i) => ({
      uniqueKey: `unique-${i}`,
      idempotencyKey: `idempotent-${i}`,
      concurrencyKey: `slot-${i}`,
      concurrencyLimit: 1,
    }));
    await settle(world, await claim(world));
  },
  delayed: async (world: World) => {
    await enqueue(world, () => ({ runAt: { inMs: 1 } }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await settle(world, await claim(world));
  },
  "tried twice": async (world: World) => {
    await enqueue(world);
    await settle(world, await claim(world), failed({ retryInMs: 0 }));
    await settle(world, await claim(world));
  },
  "reporting progress once": async (world: World) => {
    await enqueue(world);
    const jobs = await claim(world);
    await world.store.report(jobs.map(({ jobId, fence }) => ({ jobId, fence, percent: 50 })));
    await settle(world, jobs);
  },
  "called back once": async (world: World) => {
    await enqueue(world);
    const jobs = await claim(world);
    const told = { id: "called", seq: 1, effect: { type: "started" as const }, leaseMs: 30_000 };
    await world.store.callback(jobs.map(({ jobId, fence }) => ({ ...told, jobId, fence })));
    await settle(world, jobs);
  },
} satisfies Record<string, (world: World) => Promise<void>>;

export type Life = keyof typeof LIVES;
