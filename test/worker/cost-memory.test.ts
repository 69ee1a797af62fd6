/** What a job costs where callers and worker share a thread, counted: promises, hints, turns of the event loop. */
import { createHook } from "node:async_hooks";
import { Session } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { warningLogger } from "../../src/core/logger.js";
import type { Hint } from "../../src/core/store.js";
import { defineJob, openWaymark, type Waymark } from "../../src/index.js";

const job = defineJob({ kind: "job", timeout: "1m" });
const JOBS = 1_000;
const inputs = Array.from({ length: JOBS }, (_, i) => ({ i }));

let waymark: Waymark;

beforeEach(async () => {
  waymark = await openWaymark({ store: "memory:", logger: warningLogger });
  await waymark.enqueue(job, { first: true });
});
afterEach(() => waymark.close());

/** Promises, and calls of queueMicrotask, that are made while `act` runs. */
async function made(act: () => Promise<unknown>): Promise<{ promises: number; microtasks: number }> {
  const count = { promises: 0, microtasks: 0 };
  const hook = createHook({
    init: (_id, type) => {
      if (type === "PROMISE") count.promises++;
      if (type === "Microtask") count.microtasks++;
    },
  });
  hook.enable();
  await act();
  hook.disable();
  return count;
}

const drained = async (count: number): Promise<void> => {
  while ((await waymark.tracker.counts()).completed < count) await new Promise((resolve) => setImmediate(resolve));
};

describe("a thousand jobs in memory", () => {
  it("enqueued one by one are one promise each, besides those of who waits for them", async () => {
    const { promises, microtasks } = await made(() => Promise.all(inputs.map((input) => waymark.enqueue(job, input))));
    // One is what Promise.all makes; three of four are answered in a later turn, which is one more, and its waiter's.
    expect(promises / JOBS).toBeLessThanOrEqual(3.8);
    const few = inputs.slice(0, 200);
    const atOnce = await made(() => Promise.all(few.map((input) => waymark.enqueue(job, input))));
    expect(atOnce.promises / few.length).toBeLessThan(2.1);
    expect(microtasks).toBeLessThanOrEqual(JOBS / 100);
  });

  it("enqueued in one tick are one hint", async () => {
    const hints: Hint[] = [];
    const stop = waymark.store.subscribe((hint) => hints.push(hint));
    await Promise.all(inputs.slice(0, 200).map((input) => waymark.enqueue(job, input)));
    stop();
    expect(hints).toHaveLength(1);
    expect(hints[0]!.jobs).toHaveLength(200);
  });

  it("with handlers that answer at once are no promise each, and with handlers that wait only a few", async () => {
    await waymark.enqueueMany(job, inputs);
    const atOnce = await made(async () => {
      const worker = waymark.work([job.handle(() => 1)], { concurrency: 100 });
      await drained(JOBS + 1);
      await worker.stop();
    });
    expect(atOnce.promises / JOBS).toBeLessThan(0.5);
    await waymark.enqueueMany(job, inputs);
    const later = await made(async () => {
      const worker = waymark.work([job.handle(async () => 1)], { concurrency: 100 });
      await drained(2 * JOBS + 1);
      await worker.stop();
    });
    expect(later.promises / JOBS).toBeLessThan(4);
  });

  it("enqueued by callers who never pause leave others at least three turns of the event loop", async () => {
    let turns = 0;
    let enqueued = 0;
    const count = (): void => {
      turns++;
      if (enqueued < JOBS) setImmediate(count);
    };
    setImmediate(count);
    const caller = async (): Promise<void> => {
      while (enqueued < JOBS) await waymark.enqueue(job, { i: enqueued++ });
    };
    await Promise.all(Array.from({ length: 100 }, caller));
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});

/** Calls of the library's functions that have a name while `act` runs. */
async function called(act: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await act();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  session.disconnect();
  const functions = result.filter(({ url }) => url.includes("/src/")).flatMap((script) => script.functions);
  // Those without a name are, for the most part, what tests import by.
  const named = functions.filter(({ functionName }) => functionName !== "");
  return named.reduce((sum, { ranges }) => sum + ranges[0]!.count, 0);
}

describe("a plain job, from its enqueue to its end", () => {
  it("is at most 81 calls of functions: until they are compiled, calls are what a job costs", async () => {
    const calls = await called(async () => {
      const worker = waymark.work([defineJob({ kind: "job" }).handle(() => null)], { concurrency: 100 });
      await Promise.all(inputs.map((input) => waymark.enqueue(job, input)));
      await drained(JOBS + 1);
      await worker.stop();
    });
    expect(calls / JOBS).toBeLessThan(81);
  });
});

/** Bytes in use, after everything that nobody holds has gone. */
async function heapInUse(): Promise<number> {
  // What the last call left to be told is told.
  await new Promise((resolve) => setTimeout(resolve, 50));
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

describe("the heap of the memory store", () => {
  it("holds at most 550 bytes of a plain job that waits, and 600 of one that has finished", async () => {
    const many = 20_000;
    const fill = () =>
      waymark
        .enqueueMany(
          job,
          Array.from({ length: many }, (_, i) => ({ i })),
        )
        .then(() => {});
    const run = async (count: number): Promise<void> => {
      const worker = waymark.work([job.handle(() => null)], { concurrency: 1_000 });
      await drained(count);
      await worker.stop();
    };
    // Compiled by now, and tables grown: what is counted next is jobs.
    await fill();
    await run(many + 1);
    const before = await heapInUse();
    await fill();
    const waiting = await heapInUse();
    await run(2 * many + 1);
    const finished = await heapInUse();
    expect((waiting - before) / many).toBeLessThan(550);
    expect((finished - before) / many).toBeLessThan(600);
  });
});

describe("a thousand jobs that fail once and are tried again", () => {
  it("are two promises each at most, though each is claimed and settled twice", async () => {
    await waymark.enqueueMany(job, inputs);
    const again = defineJob({ kind: "job", timeout: "1m", backoff: { base: "1ms", max: "1ms" } });
    const failedOnce = new Set<string>();
    const run = again.handle((_input, context) => {
      if (failedOnce.has(context.jobId)) return null;
      failedOnce.add(context.jobId);
      throw new Error("Not the first time.");
    });
    const { promises } = await made(async () => {
      const worker = waymark.work([run], { concurrency: 100 });
      await drained(JOBS + 1);
      await worker.stop();
    });
    expect(failedOnce.size).toBe(JOBS + 1);
    expect(promises / JOBS).toBeLessThan(2);
  });
});
