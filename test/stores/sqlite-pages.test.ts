/** How many pages of the log a job costs the SQLite store on each path: each is 4 KiB written, summed and later copied back. */
import { statSync } from "node:fs";
import { expect, it } from "vitest";
import type { Settlement } from "../../src/core/store.js";
import { newJobs } from "./sqlite-jobs.js";
import { newPath, openWithConnection } from "./sqlite-tools.js";

const PAGE_BYTES = 4_096 + 24;

async function world() {
  const path = newPath();
  const { store, database } = await openWithConnection(path);
  // Not the first pages of each tree, which are few and shared.
  await store.enqueue(newJobs(1, 1, 3_000));
  database.exec("pragma wal_checkpoint(truncate)");
  database.exec("pragma wal_autocheckpoint = 0");
  /** Pages a job. */
  const pages = async (jobs: number, work: () => Promise<unknown>): Promise<number> => {
    const before = statSync(`${path}-wal`).size;
    await work();
    return (statSync(`${path}-wal`).size - before) / PAGE_BYTES / jobs;
  };
  return { store, pages };
}

it("a job among a thousand costs less than a tenth of a page to enqueue, to claim and to complete", async () => {
  const { store, pages } = await world();
  const enqueued = await pages(1_000, async () => store.enqueue(newJobs(1, 2, 1_000)));
  const request = { workerId: "w", kinds: ["kind"], queues: null, leaseMs: 30_000 };
  let settlements: Settlement[] = [];
  const claimed = await pages(1_000, async () => {
    const { jobs } = await store.claim({ ...request, limit: 1_000 });
    settlements = jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: { type: "completed", result: null } }));
  });
  const completed = await pages(1_000, () => store.settle(settlements));
  // Measured: 0.054, 0.056, 0.057.
  expect(enqueued).toBeLessThan(0.065);
  expect(claimed).toBeLessThan(0.068);
  expect(completed).toBeLessThan(0.07);
});

it("a lone job costs less than three pages to enqueue, as it has no entry in the index of the line", async () => {
  const { store, pages } = await world();
  const jobs = newJobs(1, 2, 100);
  const enqueued = await pages(100, async () => {
    for (const job of jobs) await store.enqueue([job]);
  });
  // Measured: 2.26: its row, its id, and now and then a new page of either.
  expect(enqueued).toBeLessThan(2.6);
});
