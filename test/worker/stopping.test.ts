/** How a running handler learns that it must stop, what becomes of what it still makes, and what it keeps meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bucketOf } from "../../src/core/histogram.js";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { defineJob, JobError, type JobEvent, openWaymark, StopReason, type Waymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const quiet = defineJob({ kind: "quiet", maxAttempts: 2 });
const short = defineJob({ kind: "short", timeout: "1s", maxAttempts: 1 });
const LEASE_MS = 3_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

let clock: FakeClock;
let store: Store;
let waymark: Waymark;
let events: JobEvent[];

beforeEach(async () => {
  clock = new FakeClock();
  store = memoryStore({ clock });
  waymark = await openWaymark({ store, clock, logger: silentLogger });
  events = [];
  waymark.on((event) => events.push(event));
});
afterEach(async () => {
  const closing = waymark.close();
  await clock.advance(120_000);
  await closing;
  expect(clock.waiting, "nothing is left that would wake up later").toBe(0);
});

const status = (ref: { jobId: string }) => waymark.tracker.getStatus(ref.jobId);
const trail = async (ref: { jobId: string }) => (await waymark.tracker.history(ref.jobId))!.map((row) => row.event);
const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
const heeding = quiet.handle(
  (_input, ctx) =>
    new Promise<void>((_resolve, reject) => ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason))),
);
function counted(method: "extend" | "read" | "settle"): { calls: number } {
  const original = store[method].bind(store) as (...args: never[]) => never;
  const count = { calls: 0 };
  (store as unknown as Record<string, unknown>)[method] = (...args: never[]) => {
    count.calls++;
    return original(...args);
  };
  return count;
}

describe("a cancel", () => {
  it("reaches a handler that reports nothing within a second, long before its heartbeat", async () => {
    const ref = await waymark.enqueue(quiet, null);
    waymark.work([heeding], { leaseMs: "30s" });
    await clock.advance(2_000);
    await waymark.cancel(ref.jobId, { actor: "ana" });
    await clock.advance(1_000);
    expect((await status(ref))!.status).toBe("cancelled");
  });

  it("that another process asked for is heard of just as soon, when all that is hinted is that something changed", async () => {
    let hinted: (hint: { waiting: boolean; jobs: "any" }) => void = () => {};
    store.subscribe = (listener) => {
      hinted = listener;
      return () => {};
    };
    const ref = await waymark.enqueue(quiet, null);
    waymark.work([heeding], { leaseMs: "30s" });
    await clock.advance(2_000);
    await waymark.cancel(ref.jobId, { actor: "ana", force: true });
    await clock.advance(1_000);
    expect(events.some((event) => event.type === "lease_lost")).toBe(false);
    hinted({ waiting: false, jobs: "any" });
    await clock.advance(1_000);
    expect(events.some((event) => event.type === "lease_lost")).toBe(true);
  });

  it("costs no heartbeat when nothing is asked: a storm of hints is two looks a second", async () => {
    await waymark.enqueue(quiet, null);
    waymark.work([quiet.handle(() => wait(9_000))], { leaseMs: "60s" });
    const reporting = defineJob({ kind: "reporting" });
    await waymark.enqueue(reporting, null);
    waymark.work(
      [
        reporting.handle(async (_input, ctx) => {
          for (let i = 0; i < 90; i++) {
            await ctx.progress(i);
            await wait(100);
          }
        }),
      ],
      { leaseMs: "60s" },
    );
    await clock.advance(100);
    const beats = counted("extend");
    const reads = counted("read");
    await clock.advance(5_000);
    expect(beats.calls).toBe(0);
    expect(reads.calls).toBeGreaterThan(0);
    expect(reads.calls).toBeLessThanOrEqual(11);
  });
});

describe("a lease that no answer renewed in time", () => {
  const cutOff = (): void => {
    store.extend = () => Promise.reject(new Error("network down"));
  };

  it("aborts the signal, but a result made all the same is offered, and accepted when nobody took the job", async () => {
    const ref = await waymark.enqueue(quiet, null);
    let reason: unknown;
    waymark.work(
      [
        quiet.handle(async (_input, ctx) => {
          await wait(8_000);
          reason = ctx.signal.reason;
          return "made";
        }),
      ],
      { leaseMs: LEASE_MS, sweepMs: "1h" },
    );
    cutOff();
    await clock.advance(9_000);
    expect((reason as StopReason).why).toBe("lost");
    expect(await status(ref)).toMatchObject({ status: "completed", result: "made", attempt: 1 });
    expect(events).toContainEqual(expect.objectContaining({ type: "ended", late: true }));
  });

  it("is told again until a store that was away has answered, and its fence decides", async () => {
    const ref = await waymark.enqueue(quiet, null);
    const { settle, extend } = store;
    store.settle = () => Promise.reject(new Error("network down"));
    waymark.work(
      [
        quiet.handle(async (_input, ctx) => {
          await wait(ctx.attempt === 1 ? 5_000 : 1);
          return `attempt ${ctx.attempt}`;
        }),
      ],
      { leaseMs: LEASE_MS, sweepMs: "1s", concurrency: 2 },
    );
    cutOff();
    await clock.advance(5_500);
    Object.assign(store, { settle, extend });
    await clock.advance(20_000);
    expect(await status(ref)).toMatchObject({ status: "completed", result: "attempt 2" });
    expect(events.filter((event) => event.type === "lease_lost")).toHaveLength(1);
  });

  it("does not hold up a worker that shuts down", async () => {
    await waymark.enqueue(quiet, null);
    const worker = waymark.work([quiet.handle(() => wait(4_000))], { leaseMs: LEASE_MS, shutdownGraceMs: "1s" });
    cutOff();
    store.settle = () => Promise.reject(new Error("network down"));
    await clock.advance(6_000);
    let stopped = false;
    void worker.stop().then(() => (stopped = true));
    await clock.advance(4_000);
    expect(stopped).toBe(true);
  });

  it("of a handler that stops because it was told to, the store hears nothing: it is taken back as lost", async () => {
    const ref = await waymark.enqueue(quiet, null);
    const settles = counted("settle");
    const worker = waymark.work([heeding], { leaseMs: LEASE_MS, sweepMs: "1s" });
    cutOff();
    await clock.advance(2_900);
    expect(worker.running).toBe(0);
    expect(settles.calls).toBe(0);
    await clock.advance(1_500);
    expect((await trail(ref)).slice(0, 3)).toEqual(["enqueue", "claim", "lose_retry"]);
  });

  it("that the store itself called lost gets no ending", async () => {
    const ref = await waymark.enqueue(quiet, null);
    waymark.work([quiet.handle(() => wait(6_000))], { leaseMs: LEASE_MS });
    await clock.advance(500);
    await waymark.cancel(ref.jobId, { actor: "op", force: true });
    const settles = counted("settle");
    await clock.advance(10_000);
    expect(settles.calls).toBe(0);
  });
});

describe("a handler that outlives its attempt", () => {
  const stubborn = (ms: number, seen: { now: number; most: number }) =>
    short.handle(async () => {
      seen.most = Math.max(seen.most, ++seen.now);
      await (ms === FOR_EVER ? new Promise(() => {}) : wait(ms));
      seen.now--;
    });

  it("keeps its slot: concurrency bounds handlers, not attempts", async () => {
    const seen = { now: 0, most: 0 };
    const refs = await waymark.enqueueMany(short, [1, 2, 3]);
    const worker = waymark.work([stubborn(20_000, seen)], { concurrency: 1, leaseMs: LEASE_MS });
    await clock.advance(7_000);
    expect((await status(refs[0]!))!.status, "the attempt is recorded when its grace is over").toBe("failed");
    expect(worker.running).toBe(1);
    await clock.advance(60_000);
    expect(seen).toEqual({ now: 0, most: 1 });
    expect((await waymark.tracker.counts()).failed).toBe(3);
    expect(worker.running).toBe(0);
  });

  it("loses the slot after ten leases, and the operators hear of it", async () => {
    const seen = { now: 0, most: 0 };
    const refs = await waymark.enqueueMany(short, [1, 2]);
    waymark.work([stubborn(FOR_EVER, seen)], { concurrency: 1, leaseMs: LEASE_MS });
    await clock.advance(6_000 + 10 * LEASE_MS - 500);
    expect(seen.now).toBe(1);
    await clock.advance(1_000);
    expect(seen.now).toBe(2);
    expect(events).toContainEqual(expect.objectContaining({ type: "trouble", part: "handler", jobId: refs[0]!.jobId }));
  });
});

describe("after a timeout", () => {
  it("a JobError that the handler throws itself is what is recorded; anything else is the timeout", async () => {
    const definition = defineJob({ kind: "timed", timeout: "1s", maxAttempts: 3 });
    const tooBig = new JobError({ code: "too_big", message: "The file is too large.", category: "input" });
    const [clear, vague] = await waymark.enqueueMany(definition, [true, false]);
    waymark.work([
      definition.handle(async (isClear, ctx) => {
        await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
        throw isClear ? tooBig : new Error("aborted");
      }),
    ]);
    await clock.advance(2_000);
    expect(await status(clear!)).toMatchObject({ status: "failed", attempt: 1, error: { code: "too_big" } });
    expect(await status(vague!)).toMatchObject({ status: "retrying", lastError: { code: "timeout" } });
  });
});

describe("ctx.signal", () => {
  it("asked for only after the stop is aborted already, with the first reason", async () => {
    const ref = await waymark.enqueue(quiet, null);
    const seen: unknown[] = [];
    waymark.work([
      quiet.handle(async (_input, ctx) => {
        await wait(3_000);
        await ctx.progress(1).catch((error: unknown) => seen.push(error));
        seen.push(ctx.signal.aborted, ctx.signal.reason, ctx.signal === ctx.signal);
      }),
    ]);
    await clock.advance(1_000);
    await waymark.cancel(ref.jobId, { actor: "ana" });
    await clock.advance(3_000);
    expect(seen).toEqual([expect.any(StopReason), true, seen[0], true]);
    expect((seen[0] as StopReason).why).toBe("cancel");
  });
});

describe("what is learned of a job that was held ready", () => {
  it("is measured from the start of its handler", async () => {
    const learned: { measure: string; bucket: number; count: number }[] = [];
    store.learn = async (samples) => void learned.push(...samples);
    await waymark.enqueueMany(quiet, [1, 2, 3]);
    waymark.work([quiet.handle(() => wait(2_000))], { concurrency: 1, prefetch: 2 });
    await clock.advance(20_000);
    expect(learned.filter(({ measure }) => measure === "run")).toMatchObject([{ bucket: bucketOf(2_000), count: 3 }]);
    const waits = learned.filter(({ measure }) => measure === "wait").map(({ bucket }) => bucket);
    expect(waits).toEqual([0, bucketOf(2_000), bucketOf(4_000)]);
  });
});
