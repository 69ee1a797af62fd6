/** A job that comes alone into an idle line of SQLite: it is taken from where it came, and nothing else changes. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Claim, ClaimRequest, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, failed, World } from "../../src/testing/store-suite/world.js";
import { countingDatabase, newPath, openStore } from "./sqlite-tools.js";

let clock: FakeClock;
let store: Store;
let world: World;
let ran: Map<string, number>;

/** As a worker asks: again and again for the same. */
const REQUEST: ClaimRequest = { workerId: "w", kinds: ["kind"], queues: null, limit: 10, leaseMs: 30_000 };
const look = (request: ClaimRequest = REQUEST): Promise<Claim> => store.claim(request);
const idsOf = ({ jobs }: Claim): string[] => jobs.map(({ jobId }) => jobId);
/** Another process adds a job: this connection learns nothing of it. */
const add = (parts: Parameters<World["add"]>[0] = {}): Promise<string> => world.add({ kind: "kind", ...parts });

/** The lanes are known, and nothing stands in them. */
async function idle(request: ClaimRequest = REQUEST): Promise<void> {
  for (const queue of ["queue", "default"]) await add({ queue });
  for (const job of (await look(request)).jobs) await world.settle(job, COMPLETED);
  expect((await look(request)).jobs).toEqual([]);
}

/** The claim, and whether it did without a look at the lanes, for which it then asks. */
async function watched(request: ClaimRequest = REQUEST): Promise<{ claim: Claim; isLone: boolean }> {
  ran.clear();
  const claim = await look(request);
  return { claim, isLone: claim.nextDueInMs === 20 };
}

beforeEach(async () => {
  const counted = countingDatabase();
  clock = new FakeClock();
  ran = counted.ran;
  store = await openStore({ path: newPath(), clock, database: counted.database, watch: false });
  world = new World(store, clock);
});

describe("a job that comes alone into an idle line", () => {
  it("costs a look at each lane, its claim and its count, and is told as any other", async () => {
    const parts = { owner: "ann", payload: '{"a":"é"}', metadata: '{"m":1}', maxAttempts: 7 };
    await idle();
    await look({ ...REQUEST, kinds: ["nothing"] });
    await add(parts);
    const fromTheLane = (await look()).jobs[0]!;
    await world.settle(fromTheLane, COMPLETED);
    await look();
    const jobId = await add(parts);
    const { claim } = await watched();
    // A look for each of the two lanes.
    expect(Object.fromEntries(ran)).toEqual({ begin: 1, select: 2, update: 2, commit: 1 });
    expect(claim.jobs).toEqual([{ ...fromTheLane, jobId }]);
    expect(await world.events(jobId)).toEqual(["enqueue", "claim"]);
    await world.settle(claim.jobs[0]!, failed({ retryInMs: 0 }));
    expect((await look()).jobs).toMatchObject([{ jobId, attempt: 2, fence: 2 }]);
  });

  it("is counted in its lane once, like any other", async () => {
    await idle();
    for (let i = 0; i < 3; i++) {
      await add();
      const { claim, isLone } = await watched();
      expect(isLone).toBe(true);
      await world.settle(claim.jobs[0]!, COMPLETED);
      await look();
    }
    expect(await store.counts({})).toMatchObject({ completed: 5, processing: 0, pending: 0 });
  });

  it("is followed by a look at the lanes, which comes soon", async () => {
    await idle();
    await add();
    const { claim, isLone } = await watched();
    expect(isLone).toBe(true);
    expect(claim.nextDueInMs).toBeLessThanOrEqual(20);
    await add();
    const second = await watched();
    expect(second.claim.jobs).toHaveLength(1);
    expect(second.isLone).toBe(false);
    expect(second.claim.nextDueInMs).toBeNull();
  });

  it.each<[string, (add: World["add"]) => Promise<unknown>]>([
    ["another is in line with it", (add) => add()],
    ["another is in another lane", (add) => add({ queue: "default" })],
    ["another came by the index of the line", (add) => add({ priority: 3 })],
    ["one that nobody here takes is in that index", (add) => add({ kind: "other", priority: 3 })],
  ])("is taken from its lane when %s", async (_, before) => {
    await idle();
    await before((parts) => add(parts));
    await add();
    const { claim, isLone } = await watched();
    expect(isLone).toBe(false);
    expect(claim.jobs.every(({ kind }) => kind === "kind")).toBe(true);
    expect(claim.jobs.length).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<World["add"]>[0]]>([
    ["of a kind that is not asked for", { kind: "other" }],
    ["in a queue that is not asked for", { queue: "elsewhere" }],
    ["that has expired", { expiresInMs: 1_000 }],
  ])("stays where it is when it is one %s", async (_, parts) => {
    const request = { ...REQUEST, queues: ["queue", "default"] };
    await idle(request);
    await add(parts);
    await clock.advance(1_500);
    expect((await look(request)).jobs).toEqual([]);
    expect((await look(request)).jobs).toEqual([]);
  });

  it("stays where it is when its queue was paused since", async () => {
    await idle();
    const jobId = await add();
    await store.pauseQueue("queue", "ann");
    expect((await look()).jobs).toEqual([]);
    await store.resumeQueue("queue", "ann");
    expect(idsOf(await look())).toEqual([jobId]);
  });

  it("leaves it behind the front of its lane, so that nobody comes by it again", async () => {
    await idle();
    const first = await add();
    const { claim } = await watched();
    expect(idsOf(claim)).toEqual([first]);
    await look();
    const second = await add();
    const next = await watched();
    expect([next.isLone, idsOf(next.claim)]).toEqual([true, [second]]);
  });

  it("waits in its place when its key is full", async () => {
    await idle();
    const key = { concurrencyKey: "k", concurrencyLimit: 1 };
    await add(key);
    const [held] = (await look()).jobs;
    await look();
    const jobId = await add(key);
    expect((await look()).jobs).toEqual([]);
    await world.settle(held!, COMPLETED);
    expect(idsOf(await look())).toEqual([jobId]);
  });

  it("comes after what has come due meanwhile and is more urgent", async () => {
    await idle();
    const urgent = await add({ priority: -5, runAt: { inMs: 1_000 } });
    expect(await look()).toEqual({ jobs: [], nextDueInMs: 1_000 });
    await clock.advance(1_000);
    const jobId = await add();
    expect(idsOf(await look())).toEqual([urgent, jobId]);
  });

  it("does not hide what was added with a delay in the same moment", async () => {
    await idle();
    await add();
    const delayed = await add({ runAt: { inMs: 50 } });
    expect((await look()).nextDueInMs).toBeLessThanOrEqual(20);
    expect((await look()).nextDueInMs).toBe(50);
    await clock.advance(50);
    expect(idsOf(await look())).toEqual([delayed]);
  });

  it("is left to the lanes when there is room for one job only, or somebody else asks", async () => {
    await idle();
    await add();
    expect((await watched({ ...REQUEST, limit: 1 })).isLone).toBe(false);
    await look();
    await add();
    expect((await watched({ ...REQUEST, kinds: ["kind", "other"] })).isLone).toBe(false);
  });
});
