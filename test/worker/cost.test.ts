/** What work costs, counted and not timed: calls of the store, timers, turns of the event loop. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { warningLogger } from "../../src/core/logger.js";
import type { ClaimRequest, Hint, Store } from "../../src/core/store.js";
import { defineJob, openWaymark, type Waymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const job = defineJob({ kind: "job", timeout: "1m" });
const JOBS = 2_000;
const inputs = Array.from({ length: JOBS }, (_, i) => ({ i }));

const made = vi.hoisted(() => ({ switches: 0 }));
vi.mock(import("../../src/worker/stop-switch.js"), async (original) => {
  const real = await original();
  class StopSwitch extends real.StopSwitch {
    constructor(...given: ConstructorParameters<typeof real.StopSwitch>) {
      super(...given);
      made.switches++;
    }
  }
  return { ...real, StopSwitch };
});

/** Counts what the library asks of its clock. */
class CountingClock extends FakeClock {
  timers = 0;
  turns = 0;
  override after(ms: number, run: () => void): () => void {
    this.timers++;
    return super.after(ms, run);
  }
  override turn(run: () => void): () => void {
    this.turns++;
    return super.turn(run);
  }
}

let clock: CountingClock;
let waymark: Waymark;
let calls: Record<string, number>;

/** A store that counts the calls of it, and answers in a later turn, as one behind a socket does. */
function counting(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name === "subscribe") return (value as () => unknown).bind(target);
      return async (...args: unknown[]) => {
        calls[String(name)] = (calls[String(name)] ?? 0) + 1;
        await new Promise<void>((resolve) => setImmediate(resolve));
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

beforeEach(async () => {
  calls = {};
  clock = new CountingClock();
  waymark = await openWaymark({ store: counting(memoryStore({ clock })), clock, logger: warningLogger });
});
afterEach(async () => {
  const closing = waymark.close();
  await clock.advance(60_000);
  await closing;
  expect(clock.waiting).toBe(0);
});

const drained = async (): Promise<void> => {
  for (let looks = 0; looks < 200 && (await waymark.tracker.counts()).completed < JOBS; looks++) await clock.settle();
  expect((await waymark.tracker.counts()).completed).toBe(JOBS);
};

describe("a drain of 2,000 fast jobs", () => {
  it.each([
    ["at once", () => 1],
    ["by a promise", async () => 1],
  ])(
    "by handlers that answer %s is a few dozen calls of the store, no timer a job, and leaves the event loop to others",
    async (_how, run) => {
      await waymark.enqueueMany(job, inputs);
      calls = {};
      clock.timers = 0;
      waymark.work([job.handle(run)], { concurrency: 20 });
      await drained();
      expect(calls["claim"]).toBeLessThanOrEqual(12);
      expect(calls["settle"]).toBeLessThanOrEqual(12);
      expect(calls["report"]).toBeUndefined();
      expect(clock.timers).toBeLessThanOrEqual(20);
      expect(clock.turns).toBeGreaterThanOrEqual(calls["claim"]! - 1);
    },
  );
});

describe("what stops a handler", () => {
  it("is made for those that wait, as they have a timeout, or look at their signal: not for all", async () => {
    await waymark.enqueueMany(job, inputs);
    made.switches = 0;
    let begun = 0;
    waymark.work([
      job.handle((_input, ctx) => {
        const no = begun++;
        if (no < 10) return ctx.signal.aborted;
        return no < 30 ? Promise.resolve(no) : no;
      }),
    ]);
    await drained();
    expect(made.switches).toBe(30);
  });
});

describe("a job alone", () => {
  const claimsAfter = async (hearing: "hears" | "deaf"): Promise<number[]> => {
    await waymark.close();
    const store = Object.assign(counting(memoryStore({ clock })), { hearing, subscribe: () => () => {} });
    waymark = await openWaymark({ store, clock, logger: warningLogger });
    await waymark.enqueue(job, { i: 0 });
    await clock.settle();
    waymark.work([job.handle(() => 1)]);
    await clock.settle();
    const atOnce = calls["claim"] ?? 0;
    await clock.advance(20);
    return [atOnce, calls["claim"] ?? 0];
  };

  it("is one claim, and the look at the empty line comes a moment after its end, where additions are heard of", async () => {
    expect(await claimsAfter("hears")).toEqual([1, 2]);
  });

  it("is followed at once by a look where they may not be heard of", async () => {
    expect(await claimsAfter("deaf")).toEqual([2, 2]);
  });

  it("brings no second claim behind its own when the look at the empty line falls due meanwhile: that comes after its end", async () => {
    await waymark.close();
    const inner = memoryStore({ clock });
    const take = inner.claim.bind(inner);
    const claimedAt: number[] = [];
    let claimMs = 0;
    let hint = (): void => {};
    const store = Object.assign(counting(inner), {
      hearing: "hears" as const,
      claim: async (request: ClaimRequest) => {
        claimedAt.push(clock.now());
        if (claimMs > 0) await new Promise<void>((resolve) => void clock.after(claimMs, resolve));
        return take(request);
      },
      subscribe: (listener: (hint: Hint) => void) => {
        hint = () => listener({ waiting: true, jobs: "any" });
        return () => {};
      },
    });
    waymark = await openWaymark({ store, clock, logger: warningLogger });
    const added = async (): Promise<void> => {
      await waymark.enqueue(job, {});
      hint();
      await clock.settle();
    };
    waymark.work([job.handle(() => 1)]);
    await clock.settle();
    await added();
    await clock.advance(10);
    claimMs = 30;
    const askedAt = clock.now();
    await added();
    await clock.advance(30);
    await clock.advance(30);
    expect(claimedAt.map((at) => at - askedAt).filter((ms) => ms >= 0)).toEqual([0, 50]);
  });
});

describe("a drain that holds jobs ready", () => {
  it("has the store at work on the next claim while the rest of the last one is run, and never on two", async () => {
    let [claiming, most, begun, begunMeanwhile] = [0, 0, 0, 0];
    const inner = memoryStore({ clock });
    const claim: Store["claim"] = async (request) => {
      most = Math.max(most, ++claiming);
      await new Promise<void>((resolve) => setImmediate(resolve));
      const claimed = await inner.claim(request);
      claiming--;
      return claimed;
    };
    const store = new Proxy(inner, {
      get: (target, name) => {
        if (name === "claim") return claim;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      },
    });
    const own = await openWaymark({ store, clock, logger: warningLogger });
    await own.enqueueMany(job, inputs);
    const run = (): void => {
      begun++;
      if (claiming > 0) begunMeanwhile++;
    };
    own.work([job.handle(run)], { concurrency: 20, prefetch: 200 });
    for (let looks = 0; looks < 200 && begun < JOBS; looks++) await clock.settle();
    expect(begun).toBe(JOBS);
    expect(most).toBe(1);
    expect(begunMeanwhile).toBeGreaterThan(JOBS / 4);
    await own.close();
  });
});

describe("jobs that report progress a hundred times a second", () => {
  it("are four writes a second together, and the endings of one moment are one write more", async () => {
    const refs = await waymark.enqueueMany(job, inputs.slice(0, 200));
    const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    waymark.work(
      [
        job.handle(async (_input, ctx) => {
          for (let i = 1; i <= 120; i++) {
            await ctx.progress(i, 120, `Row ${i}`);
            await wait(10);
          }
        }),
      ],
      { concurrency: 200 },
    );
    await clock.advance(3_000);
    expect((await waymark.tracker.getStatus(refs[0]!))!.progress).toMatchObject({ percent: 100, done: 120 });
    expect(calls["report"]).toBeLessThanOrEqual(7);
  });
});

describe("slow jobs", () => {
  it("are not held ready: what has no slot here is left for another worker", async () => {
    await waymark.enqueueMany(job, inputs.slice(0, 100));
    const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    waymark.work([job.handle(() => wait(1_000))], { concurrency: 5 });
    await clock.advance(5_500);
    expect((await waymark.tracker.counts()).processing).toBe(5);
    await clock.advance(20_000);
  });

  it("that come after fast ones, and are held ready for that, are given back within two seconds, uncharged", async () => {
    const slow = defineJob({ kind: "slow" });
    await waymark.enqueueMany(job, inputs.slice(0, 1_000));
    const refs = await waymark.enqueueMany(slow, inputs.slice(0, 100));
    const wait = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    waymark.work([job.handle(() => 1), slow.handle(() => wait(10_000))], { concurrency: 5 });
    await clock.advance(100);
    expect((await waymark.tracker.counts()).processing).toBeGreaterThan(5);
    await clock.advance(2_500);
    expect((await waymark.tracker.counts()).processing).toBe(5);
    expect(await waymark.tracker.getStatus(refs.at(-1)!)).toMatchObject({ status: "pending", attempt: 0 });
  });
});

describe("a hundred callers at once", () => {
  it("who ask for the status are two statements", async () => {
    const refs = await waymark.enqueueMany(job, inputs.slice(0, 100));
    await waymark.tracker.getStatus(refs[0]!);
    calls = {};
    await Promise.all(refs.map((ref) => waymark.tracker.getStatus(ref)));
    expect(calls["read"]).toBeLessThanOrEqual(2);
    expect(Object.keys(calls)).toEqual(["read"]);
  });
});
