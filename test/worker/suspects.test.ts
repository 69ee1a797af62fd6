/** Jobs on their last chance: a worker that one of them takes down must not lose the others with it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { defineJob, openWaymark, type Waymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const job = defineJob({ kind: "job" });
const LEASE_MS = 30_000;

let clock: FakeClock;
let store: Store;
let waymark: Waymark;

beforeEach(async () => {
  clock = new FakeClock();
  store = memoryStore({ clock });
  waymark = await openWaymark({ store, clock, logger: silentLogger });
});
afterEach(async () => {
  const closing = waymark.close();
  await clock.advance(60_000);
  await closing;
  expect(clock.waiting, "nothing is left that would wake up later").toBe(0);
});

const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
/** Takes all due jobs as a process would that then dies. */
const loseAll = async (): Promise<void> => {
  await store.claim({ workerId: "dead", kinds: ["job"], queues: null, limit: 100, leaseMs: 100 });
  await clock.advance(101);
  await store.sweep(100);
};

describe("T12 jobs that one more loss would end as poisoned", () => {
  it("run one at a time while fresh jobs run beside them, and are given back uncharged meanwhile", async () => {
    const twiceLost = await waymark.enqueueMany(job, [1, 2, 3, 4]);
    await loseAll();
    await loseAll();
    const fresh = await waymark.enqueueMany(job, [5, 6]);
    const ids = new Set(twiceLost.map(({ jobId }) => jobId));
    let suspectsRunning = 0;
    let most = 0;
    waymark.work([
      job.handle(async (_input, ctx) => {
        if (!ids.has(ctx.jobId)) return wait(1_000);
        most = Math.max(most, ++suspectsRunning);
        await wait(2_000);
        suspectsRunning--;
      }),
    ]);
    await clock.advance(10_000);
    expect(most).toBe(1);
    for (const { jobId } of [...twiceLost, ...fresh])
      expect(await waymark.tracker.getStatus(jobId)).toMatchObject({ status: "completed" });
    for (const { jobId } of twiceLost)
      expect(await waymark.tracker.getStatus(jobId)).toMatchObject({ attempt: 3, maxAttempts: 3 });
  });

  it("are given back in a handful of moves, not again and again", async () => {
    const refs = await waymark.enqueueMany(
      job,
      Array.from({ length: 30 }, (_, i) => i),
    );
    await loseAll();
    await loseAll();
    waymark.work([job.handle(() => wait(1_000))], { concurrency: 30 });
    await clock.advance(40_000);
    let releases = 0;
    for (const ref of refs) {
      const history = await waymark.tracker.history(ref);
      releases += history!.filter(({ event }) => event === "release").length;
      expect(history!.at(-1)).toMatchObject({ event: "complete" });
    }
    expect(releases).toBeLessThanOrEqual(refs.length);
  });

  it("one that has lived for a lease lets the next one begin", async () => {
    await waymark.enqueueMany(job, [1, 2]);
    await loseAll();
    await loseAll();
    const worker = waymark.work([job.handle(() => wait(10 * LEASE_MS))], { leaseMs: LEASE_MS });
    await clock.advance(LEASE_MS - 1_000);
    expect(worker.running).toBe(1);
    await clock.advance(7_000);
    expect(worker.running).toBe(2);
    await clock.advance(11 * LEASE_MS);
  });

  it("the one that takes three processes down is poisoned, and its neighbours complete", async () => {
    const [poison, ...neighbours] = await waymark.enqueueMany(job, [0, 1, 2, 3, 4, 5]);
    // A process that dies loses its timers and its say: its own clock stands still, and no call of its store is answered.
    const gone = new Promise<never>(() => {});
    const process = async (): Promise<void> => {
      let dead = false;
      const dying = new Proxy(store, {
        get: (target, name) => {
          const value = Reflect.get(target, name, target) as unknown;
          if (typeof value !== "function") return value;
          return dead ? () => gone : (value as () => unknown).bind(target);
        },
      });
      const own = new FakeClock();
      const there = await openWaymark({ store: dying, clock: own, logger: silentLogger });
      there.work([
        job.handle(async (_input, ctx) => {
          if (ctx.jobId === poison!.jobId) dead = true;
          await (dead ? gone : new Promise<void>((resolve) => void own.after(50, resolve)));
        }),
      ]);
      for (let second = 0; second < 40; second++) {
        if (!dead) await own.advance(1_000);
        await clock.advance(1_000);
        await store.sweep(100);
      }
      dead = true;
    };
    for (let i = 0; i < 4; i++) await process();
    expect(await waymark.tracker.getStatus(poison!.jobId)).toMatchObject({
      status: "failed",
      error: { code: "poisoned" },
    });
    for (const { jobId } of neighbours)
      expect(await waymark.tracker.getStatus(jobId)).toMatchObject({ status: "completed" });
  });
});
