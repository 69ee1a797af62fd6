/** Jobs that cannot run stand where no claim walks past them, and come back in line when they can. */
import { expect, it } from "vitest";
import type { NewJob, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { newJob, newPath, openStore, openStranger } from "./sqlite-tools.js";

async function world() {
  const path = newPath();
  const clock = new FakeClock();
  const store = await openStore({ path, clock });
  const stranger = await openStranger(path);
  /** How many jobs stand in each place; see migrations.ts. */
  const places = (): Record<number, number> => {
    const rows = stranger.prepare("select place, count(*) as jobs from waymark_jobs group by place").all();
    return Object.fromEntries((rows as { place: number; jobs: number }[]).map(({ place, jobs }) => [place, jobs]));
  };
  return { store, clock, places };
}

const claim = (store: Store, limit = 10, kinds = ["kind"]) =>
  store.claim({ workerId: "w", kinds, queues: null, limit, leaseMs: 30_000 });

const keyed = (parts: Partial<NewJob> = {}): NewJob => newJob({ concurrencyKey: "key", concurrencyLimit: 1, ...parts });

it("a claim that meets jobs of a full key parks them, and later claims do not meet them again", async () => {
  const { store, places } = await world();
  const jobs = Array.from({ length: 50 }, () => keyed());
  await store.enqueue(jobs);
  const first = await claim(store);
  expect(first).toMatchObject({ jobs: [{ jobId: jobs[0]!.jobId }], nextDueInMs: null });
  expect(places()).toEqual({ 0: 1, 3: 49 });
  expect(await claim(store)).toEqual({ jobs: [], nextDueInMs: null });
  const { jobId, fence } = first.jobs[0]!;
  await store.settle([{ jobId, fence, outcome: { type: "completed", result: null } }]);
  expect(places()).toEqual({ 0: 1, 1: 1, 3: 48 });
  expect((await claim(store)).jobs.map((job) => job.jobId)).toEqual([jobs[1]!.jobId]);
});

it("a free slot is not kept for a lane that nobody serves", async () => {
  const { store } = await world();
  const [running, paused, other] = [keyed(), keyed({ queue: "paused" }), keyed({ kind: "other", priority: 9 })];
  await store.enqueue([running, paused, other]);
  const [held] = (await claim(store, 10, ["kind", "other"])).jobs;
  await store.pauseQueue("paused", "ann");
  await store.cancel([{ jobId: held!.jobId, actor: "ann", requestId: null, reason: null, force: true }]);
  expect((await claim(store, 10, ["kind", "other"])).jobs.map((job) => job.jobId)).toEqual([other.jobId]);
});

it("a job that expires in line leaves its turn to the next of its key in the same claim", async () => {
  const { store, clock, places } = await world();
  const [running, dying, next] = [keyed(), keyed({ expiresInMs: 1_000 }), keyed()];
  await store.enqueue([running, dying, next]);
  const [held] = (await claim(store)).jobs;
  expect(places()).toEqual({ 0: 1, 3: 2 });
  await store.settle([{ jobId: held!.jobId, fence: held!.fence, outcome: { type: "completed", result: null } }]);
  await clock.advance(2_000);
  expect((await claim(store)).jobs.map((job) => job.jobId)).toEqual([next.jobId]);
  expect(places()).toEqual({ 0: 2, 4: 1 });
  expect((await store.sweep(10)).expired.map((job) => job.jobId)).toEqual([dying.jobId]);
});

it("jobs of the future stand aside until they are due, then come in the order of priority", async () => {
  const { store, clock, places } = await world();
  const [late, soon, urgent] = [
    newJob({ runAt: { inMs: 5_000 } }),
    newJob({ runAt: { inMs: 1_000 } }),
    newJob({ runAt: { inMs: 2_000 }, priority: -1 }),
  ];
  await store.enqueue([late, soon, urgent]);
  expect(await claim(store)).toEqual({ jobs: [], nextDueInMs: 1_000 });
  expect(places()).toEqual({ 2: 3 });
  await clock.advance(2_000);
  const claimed = await claim(store);
  expect(claimed.jobs.map((job) => job.jobId)).toEqual([urgent.jobId, soon.jobId]);
  expect(claimed.nextDueInMs).toBe(3_000);
});

it("thousands that come due at once are brought into line in several transactions, and the best is claimed", async () => {
  const { store, clock, places } = await world();
  const jobs = Array.from({ length: 2_500 }, (_, i) => newJob({ runAt: { inMs: 1_000 + i }, priority: -i }));
  await store.enqueue(jobs);
  await clock.advance(10_000);
  const claimed = await claim(store, 1);
  expect(claimed).toMatchObject({ jobs: [{ jobId: jobs.at(-1)!.jobId }], nextDueInMs: 0 });
  expect(places()).toEqual({ 0: 1, 1: 2_499 });
});

it("a claim before thousands of jobs of a full key gives way to others between its transactions", async () => {
  const { store, places } = await world();
  await store.enqueue(Array.from({ length: 3_500 }, () => keyed()));
  const answered: string[] = [];
  const claiming = claim(store).then(({ jobs, nextDueInMs }) => {
    answered.push("claim");
    return { count: jobs.length, nextDueInMs };
  });
  const paused = store.pauseQueue("another", "ann").then(() => answered.push("pause"));
  // The first job is taken at once; the rest of the line is for the next call.
  expect(await claiming).toEqual({ count: 1, nextDueInMs: 0 });
  expect(places()).toEqual({ 0: 1, 1: 2_499, 3: 1_000 });
  const again = claim(store).then((claimed) => {
    answered.push("claim");
    return claimed;
  });
  const resumed = store.resumeQueue("another", "ann").then(() => answered.push("resume"));
  // Nothing can be taken now, so it goes on by itself until the line is clear; the other write came between.
  expect(await again).toEqual({ jobs: [], nextDueInMs: null });
  await Promise.all([paused, resumed]);
  expect(places()).toEqual({ 0: 1, 3: 3_499 });
  expect(answered).toEqual(["claim", "pause", "resume", "claim"]);
});
