/** Both sides of the thread that keeps leases, joined by hand, each with a store that can fail on its own. */
import { beforeEach, describe, expect, it } from "vitest";
import type { HoldAnswer, LeaseRef, Store } from "../../src/core/store.js";
import { newLeaseBoard } from "../../src/lease-board.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { type FromThread, listenInThread } from "../../src/thread-messages.js";
import { keeperOver, type ThreadPort, threadOptions } from "../../src/threaded-keeper.js";
import { createLeaseKeeper, type KeptLease, type LeaseKeeper } from "../../src/worker/lease-keeper.js";

const LEASE_MS = 10_000;
const lease = { jobId: "01900000-0000-7000-8000-000000000000", fence: 1 };
const worker = { workerId: "w", host: "h", pid: 1, kinds: ["k"], queues: null, concurrency: 1 };

type Answer = HoldAnswer | "fails" | "hangs";

let clock: FakeClock;
/** One side's store: how it answers, and what it was asked to renew. */
interface Side {
  answer: Answer;
  calls: number;
  asked: (readonly LeaseRef[])[];
}
let here: Side;
let there: Side;
/** Messages to the thread. */
let sent: number;
/** How often the thread has opened its store. */
let opened: number;
let keeper: LeaseKeeper;
let news: unknown[];

function storeOf(side: Side): Store {
  const extend: Store["extend"] = async ({ leases }) => {
    side.calls++;
    side.asked.push(leases);
    const { answer } = side;
    if (answer === "fails") throw new Error("away");
    if (answer === "hangs") return new Promise(() => {});
    return leases.map(() => answer);
  };
  return { extend, close: async () => {} } as unknown as Store;
}

beforeEach(() => {
  clock = new FakeClock();
  here = { answer: "held", calls: 0, asked: [] };
  there = { answer: "held", calls: 0, asked: [] };
  sent = 0;
  opened = 0;
  news = [];
  const board = newLeaseBoard();
  let listener: (message: FromThread) => void = () => {};
  const tell = (message: FromThread): void => queueMicrotask(() => listener(message));
  const onTrouble = (error: unknown): void => tell({ type: "trouble", message: String(error) });
  const listen = listenInThread({
    open: async (beforeBeat) => {
      opened++;
      return {
        keeper: createLeaseKeeper({ store: storeOf(there), clock, leaseMs: LEASE_MS, worker, onTrouble, beforeBeat }),
        close: async () => {},
      };
    },
    clock,
    board,
    leaseMs: LEASE_MS,
    tell,
  });
  const thread = {
    on: (event: string, heard: (message: FromThread) => void) => {
      if (event === "message") listener = heard;
    },
    postMessage: (message: Parameters<typeof listen>[0]) => {
      sent++;
      queueMicrotask(() => listen(message));
    },
    ref: () => {},
    terminate: async () => {},
  } as ThreadPort;
  const openSubstitute = (): LeaseKeeper => {
    throw new Error("The thread lives.");
  };
  const options = { store: storeOf(here), leaseMs: LEASE_MS, worker, onTrouble: () => {}, openSubstitute };
  keeper = keeperOver(thread, board, options, clock);
});

const hold = (giveUpInMs: number | null = null, ageMs = 0): void => {
  const tell: KeptLease["tell"] = (what, presumed) => news.push([what, presumed, clock.monotonic()]);
  keeper.hold([{ ...lease, tell }], { giveUpInMs, ageMs });
};
const stop = async (): Promise<void> => {
  await keeper.stop();
  expect(clock.waiting).toBe(0);
};

describe("leases kept by a thread", () => {
  it("are three messages for a thousand jobs, and no work for the thread once their jobs have ended", async () => {
    const lots = Array.from({ length: 1_000 }, (_, i) => ({ jobId: `job ${i}`, fence: 1 + i, tell: () => {} }));
    sent = 0;
    keeper.hold(lots, { giveUpInMs: null, ageMs: 0 });
    for (const one of lots) if (one.jobId !== "job 500") keeper.drop(one);
    await clock.settle();
    expect(sent).toBeLessThanOrEqual(3);
    await clock.advance(2 * LEASE_MS);
    expect(there.asked.filter((asked) => asked.length > 0)).not.toEqual([]);
    expect(there.asked.flat().every(({ jobId, fence }) => jobId === "job 500" && fence === 501)).toBe(true);
    keeper.drop(lots[500]!);
    await stop();
    expect(there.asked.at(-1)).toEqual([]);
  });

  it("of a quiet worker are no message at all, and are renewed all the same for as long as they are held", async () => {
    await clock.settle();
    sent = 0;
    for (let i = 0; i < 100; i++) {
      const one = { ...lease, fence: 1 + i, tell: () => {} };
      keeper.hold([one], { giveUpInMs: null, ageMs: 0 });
      // As a job with a timeout when its handler begins.
      keeper.hold([one], { giveUpInMs: 60_000, ageMs: 0 });
      await clock.settle();
      if (one.fence !== 100) keeper.drop(one);
    }
    await clock.settle();
    expect(sent).toBe(0);
    await clock.advance(LEASE_MS);
    expect(there.asked.filter((asked) => asked.length > 0)).not.toEqual([]);
    expect(there.asked.flat().every(({ fence }) => fence === 100)).toBe(true);
    await clock.advance(7 * LEASE_MS);
    // Its time to give up is over.
    expect(there.asked.at(-1)).toEqual([]);
    await stop();
  });

  it("are all renewed when more are held at once than the board has places", async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ ...lease, fence: 1 + i, tell: () => {} }));
    for (const one of many) keeper.hold([one], { giveUpInMs: null, ageMs: 0 });
    await clock.advance(LEASE_MS);
    expect(new Set(there.asked.at(-1)!.map(({ fence }) => fence)).size).toBe(50);
    for (const one of many) keeper.drop(one);
    await clock.advance(LEASE_MS);
    expect(there.asked.at(-1)).toEqual([]);
    await stop();
  });

  it("are a message a claim while the worker is busy: what has ended goes along with what is claimed next", async () => {
    const claims = Array.from({ length: 20 }, (_, c) =>
      Array.from({ length: 100 }, (_, i) => ({ jobId: `job ${c} ${i}`, fence: 1 + (i % 2), tell: () => {} })),
    );
    sent = 0;
    for (const claimed of claims) {
      keeper.hold(claimed, { giveUpInMs: null, ageMs: 0 });
      await clock.settle();
      for (const one of claimed) keeper.drop(one);
      await clock.settle();
    }
    expect(sent).toBe(claims.length);
    const last = { jobId: "last", fence: 7, tell: () => {} };
    keeper.hold([last], { giveUpInMs: null, ageMs: 0 });
    await clock.advance(LEASE_MS);
    expect(there.asked.filter((asked) => asked.length > 0)).not.toEqual([]);
    expect(there.asked.flat().every(({ jobId, fence }) => jobId === "last" && fence === 7)).toBe(true);
    await stop();
  });

  it("have their store opened when the worker is idle for the first time, and else a moment later", async () => {
    hold();
    await clock.settle();
    expect(opened).toBe(0);
    keeper.idle();
    keeper.idle();
    await clock.settle();
    expect(opened).toBe(1);
    await clock.advance(LEASE_MS);
    expect(opened).toBe(1);
    await stop();
  });

  it("are renewed within a third of a lease from the claim on", async () => {
    await clock.advance(LEASE_MS);
    const heldAt = clock.monotonic();
    hold();
    for (let ms = 0; ms <= LEASE_MS / 3 + 1; ms += 500) await clock.advance(500);
    expect(there.asked.at(-1)).toEqual([lease]);
    expect(clock.monotonic() - heldAt).toBeLessThan(LEASE_MS / 2);
    await stop();
  });

  it("that were long asked for when they came are presumed lost in time, whenever the next heartbeat is", async () => {
    await clock.advance(LEASE_MS / 3 + 600);
    there.answer = "fails";
    here.answer = "fails";
    const since = clock.monotonic();
    hold(null, 0.8 * LEASE_MS);
    await clock.advance(0.1 * LEASE_MS);
    expect(news).toEqual([["lost", true, since + 0.1 * LEASE_MS]]);
    await stop();
  });

  it("are not lost while the store of either side can be reached", async () => {
    hold();
    there.answer = "fails";
    await clock.advance(5 * LEASE_MS);
    expect(news).toEqual([]);
    here.answer = "fails";
    there.answer = "held";
    await clock.advance(5 * LEASE_MS);
    expect(news).toEqual([]);
    await stop();
  });

  it("are presumed lost, in time, when both fail", async () => {
    hold();
    there.answer = "fails";
    here.answer = "fails";
    await clock.advance(LEASE_MS);
    expect(news).toEqual([["lost", true, 9_000]]);
    await stop();
  });

  it("are lost when the store of this side says so, and said so only once", async () => {
    hold();
    there.answer = "fails";
    here.answer = "lost";
    await clock.advance(3 * LEASE_MS);
    expect(news).toEqual([["lost", false, expect.any(Number)]]);
    await stop();
  });

  it("are not asked for from here while the thread has no trouble, nor past the time to give up", async () => {
    hold(LEASE_MS);
    await clock.advance(LEASE_MS);
    expect(here.calls).toBe(0);
    there.answer = "fails";
    await clock.advance(2 * LEASE_MS);
    expect(here.calls).toBe(0);
    expect(news).toEqual([["lost", true, expect.any(Number)]]);
    await stop();
  });

  it("a call from here that hangs is not piled up on", async () => {
    hold();
    there.answer = "fails";
    here.answer = "hangs";
    await clock.advance(LEASE_MS);
    expect(here.calls).toBe(1);
    await stop();
  });

  it("are asked for out of turn when something may have happened, at most four times a second", async () => {
    hold();
    await clock.advance(2_000);
    const before = there.calls;
    for (let i = 0; i < 100; i++) {
      keeper.beatSoon();
      await clock.advance(10);
    }
    expect(there.calls - before).toBeGreaterThanOrEqual(1);
    expect(there.calls - before).toBeLessThanOrEqual(5);
    there.answer = "cancelRequested";
    keeper.beatSoon();
    await clock.advance(300);
    expect(news).toEqual([["cancelRequested", false, expect.any(Number)]]);
    await stop();
  });
});

describe("the store of the thread", () => {
  const address = { url: "postgres://h/d", options: { schema: "s", maxConnections: 20, statementTimeoutMs: 60_000 } };

  it("has a second connection, and a statement may take a third of a lease", () => {
    expect(threadOptions(address, 30_000)).toEqual({
      schema: "s",
      migrate: "off",
      maxConnections: 2,
      statementTimeoutMs: 10_000,
    });
  });

  it("is no more patient than it was asked to be", () => {
    const impatient = { ...address, options: { statementTimeoutMs: 500 } };
    expect(threadOptions(impatient, 30_000)).toMatchObject({ statementTimeoutMs: 500 });
  });

  it("is given no option of PostgreSQL when its statements have no time limit", () => {
    const sqlite = { url: "sqlite:jobs.db", options: { synchronous: "FULL" } };
    expect(threadOptions(sqlite, 30_000)).toEqual({ synchronous: "FULL", migrate: "off" });
  });
});
