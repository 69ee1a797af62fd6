/** Two stores on one file: each hears of what the other commits, and nobody listens for nothing. */
import { statSync } from "node:fs";
import { expect, it } from "vitest";
import type { Hint, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { newJob, newPath, openStore, openStranger, turn } from "./sqlite-tools.js";

/** Resolves with the next hint of the store. */
function nextHint(store: Store): Promise<Hint> {
  return new Promise((resolve) => {
    const stop = store.subscribe((hint) => {
      stop();
      resolve(hint);
    });
  });
}

it("tells subscribers which jobs changed here", async () => {
  const store = await openStore({ path: newPath() });
  const job = newJob();
  const hinted = nextHint(store);
  await store.enqueue([job]);
  expect(await hinted).toEqual({ waiting: true, jobs: [job.jobId] });
});

it("tells subscribers that another store on the same file has committed", async () => {
  const path = newPath();
  const [here, there] = [await openStore({ path }), await openStore({ path })];
  const hinted = nextHint(here);
  await there.enqueue([newJob()]);
  expect(await hinted).toEqual({ waiting: true, jobs: "any" });
  const again = nextHint(there);
  await here.claim({ workerId: "w", kinds: ["kind"], queues: null, limit: 1, leaseMs: 1_000 });
  expect(await again).toEqual({ waiting: true, jobs: "any" });
});

it("touches the file once a commit with a flush is there, as what SQLite wrote of it came too early to be seen", async () => {
  const path = newPath();
  const clock = new FakeClock();
  const store = await openStore({ path, clock });
  const job = newJob();
  await store.enqueue([job]);
  expect(Math.abs(statSync(`${path}-wal`).mtimeMs - clock.now())).toBeGreaterThan(1_000);
  await store.cancel([{ jobId: job.jobId, actor: "ann", reason: null, requestId: null, force: false }]);
  expect(statSync(`${path}-wal`).mtimeMs).toBeCloseTo(clock.now(), 0);
});

it("hears of it by the clock alone when the file cannot be watched", async () => {
  const path = newPath();
  const clock = new FakeClock();
  const here = await openStore({ path, clock });
  const there = await openStore({ path });
  const hints: Hint[] = [];
  here.subscribe((hint) => hints.push(hint));
  await there.enqueue([newJob()]);
  await clock.advance(250);
  expect(hints).toContainEqual({ waiting: true, jobs: "any" });
});

it("does not take its own commits for somebody else's", async () => {
  const clock = new FakeClock();
  const store = await openStore({ path: newPath(), clock });
  const hints: Hint[] = [];
  store.subscribe((hint) => hints.push(hint));
  await store.enqueue([newJob()]);
  await clock.advance(1_000);
  expect(hints.map(({ jobs }) => jobs)).not.toContain("any");
  expect(hints).toHaveLength(1);
});

it("keeps no timer while nobody listens, nor after close", async () => {
  const clock = new FakeClock();
  const store = await openStore({ path: newPath(), clock });
  expect(clock.waiting).toBe(0);
  const stop = store.subscribe(() => {});
  expect(clock.waiting).toBeGreaterThan(0);
  stop();
  expect(clock.waiting).toBe(0);
  store.subscribe(() => {});
  await store.close();
  expect(clock.waiting).toBe(0);
});

it("hears of jobs enqueued in somebody's own transaction once it commits", async () => {
  const path = newPath();
  const clock = new FakeClock();
  const store = await openStore({ path, clock });
  const own = await openStranger(path);
  const hints: Hint[] = [];
  store.subscribe((hint) => hints.push(hint));
  own.exec("begin immediate");
  await store.enqueue([newJob()], own);
  await clock.advance(500);
  expect(hints).toEqual([]);
  own.exec("commit");
  await turn();
  await clock.advance(250);
  expect(hints).toContainEqual({ waiting: true, jobs: "any" });
});
