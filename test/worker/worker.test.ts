/** What the worker does with a handler, over the memory store and a clock that is turned. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../src/core/logger.js";
import type { Store } from "../../src/core/store.js";
import { defineJob, JobError, type JobEvent, openWaymark, StopReason, type Waymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const job = defineJob({ kind: "job", stages: ["one", { name: "two", weight: 3 }], timeout: "10s" });
const slow = defineJob({ kind: "slow", maxAttempts: 2 });

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
  await clock.advance(60_000);
  await closing;
  expect(clock.waiting, "nothing is left that would wake up later").toBe(0);
});

const status = (ref: { jobId: string }) => waymark.tracker.getStatus(ref.jobId);

/** What a handler does for `ms` milliseconds of the turned clock. */
const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

/** Counts the calls of one method of the store. */
function counted(method: "report" | "settle" | "extend" | "claim"): { calls: number } {
  const original = store[method].bind(store) as (...args: never[]) => never;
  const count = { calls: 0 };
  (store as unknown as Record<string, unknown>)[method] = (...args: never[]) => {
    count.calls++;
    return original(...args);
  };
  return count;
}

describe("progress", () => {
  it("is weighted by stage, never falls, never reads 100 before the end, and starts anew with an attempt", async () => {
    const seen: (number | null | undefined)[] = [];
    const ref = await waymark.enqueue(job, null);
    const look = async () => {
      await wait(300);
      seen.push((await status(ref))!.progress?.percent);
    };
    waymark.work([
      job.handle(async (_input, ctx) => {
        await ctx.stage("one");
        await look();
        await ctx.progress(1, 2);
        await look();
        await ctx.progress(1, 4);
        await look();
        await ctx.stage("two");
        await look();
        await ctx.progress(3, 3);
        await look();
        if (ctx.attempt === 1)
          throw new JobError({ code: "again", message: "Again.", category: "temporary", retryAfter: 0 });
      }),
    ]);
    await clock.advance(30_000);
    expect(seen).toEqual([null, 12, 12, 25, 99, null, 12, 12, 25, 99]);
    expect((await status(ref))!.progress).toMatchObject({ percent: 100, stage: null });
  });

  it("is free to call: a thousand calls are a handful of writes, and the last value is written", async () => {
    const writes = counted("report");
    const ref = await waymark.enqueue(job, null);
    waymark.work([
      job.handle(async (_input, ctx) => {
        await ctx.stage("one");
        for (let row = 1; row <= 1_000; row++) {
          await ctx.progress(row, 1_000, `Row ${row}`);
          if (row % 100 === 0) await wait(100);
        }
        throw new JobError({ code: "stop", message: "Stop.", category: "input" });
      }),
    ]);
    await clock.advance(5_000);
    expect(writes.calls).toBeLessThanOrEqual(7);
    expect(await status(ref)).toMatchObject({
      status: "failed",
      progress: { done: 1_000, total: 1_000, message: "Row 1000" },
    });
  });

  it("of an unknown total stays unknown, and figures that are none are refused", async () => {
    const ref = await waymark.enqueue(job, null);
    const codes: unknown[] = [];
    waymark.work([
      job.handle(async (_input, ctx) => {
        await ctx.progress(212, undefined, "212 pictures");
        for (const bad of [Number.NaN, -1, "3" as unknown as number]) {
          await ctx.progress(bad).catch((error: { code: string }) => codes.push(error.code));
        }
        await wait(300);
        expect((await status(ref))!.progress).toMatchObject({ percent: null, done: 212, message: "212 pictures" });
        await ctx.stage("three" as "two").catch((error: { code: string }) => codes.push(error.code));
        await ctx.stage("two");
        await ctx.stage("one").catch((error: { code: string }) => codes.push(error.code));
      }),
    ]);
    await clock.advance(1_000);
    expect(codes).toEqual(["invalid_option", "invalid_option", "invalid_option", "unknown_stage", "invalid_option"]);
    expect((await status(ref))!.status).toBe("completed");
  });
});

describe("how an attempt ends", () => {
  it("timeout: the signal aborts, the attempt failed, and a handler that ignores it can write nothing more", async () => {
    const ref = await waymark.enqueue(job, null);
    let late: Promise<unknown> = Promise.resolve();
    let reason: unknown;
    waymark.work([
      job.handle(async (_input, ctx) => {
        ctx.signal.addEventListener("abort", () => (reason = ctx.signal.reason));
        if (ctx.attempt > 1) return "second";
        await wait(17_000);
        late = ctx.progress(1, 1).catch((error: { code?: string }) => error.code);
        return "late";
      }),
    ]);
    await clock.advance(16_000);
    expect(reason).toBeInstanceOf(StopReason);
    expect((reason as StopReason).why).toBe("timeout");
    expect(await status(ref)).toMatchObject({
      status: "retrying",
      lastError: { code: "timeout", category: "temporary" },
    });
    await clock.advance(20_000);
    expect(await late).toBe("attempt_over");
    expect(await status(ref)).toMatchObject({ status: "completed", result: "second", attempt: 2 });
  });

  it("a JobError speaks to the user; category input is not tried again, temporary is", async () => {
    const input = await waymark.enqueue(slow, "input");
    const temporary = await waymark.enqueue(slow, "temporary");
    waymark.work([
      slow.handle((category) => {
        throw new JobError({
          code: "nope",
          message: `It was ${category}.`,
          category: category as "input",
          ...(category === "temporary" ? { retryAfter: "1s" } : {}),
        });
      }),
    ]);
    await clock.advance(20_000);
    expect(await status(input)).toMatchObject({
      status: "failed",
      attempt: 1,
      errorMessage: "It was input.",
      retry: { eligible: false },
    });
    expect(await status(temporary)).toMatchObject({
      status: "failed",
      attempt: 2,
      errorMessage: "It was temporary.",
      retry: { eligible: true },
    });
  });

  it("a result that the output schema refuses, or no store can hold, fails the attempt", async () => {
    const checked = defineJob({ kind: "checked", output: z.object({ n: z.number() }), maxAttempts: 1 });
    const free = defineJob({ kind: "free", maxAttempts: 1 });
    const refs = [await waymark.enqueue(checked, null), await waymark.enqueue(free, null)];
    waymark.work([checked.handle(() => ({ n: "x" }) as never), free.handle(() => ({ n: 1n }))]);
    await clock.advance(1_000);
    expect(await status(refs[0]!)).toMatchObject({
      status: "failed",
      error: { code: "invalid_output", category: "internal" },
    });
    expect(await status(refs[1]!)).toMatchObject({ status: "failed", error: { code: "value_not_storable" } });
  });

  it("an input that another deployment wrote and the schema refuses fails at once, for good", async () => {
    const older = defineJob({ kind: "changed", input: z.string() });
    const newer = defineJob({ kind: "changed", input: z.object({ path: z.string() }) });
    const ref = await waymark.enqueue(older, "a.csv");
    waymark.work([newer.handle(() => "never")]);
    await clock.advance(1_000);
    expect(await status(ref)).toMatchObject({ status: "failed", attempt: 1, error: { code: "unreadable_input" } });
  });

  it("snooze gives the attempt back and runs the job again later", async () => {
    const ref = await waymark.enqueue(slow, null);
    let runs = 0;
    waymark.work([slow.handle((_input, ctx) => (runs++ === 0 ? ctx.snooze("1m") : `attempt ${ctx.attempt}`))]);
    await clock.advance(1_000);
    expect(await status(ref)).toMatchObject({ status: "scheduled", attempt: 0 });
    await clock.advance(70_000);
    expect(await status(ref)).toMatchObject({ status: "completed", result: "attempt 1" });
  });

  it("cancel: the handler is told, stops at its next report, and the job is cancelled only then", async () => {
    const ref = await waymark.enqueue(slow, null);
    waymark.work([
      slow.handle(async (_input, ctx) => {
        for (let i = 0; ; i++) {
          await wait(1_000);
          await ctx.progress(i);
        }
      }),
    ]);
    await clock.advance(3_000);
    expect(await waymark.cancel(ref.jobId, { actor: "ana" })).toMatchObject({ status: "processing", requested: true });
    expect(await status(ref)).toMatchObject({ status: "processing", cancelRequestedAt: expect.any(Date) });
    await clock.advance(12_000);
    expect(await status(ref)).toMatchObject({ status: "cancelled" });
    expect((await waymark.tracker.history(ref))!.slice(-2)).toMatchObject([
      { event: "request_cancel", actor: "ana" },
      { event: "confirm_cancel" },
    ]);
  });

  it("work that was done although cancel was asked is completed: nobody is told what is not true", async () => {
    const ref = await waymark.enqueue(slow, null);
    waymark.work([
      slow.handle(async () => {
        await wait(15_000);
        return "done";
      }),
    ]);
    await clock.advance(1_000);
    await waymark.cancel(ref.jobId, { actor: "ana" });
    await clock.advance(20_000);
    expect(await status(ref)).toMatchObject({ status: "completed", result: "done" });
  });

  it("force cancel locks the holder out: its result is refused and its signal fires", async () => {
    const ref = await waymark.enqueue(slow, null);
    let why: string | undefined;
    waymark.work([
      slow.handle(async (_input, ctx) => {
        await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
        why = (ctx.signal.reason as StopReason).why;
        return "too late";
      }),
    ]);
    await clock.advance(1_000);
    expect(await waymark.cancel(ref.jobId, { actor: "op", force: true })).toMatchObject({ status: "cancelled" });
    await clock.advance(11_000);
    expect(why).toBe("lost");
    expect(await status(ref)).toMatchObject({ status: "cancelled" });
    expect(events.some((event) => event.type === "lease_lost")).toBe(true);
  });
});

describe("leases", () => {
  it("a long handler keeps its job: one heartbeat for all leases, three times a lease", async () => {
    const beats = counted("extend");
    const refs = await waymark.enqueueMany(slow, [1, 2, 3, 4, 5]);
    waymark.work([slow.handle(() => wait(120_000))]);
    await clock.advance(119_000);
    expect(beats.calls).toBeLessThanOrEqual(13);
    await clock.advance(2_000);
    for (const ref of refs) expect(await status(ref)).toMatchObject({ status: "completed", attempt: 1 });
  });

  it("a worker that cannot reach its store calls its leases lost before the store does", async () => {
    const ref = await waymark.enqueue(slow, null);
    let lostAt = 0;
    waymark.work([
      slow.handle(
        (_input, ctx) =>
          new Promise<void>((resolve) =>
            ctx.signal.addEventListener("abort", () => {
              lostAt = clock.now();
              resolve();
            }),
          ),
      ),
    ]);
    await clock.advance(1_000);
    const claimedAt = (await status(ref))!.startedAt!.getTime();
    store.extend = () => Promise.reject(new Error("network down"));
    await clock.advance(40_000);
    expect(lostAt - claimedAt).toBeGreaterThan(20_000);
    expect(lostAt - claimedAt).toBeLessThan(30_000 + 10_000);
  });

  it("an ending the store could not take is told again until it has it", async () => {
    const ref = await waymark.enqueue(slow, null);
    const settle = store.settle.bind(store);
    let failures = 0;
    store.settle = async (settlements) => {
      if (failures++ < 3) throw new Error("network down");
      return settle(settlements);
    };
    waymark.work([slow.handle(() => "done")]);
    await clock.advance(5_000);
    expect(await status(ref)).toMatchObject({ status: "completed", result: "done" });
  });

  it("an ending whose answer was lost is told again and recognised as a replay", async () => {
    const ref = await waymark.enqueue(slow, null);
    const settle = store.settle.bind(store);
    let calls = 0;
    store.settle = async (settlements) => {
      const answers = await settle(settlements);
      if (calls++ === 0) throw new Error("the answer was swallowed");
      return answers;
    };
    waymark.work([slow.handle(() => "done")]);
    await clock.advance(5_000);
    expect((await waymark.tracker.history(ref))!.map((row) => row.event)).toEqual(["enqueue", "claim", "complete"]);
    expect(events.filter((event) => event.type === "ended")).toHaveLength(1);
  });
});

describe("stop", () => {
  it("lets running handlers finish within the grace and gives back, uncharged, what has not begun", async () => {
    const refs = await waymark.enqueueMany(slow, [1, 2, 3]);
    const worker = waymark.work([slow.handle(() => wait(5_000))], {
      concurrency: 1,
      prefetch: 5,
    });
    await clock.advance(1_000);
    expect((await waymark.tracker.counts()).processing).toBe(3);
    const stopping = worker.stop();
    await clock.advance(6_000);
    await stopping;
    expect(await status(refs[0]!)).toMatchObject({ status: "completed" });
    for (const ref of refs.slice(1)) expect(await status(ref)).toMatchObject({ status: "pending", attempt: 0 });
    expect(worker.running).toBe(0);
  });

  it("after the grace tells handlers to stop and gives their jobs back, uncharged", async () => {
    const ref = await waymark.enqueue(slow, null);
    const worker = waymark.work(
      [
        slow.handle(
          (_input, ctx) =>
            new Promise<void>((_resolve, reject) =>
              ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason)),
            ),
        ),
      ],
      {
        shutdownGraceMs: "3s",
      },
    );
    await clock.advance(1_000);
    const stopping = Promise.all([worker.stop(), worker.stop()]);
    await clock.advance(4_000);
    await stopping;
    expect(await status(ref)).toMatchObject({ status: "pending", attempt: 0 });
    expect((await waymark.tracker.history(ref))!.at(-1)).toMatchObject({ event: "release" });
  });

  it("gives back a handler that heeds nothing as well", async () => {
    const ref = await waymark.enqueue(slow, null);
    const worker = waymark.work([slow.handle(() => new Promise<void>(() => {}))], { shutdownGraceMs: "1s" });
    await clock.advance(1_000);
    const stopping = worker.stop();
    await clock.advance(7_000);
    await stopping;
    expect(await status(ref)).toMatchObject({ status: "pending", attempt: 0 });
  });

  it("the grace runs from the call on, also while a claim hangs", async () => {
    let toldAt: number | null = null;
    await waymark.enqueue(slow, null);
    const worker = waymark.work(
      [
        slow.handle(async (_input, ctx) => {
          await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve()));
          toldAt = clock.now();
          throw ctx.signal.reason;
        }),
      ],
      { shutdownGraceMs: "2s" },
    );
    await clock.advance(100);
    const claim = store.claim.bind(store);
    store.claim = async (request) => {
      await wait(20_000);
      return claim(request);
    };
    await waymark.enqueue(slow, null, { delay: "1h" });
    await clock.advance(10);
    const askedAt = clock.now();
    const stopping = worker.stop();
    await clock.advance(30_000);
    await stopping;
    expect(toldAt).toBe(askedAt + 2_000);
  });
});

describe("options", () => {
  it("a sweep interval that is none is refused before anything has begun", async () => {
    const ref = await waymark.enqueue(slow, null);
    const handlers = [slow.handle(async () => {})];
    expect(() => waymark.work(handlers, { sweepMs: "soon" as never })).toThrow(/sweepMs/);
    await clock.advance(10_000);
    expect((await status(ref))?.status).toBe("pending");
  });

  it("refuse what cannot work, with a sentence", () => {
    const handler = slow.handle(() => 1);
    expect(() => waymark.work([])).toThrow(/at least one handler/);
    expect(() => waymark.work([handler, handler])).toThrow(/Two handlers/);
    expect(() => waymark.work([handler], { concurrency: 0 })).toThrow(/concurrency/);
    expect(() => waymark.work([handler], { leaseMs: 10 })).toThrow(/leaseMs/);
    expect(() => waymark.work([handler], { blocked: "exit" as never })).toThrow(/"wait" or "kill"/);
    expect(() => waymark.work([handler], { strayRejections: true as never })).toThrow(/strayRejections/);
    expect(() => waymark.work([handler], { isolation: "thread" } as never)).toThrow(/process of their own/);
    expect(() => waymark.work([handler], { pollMs: "often" as "1s" })).toThrow(/not a duration/);
    expect(() => defineJob({ kind: "has space" })).toThrow(/kind/);
    expect(() => defineJob({ kind: "x", maxAttempts: 0 })).toThrow(/maxAttempts/);
    expect(() => defineJob({ kind: "x", stages: ["a", "a"] })).toThrow(/same name/);
    expect(() => defineJob({ kind: "x", stages: [{ name: "a", weight: 0 }] })).toThrow(/weight/);
  });

  it("queues: only those are worked on", async () => {
    const here = await waymark.enqueue(slow, null, { queue: "here" });
    const there = await waymark.enqueue(slow, null, { queue: "there" });
    waymark.work([slow.handle(() => 1)], { queues: ["here"] });
    await clock.advance(10_000);
    expect((await status(here))!.status).toBe("completed");
    expect((await status(there))!.status).toBe("pending");
  });

  it("an idle worker asks the store for work once per poll, and a hint wakes it at once", async () => {
    const claims = counted("claim");
    waymark.work([slow.handle(() => 1)], { pollMs: "5s" });
    await clock.advance(60_000);
    expect(claims.calls).toBeLessThanOrEqual(15);
    const ref = await waymark.enqueue(slow, null);
    await clock.settle();
    expect((await status(ref))!.status).toBe("completed");
  });
});
