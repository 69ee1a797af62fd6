/** The memory store against the contract, and what is its own: bounds, no transactions, nothing left behind. */
import { describe, expect, it } from "vitest";
import { isWaymarkError } from "../../src/core/errors.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock, testStore, testStoreModel } from "../../src/testing/index.js";
import { World } from "../../src/testing/store-suite/world.js";
import { auditStore } from "../support/audit-store.js";

testStore("memory", async (clock) => memoryStore({ clock }));
testStoreModel("memory", async (clock) => memoryStore({ clock }), { runs: 120, audit: auditStore });

function bounded(maxJobs: number): World {
  const clock = new FakeClock();
  return new World(memoryStore({ clock, maxJobs }), clock);
}

describe("memory store, bounds", () => {
  it("A3 refuses with full when every job is unfinished, and takes jobs again when one has ended", async () => {
    const world = bounded(3);
    const ids = [await world.add(), await world.add(), await world.add({ runAt: { inMs: 5 } })];
    expect(await world.enqueue(world.newJob())).toEqual({ answer: "full", limit: 3 });
    await world.cancel(ids[0] as string);
    await world.add();
    expect(await world.enqueue(world.newJob())).toEqual({ answer: "full", limit: 3 });
    expect(Object.values(await world.store.counts({})).reduce((a, b) => a + b)).toBe(3);
  });

  it("D6 makes room by evicting finished jobs only, oldest first, and leaves their tombstones", async () => {
    const world = bounded(4);
    const live = await world.add({ kind: "live" });
    const ended: string[] = [];
    for (let i = 0; i < 3; i++) {
      const jobId = await world.add();
      await world.cancel(jobId);
      ended.push(jobId);
      await world.clock.advance(1);
    }
    await world.add();
    expect(await world.find(ended[0] as string)).toMatchObject({ status: "cancelled", purgedAt: world.clock.now() });
    expect(await world.status(ended[1] as string)).toBe("cancelled");
    await world.add();
    await world.add();
    expect(await world.status(live)).toBe("pending");
    expect(await world.enqueue(world.newJob())).toEqual({ answer: "full", limit: 4 });
  });

  it("A9 keeps no more tombstones than jobs", async () => {
    const world = bounded(2);
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) {
      ids.push(await world.add());
      await world.cancel(ids.at(-1) as string);
    }
    const found = await world.store.read({ jobIds: ids, view: "status" });
    expect(found.map((job) => (job === null ? "gone" : "purgedAt" in job ? "tombstone" : "job"))).toEqual([
      "gone",
      "gone",
      "tombstone",
      "tombstone",
      "job",
      "job",
    ]);
  });

  it("A3 a batch that does not fit is created as far as there is room", async () => {
    const world = bounded(2);
    const answers = await world.store.enqueue([world.newJob(), world.newJob(), world.newJob()]);
    expect(answers.map((answer) => answer.answer)).toEqual(["created", "created", "full"]);
  });

  it("refuses a bound that is not a whole number of at least 1", () => {
    for (const maxJobs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => memoryStore({ maxJobs })).toThrow(expect.objectContaining({ code: "invalid_option" }));
    }
  });
});

describe("memory store", () => {
  it("says that it is not durable and cannot be opened elsewhere", () => {
    expect(memoryStore()).toMatchObject({ name: "memory", durable: false, address: null });
  });

  it("cannot join a transaction, says so, and creates nothing", async () => {
    const world = bounded(10);
    const job = world.newJob();
    const enqueue = async () => world.store.enqueue([job], {});
    const thrown = await enqueue().catch((error: unknown) => error);
    expect(isWaymarkError(thrown, "transaction_not_supported")).toBe(true);
    expect(await world.find(job.jobId)).toBeNull();
  });

  it("D5 leaves no timer behind", async () => {
    const world = bounded(10);
    await world.settle(await world.running(), { type: "snoozed", inMs: 5 });
    expect(world.clock.waiting).toBe(0);
  });

  it("leaves everybody else their turns of the event loop while callers enqueue one job after the other", async () => {
    const world = bounded(10_000);
    let turned = false;
    setImmediate(() => (turned = true));
    let enqueued = 0;
    const caller = async (): Promise<void> => {
      for (; !turned && enqueued < 5_000; enqueued++) await world.store.enqueue([world.newJob()]);
    };
    await Promise.all(Array.from({ length: 100 }, caller));
    expect(turned).toBe(true);
    expect(enqueued).toBeLessThan(2_000);
  });

  it("tells hints after the caller has its answer", async () => {
    const world = bounded(10);
    const order: string[] = [];
    world.store.subscribe(() => order.push("hint"));
    const answered = world.store.enqueue([world.newJob()]);
    order.push("called");
    await answered;
    await world.clock.settle();
    expect(order).toEqual(["called", "hint"]);
  });

  it("is not changed by what callers do to objects they gave or got", async () => {
    const world = bounded(10);
    const worker = { workerId: "w", host: "h", pid: 1, kinds: ["kind"], queues: ["queue"], concurrency: 1, running: 0 };
    await world.store.extend({ worker: { ...worker, accepting: true }, leaseMs: 1_000, leases: [] });
    worker.kinds.push("more");
    const [known] = await world.store.workers();
    (known!.kinds as string[]).push("more");
    expect((await world.store.workers())[0]?.kinds).toEqual(["kind"]);
    const stages = [{ name: "a", weight: 1 }];
    await world.store.saveKinds([{ kind: "k", stages, targetMs: null }]);
    stages.push({ name: "b", weight: 2 });
    expect((await world.store.kinds())[0]?.stages).toEqual([{ name: "a", weight: 1 }]);
  });
});
