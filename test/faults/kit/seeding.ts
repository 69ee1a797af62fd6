/** Fills a store with jobs that have ended, by the contract alone, as fast as it takes them. */

import { systemClock } from "../../../src/core/clock.js";
import { createIdSource } from "../../../src/core/id.js";
import type { NewJob, Store } from "../../../src/core/store.js";

const BATCH = 1_000;

function newJob(jobId: string, kind: string, inMs: number | null): NewJob {
  return {
    jobId,
    kind,
    queue: "seeded",
    owner: null,
    priority: 0,
    runAt: inMs === null ? null : { inMs },
    expiresInMs: null,
    maxAttempts: 3,
    payload: "null",
    metadata: null,
    uniqueKey: null,
    idempotencyKey: null,
    concurrencyKey: null,
    concurrencyLimit: null,
    parentId: null,
    rerunOf: null,
    recorded: false,
  };
}

/** @returns the ids of jobs that have completed */
export async function seedEnded(store: Store, count: number): Promise<string[]> {
  const newId = createIdSource(systemClock);
  const ids: string[] = [];
  const claim = { workerId: "seeder", kinds: ["seeded"], queues: null, limit: BATCH, leaseMs: 600_000 };
  for (let left = count; left > 0; left -= BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, left) }, () => newId());
    await store.enqueue(batch.map((jobId) => newJob(jobId, "seeded", null)));
    for (let taken = 0; taken < batch.length; ) {
      const { jobs } = await store.claim(claim);
      await store.settle(
        jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: { type: "completed" as const, result: null } })),
      );
      taken += jobs.length;
      if (jobs.length === 0) throw new Error("The seeded jobs cannot be claimed.");
    }
    ids.push(...batch);
  }
  return ids;
}

/** @returns the ids of jobs that wait for a far day */
export async function seedLive(store: Store, count: number): Promise<string[]> {
  const newId = createIdSource(systemClock);
  const ids = Array.from({ length: count }, () => newId());
  for (let from = 0; from < count; from += BATCH) {
    await store.enqueue(ids.slice(from, from + BATCH).map((jobId) => newJob(jobId, "far", 864_000_000)));
  }
  return ids;
}
