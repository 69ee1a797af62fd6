/** The place in line that the SQLite store tells: the same for many jobs read together as for each alone, and cheaper. */
import { expect, it } from "vitest";
import { AHEAD_LIMIT, type JobRecord } from "../../src/core/job.js";
import type { NewJob, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { newJobs } from "./sqlite-jobs.js";
import { countingDatabase, newPath, openStore } from "./sqlite-tools.js";

async function world() {
  const clock = new FakeClock();
  const { database, ran } = countingDatabase();
  const store = await openStore({ path: newPath(), clock, database });
  const live = { workerId: "w", host: "h", pid: 1, kinds: ["kind", "other"], queues: null };
  const beat = (): Promise<unknown> => {
    const worker = { ...live, concurrency: 1, running: 0, accepting: true };
    return store.extend({ worker, leaseMs: 60_000, leases: [] });
  };
  const selects = async (work: () => Promise<unknown>): Promise<number> => {
    ran.clear();
    await work();
    return ran.get("select") ?? 0;
  };
  return { clock, store, beat, selects };
}

const ahead = async (store: Store, jobIds: readonly string[], view: "info" | "full"): Promise<(number | null)[]> =>
  (await store.read({ jobIds, view })).map((job) => (job as JobRecord).waiting!.ahead);

/** Of two kinds and some priorities, in line, due but not yet brought there, parked, and not due. */
function mixed(seed: number, count: number): NewJob[] {
  return newJobs(seed, 1, count).map((job, i) => ({
    ...job,
    kind: i % 3 === 0 ? "other" : "kind",
    priority: (i * 7) % 5,
    runAt: i % 4 === 0 ? { inMs: i % 8 === 0 ? 500 : 3_600_000 } : null,
    ...(i % 5 === 0 ? { concurrencyKey: "key", concurrencyLimit: 1 } : {}),
  }));
}

it("B10 read together, each of many jobs has the place that it has alone", async () => {
  const { clock, store, beat } = await world();
  const jobs = mixed(1, 300);
  await store.enqueue(jobs);
  await store.claim({ workerId: "w", kinds: ["kind", "other"], queues: null, limit: 40, leaseMs: 60_000 });
  await clock.advance(1_000);
  await beat();
  const all = await store.read({ jobIds: jobs.map(({ jobId }) => jobId), view: "full" });
  const waiting = (all as JobRecord[]).filter((job) => job.waiting !== null);
  expect(waiting.length).toBeGreaterThan(200);
  const alone: (number | null)[] = [];
  for (const { jobId } of waiting) alone.push(...(await ahead(store, [jobId], "full")));
  expect(waiting.map((job) => job.waiting!.ahead)).toEqual(alone);
  expect(new Set(alone).size).toBeGreaterThan(100);
});

it("B10 the place is counted up to its limit, read together or alone", async () => {
  const { store, beat } = await world();
  const jobs = newJobs(2, 1, AHEAD_LIMIT + 50);
  for (let from = 0; from < jobs.length; from += 500) await store.enqueue(jobs.slice(from, from + 500));
  await beat();
  const last = jobs.slice(-5).map(({ jobId }) => jobId);
  expect(await ahead(store, last, "info")).toEqual(Array<number>(5).fill(AHEAD_LIMIT));
  expect(await ahead(store, last.slice(-1), "info")).toEqual([AHEAD_LIMIT]);
});

it("the status of a thousand waiting jobs walks the line once, and a place nobody will be told is not counted", async () => {
  const { store, beat, selects } = await world();
  const jobs = newJobs(3, 1, 1_000);
  await store.enqueue(jobs);
  const ids = jobs.map(({ jobId }) => jobId);
  // The jobs, the pause of their queue, the workers of their kind.
  expect(await selects(() => store.read({ jobIds: ids, view: "info" }))).toBe(3);
  expect(await ahead(store, ids.slice(0, 1), "info")).toEqual([null]);
  expect(await ahead(store, ids.slice(0, 1), "full")).toEqual([0]);
  await beat();
  // And the lanes of the queue with the front of the one there is: as they came, by turns, due, parked.
  expect(await selects(() => store.read({ jobIds: ids, view: "info" }))).toBe(8);
  expect(await selects(() => store.read({ jobIds: ids.slice(0, 1), view: "info" }))).toBe(4);
  await store.pauseQueue("queue", "ann");
  expect(await ahead(store, ids.slice(0, 1), "info")).toEqual([null]);
});
