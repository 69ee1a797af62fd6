/** Usual jobs stand in line as they came, by their numbers alone; every claim serves the right turn all the same. */
import { expect, it } from "vitest";
import type { NewJob, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { newJobs } from "./sqlite-jobs.js";
import { newJob, newPath, openStore, openStranger, openWithConnection } from "./sqlite-tools.js";

const CLAIM = { workerId: "w", kinds: ["kind"], queues: null, leaseMs: 30_000 };
const BY = { actor: "ann", reason: null, requestId: null };

async function claimed(store: Store, limit: number): Promise<string[]> {
  const { jobs } = await store.claim({ ...CLAIM, limit });
  return jobs.map(({ jobId }) => jobId);
}
const idsOf = (jobs: readonly NewJob[]): string[] => jobs.map(({ jobId }) => jobId);
const by = (a: string, b: string): number => (a < b ? -1 : 1);

async function world() {
  const clock = new FakeClock();
  const path = newPath();
  const store = await openStore({ path, clock });
  const file = await openStranger(path);
  const column = (sql: string): unknown[] =>
    file
      .prepare(sql)
      .all()
      .map((row) => Object.values(row as object)[0]);
  return {
    store,
    clock,
    file,
    /** Ids of the jobs that have an entry in the index of the line. */
    inIndex: () => column("select job_id from waymark_jobs where place = 1 order by job_id"),
    front: () => column("select front - (lane << 40) from waymark_lanes order by lane"),
  };
}

it("usual jobs need no entry in the index of the line, alone or together, whoever owns them", async () => {
  const { store, inIndex } = await world();
  const jobs = newJobs(1, 1, 140).map((job, i) => (i % 3 === 0 ? { ...job, owner: "ann", metadata: "{}" } : job));
  for (const job of jobs.slice(0, 5)) await store.enqueue([job]);
  await store.enqueue(jobs.slice(5));
  expect(inIndex()).toEqual([]);
  expect(await claimed(store, 200)).toEqual(idsOf(jobs));
});

it.each([1, 20])("turns go by time and id even when ids come in another order, %i at a time", async (size) => {
  const { store, inIndex } = await world();
  const jobs = newJobs(1, 1, 60).reverse();
  for (let from = 0; from < jobs.length; from += size) await store.enqueue(jobs.slice(from, from + size));
  expect(inIndex()).toHaveLength(59);
  expect([...(await claimed(store, 7)), ...(await claimed(store, 100))]).toEqual(idsOf(jobs).sort(by));
});

it("a clock that is set back changes no turn", async () => {
  const { store, clock, inIndex } = await world();
  const [late, early, next] = newJobs(1, 1, 3) as [NewJob, NewJob, NewJob];
  await store.enqueue([late]);
  clock.jump(-5_000);
  await store.enqueue([early]);
  clock.jump(1_000);
  await store.enqueue([next]);
  expect(inIndex()).toEqual([early.jobId, next.jobId]);
  expect(await claimed(store, 10)).toEqual([early.jobId, next.jobId, late.jobId]);
});

it("B5 jobs in line by turns and as they came are served together: priorities, released ones, many lanes", async () => {
  const { store, clock } = await world();
  const jobs: NewJob[] = [];
  for (const [i, job] of newJobs(1, 1, 300).entries()) {
    const queue = `queue${i % 3}`;
    jobs.push({ ...job, queue, priority: i % 10 === 9 ? (i % 20 === 9 ? -1 : 1) : 0 });
  }
  for (let from = 0; from < 300; from += 30) {
    await store.enqueue(jobs.slice(from, from + 30));
    clock.jump(1);
  }
  const { jobs: first } = await store.claim({ ...CLAIM, limit: 40 });
  await store.settle(first.map(({ jobId, fence }) => ({ jobId, fence, outcome: { type: "released" } })));
  const turns = [...jobs].sort((a, b) => a.priority - b.priority || by(a.jobId, b.jobId));
  // Those that were released are due since then.
  const again = idsOf(turns).filter((id) => first.some(({ jobId }) => jobId === id));
  expect(again).toEqual(idsOf(turns).slice(0, 40));
  const served: string[] = [];
  for (let part = await claimed(store, 45); part.length > 0; part = await claimed(store, 45)) served.push(...part);
  expect(new Set(served).size).toBe(300);
  expect(served.slice(0, 15)).toEqual(idsOf(turns).slice(0, 15));
  expect(served.filter((id) => !again.includes(id))).toEqual(idsOf(turns).slice(40));
});

it("a lane whose newest jobs are gone gives no number a second time that claims have passed", async () => {
  const { store, front } = await world();
  const jobs = newJobs(1, 1, 3);
  await store.enqueue(jobs);
  for (const { jobId, fence } of (await store.claim({ ...CLAIM, limit: 3 })).jobs) {
    await store.settle([{ jobId, fence, outcome: { type: "completed", result: null } }]);
    await store.remove([{ jobId, actor: "ann", requestId: null }]);
  }
  const [lone, ...others] = newJobs(1, 2, 21) as [NewJob, ...NewJob[]];
  await store.enqueue([lone]);
  await store.enqueue(others);
  expect(front()).toEqual([3]);
  expect(await claimed(store, 30)).toEqual(idsOf([lone, ...others]));
  expect(front()).toEqual([24]);
});

it("claims pass jobs that ended without being claimed once", async () => {
  const { store, front } = await world();
  const jobs = newJobs(1, 1, 20);
  await store.enqueue(jobs);
  await store.cancel(jobs.map(({ jobId }) => ({ ...BY, jobId, force: false })));
  expect(await claimed(store, 1)).toEqual([]);
  expect(front()).toEqual([20]);
  const job = newJob();
  await store.enqueue([job]);
  expect(await claimed(store, 1)).toEqual([job.jobId]);
});

it("lanes without numbers of their own are served all the same", async () => {
  const { store, file, inIndex } = await world();
  file.exec("insert into waymark_lanes (lane, kind, queue, front) values (8191, 'other', 'q', 8191 << 40)");
  const jobs = newJobs(1, 1, 20);
  await store.enqueue(jobs);
  const other = newJob({ kind: "other", queue: "q" });
  await store.enqueue([other]);
  expect(inIndex()).toEqual(idsOf(jobs));
  expect(await claimed(store, 30)).toEqual(idsOf(jobs));
  const { jobs: last } = await store.claim({ ...CLAIM, kinds: ["other"], limit: 1 });
  expect(last.map(({ jobId }) => jobId)).toEqual([other.jobId]);
});

it("the id of a purged job is taken, alone and among others", async () => {
  const { store } = await openWithConnection(newPath());
  const jobs = newJobs(1, 1, 30);
  await store.enqueue(jobs.slice(7, 8));
  const [held] = (await store.claim({ ...CLAIM, limit: 1 })).jobs;
  await store.settle([{ jobId: held!.jobId, fence: held!.fence, outcome: { type: "completed", result: null } }]);
  await store.remove([{ jobId: held!.jobId, actor: "ann", requestId: null }]);
  expect(await store.enqueue(jobs.slice(7, 8))).toMatchObject([{ answer: "exists" }]);
  const answers = await store.enqueue(jobs);
  expect(answers.map(({ answer }) => answer)).toEqual(jobs.map((_, i) => (i === 7 ? "exists" : "created")));
  expect(await claimed(store, 40)).toEqual(idsOf(jobs.filter((_, i) => i !== 7)));
});
