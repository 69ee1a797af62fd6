/** A job that an idle claimer hears of alone: it is taken by its id, and whatever else there is stays as it was. */
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Claim, Hint, HintInterest, Store } from "../../src/core/store.js";
import { Hints } from "../../src/stores/postgres/hints.js";
import { Lanes } from "../../src/stores/postgres/lanes.js";
import { LoneJobs } from "../../src/stores/postgres/lone-jobs.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, failed, LEASE_MS, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";
import { tapStatements } from "../support/postgres-tap.js";

let pool: pg.Pool;
let store: Store;
let world: World;
let clock: FakeClock;
let schema = "";
/** The names of the claims sent since a test began to count. */
let sent: string[] = [];

beforeEach(async () => {
  schema = schemaName();
  pool = new pg.Pool({ connectionString: postgresUrl(), max: 4 });
  tapStatements(pool, (name) => {
    if (name.startsWith("claim")) sent.push(name);
  });
  clock = new FakeClock();
  store = await postgresStore({ pool, schema, listen: false, clock });
  world = new World(store, clock);
});
afterEach(async () => {
  await store.close();
  await pool.end();
});
afterAll(dropSchemas);

const look = (parts: Parameters<World["claim"]>[0] = {}): Promise<Claim> => world.claim({ limit: 10, ...parts });
/** The claimer has found its lines empty. */
const idle = async (): Promise<void> => {
  await look();
  sent = [];
};
const idsOf = ({ jobs }: Claim): string[] => jobs.map(({ jobId }) => jobId);

describe("a job heard of alone", () => {
  it("is taken by its id, with all that a claim tells of a job", async () => {
    const parts = { owner: "ann", priority: -3, payload: '{"a":"é"}', metadata: '{"m":1}', maxAttempts: 7 };
    const fromTheLine = await world.running(parts);
    await world.settle(fromTheLine, COMPLETED);
    await idle();
    const jobId = await world.add(parts);
    const claim = await look();
    expect(sent).toEqual(["claimLone"]);
    expect(claim).toEqual({ jobs: [{ ...fromTheLine, jobId }], nextDueInMs: null });
    expect(await world.events(jobId)).toEqual(["enqueue", "claim"]);
    await world.settle(claim.jobs[0]!, failed({ retryInMs: 0 }));
    expect((await look()).jobs).toMatchObject([{ jobId, attempt: 2, fence: 2 }]);
  });

  it("L2 is taken back when nobody is ever heard of it again, though no row of its claim says so", async () => {
    await idle();
    const jobId = await world.add();
    expect(idsOf(await look())).toEqual([jobId]);
    expect((await pool.query(`select 1 from "${schema}".claims`)).rows).toEqual([]);
    expect((await store.sweep(10)).rescued).toEqual([]);
    expect((await world.lose(LEASE_MS)).rescued).toMatchObject([{ jobId, to: "retrying" }]);
  });

  it("is told with the time that the next job is due, as it was seen before", async () => {
    await world.add({ runAt: { inMs: 5_000 } });
    await idle();
    await clock.advance(2_000);
    const jobId = await world.add();
    expect(await look()).toMatchObject({ jobs: [{ jobId }], nextDueInMs: 3_000 });
    expect(sent).toEqual(["claimLone"]);
  });

  it("is looked for in the lines when it is not there to be taken by its id", async () => {
    await idle();
    await world.add({ kind: "other" });
    expect(idsOf(await look())).toEqual([]);
    await world.add({ runAt: { inMs: 1_000 } });
    expect(await look()).toEqual({ jobs: [], nextDueInMs: 1_000 });
    const taken = await world.add();
    await world.claimOne({ workerId: "w2" });
    expect(idsOf(await look())).toEqual([]);
    const keyed = await world.add({ concurrencyKey: "k", concurrencyLimit: 1 });
    expect(idsOf(await look())).toEqual([keyed]);
    expect(sent.filter((name) => name === "claimLone")).toHaveLength(4);
    expect(taken).not.toBe(keyed);
  });

  it("waits in a paused queue, and runs when that goes on", async () => {
    await idle();
    await store.pauseQueue("queue", "user:op");
    await idle();
    const jobId = await world.add();
    expect(idsOf(await look())).toEqual([]);
    await store.resumeQueue("queue", "user:op");
    expect(idsOf(await look())).toEqual([jobId]);
  });
});

describe("the lines are looked at", () => {
  it("when two jobs were heard of, in the order of the line", async () => {
    await idle();
    const [later, first] = [await world.add(), await world.add({ priority: -1 })];
    expect(idsOf(await look())).toEqual([first, later]);
    expect(sent).toEqual(["claim"]);
  });

  it("when there is room for one only, as another may stand in front", async () => {
    await idle();
    const jobId = await world.add();
    expect(idsOf(await look({ limit: 1 }))).toEqual([jobId]);
    expect(sent).toEqual(["claim"]);
  });

  it("by whoever asks for other kinds or other queues than before", async () => {
    await idle();
    const jobId = await world.add({ queue: "q" });
    expect(idsOf(await look({ queues: ["q"] }))).toEqual([jobId]);
    const other = await world.add({ kind: "other" });
    expect(idsOf(await look({ kinds: ["kind", "other"], queues: ["queue"] }))).toEqual([other]);
    expect(sent).toEqual(["claim", "claim"]);
  });

  it("when a second has gone by with jobs taken by their ids: what was not heard of waits there", async () => {
    await idle();
    const elsewhere = await postgresStore({ pool, schema, listen: false, clock, migrate: "off" });
    const unheard = world.newJob();
    await elsewhere.enqueue([unheard]);
    await elsewhere.close();
    const jobId = await world.add();
    expect(idsOf(await look())).toEqual([jobId]);
    await clock.advance(1_001);
    const next = await world.add();
    expect(idsOf(await look())).toEqual([unheard.jobId, next]);
    expect(sent).toEqual(["claimLone", "claim"]);
  });
});

it("a notice says when jobs merely began, and that of an end goes along with it as an end", async () => {
  const heard: Hint[] = [];
  const none = (): void => {};
  const there = new Hints({ channel: "c", origin: "there", send: null, onHint: none });
  there.add((hint) => heard.push(hint));
  const noteOf = (tell: (here: Hints) => void, began: boolean): void => {
    const here = new Hints({ channel: "c", origin: "here", send: async () => {}, onHint: none });
    tell(here);
    there.receive(here.carry({ waiting: false, jobs: ["a"], began })!.payload);
    here.close();
  };
  noteOf(none, true);
  noteOf((here) => here.tellSoon({ waiting: false, jobs: ["a"], began: true }), false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([
    { waiting: false, jobs: ["a"], began: true },
    { waiting: false, jobs: ["a"], began: false },
  ]);
});

it("what is remembered of claimers is bounded", () => {
  const lone = new LoneJobs(clock);
  const request = (workerId: string) => ({ workerId, kinds: ["k"], queues: null, limit: 2, leaseMs: 1 });
  for (let i = 0; i <= 100; i++) {
    lone.looks(request(`w${i}`));
    lone.foundAll(request(`w${i}`), null);
  }
  lone.heard({ waiting: true, jobs: ["a"] });
  const known = Array.from({ length: 101 }, (_, i) => lone.next(request(`w${i}`)));
  expect(known.filter((one) => one !== null)).toEqual([{ jobId: "a", nextDueInMs: null }]);
});

it("is asked for among the lanes of its claimer's kinds and queues, those met meanwhile too", () => {
  const lanes = new Lanes();
  lanes.metByName({ 1: ["q", "a"], 2: ["q", "b"] });
  const kinds = ["a"];
  expect(lanes.within(kinds, null)).toEqual([1]);
  lanes.metByName({ 1: ["q", "a"], 3: ["r", "a"] });
  expect([lanes.within(kinds, null), lanes.within(kinds, ["r"]), lanes.within(["c"], null)]).toEqual([[1, 3], [3], []]);
});

it("news that only workers want, or only those who follow jobs, go to channels of their own, and a mixture to all", async () => {
  const sentTo: string[] = [];
  const send = (note: { channel: string }): Promise<void> => {
    sentTo.push(note.channel);
    return Promise.resolve();
  };
  const there = new Hints({ channel: "c", origin: "there", send, onHint: () => {} });
  expect(there.channels).toEqual([]);
  const channelsOf = (interest?: HintInterest): readonly string[] => {
    const remove = there.add(() => {}, interest);
    const { channels } = there;
    remove();
    return channels;
  };
  expect(channelsOf("work")).toEqual(["c", "c_new"]);
  expect(channelsOf("known")).toEqual(["c", "c_over"]);
  expect(channelsOf()).toEqual(["c", "c_new", "c_over"]);
  const news = { waiting: true, jobs: ["a"] };
  expect(there.carry(news, "new")!.channel).toBe("c_new");
  // These two go out together, when the first message is some time ago.
  there.tell(news, "new");
  there.tell({ waiting: false, jobs: ["b"] }, "over");
  while (sentTo.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 10));
  there.tell({ waiting: false, jobs: ["b"] }, "over");
  expect(sentTo).toEqual(["c", "c_over"]);
  there.close();
});

it("a process that only follows jobs hears how they end, and is not woken by new ones", async () => {
  const [follower, worker] = await Promise.all(
    [1, 2].map(() => postgresStore({ url: postgresUrl(), schema, migrate: "off" })),
  );
  const heard: Record<"known" | "work", Hint[]> = { known: [], work: [] };
  follower!.subscribe((hint) => heard.known.push(hint), "known");
  worker!.subscribe((hint) => heard.work.push(hint), "work");
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await until(() => heard.known.length > 0 && heard.work.length > 0);
  heard.known = [];
  heard.work = [];
  const here = await postgresStore({ url: postgresUrl(), schema, migrate: "off" });
  const job = world.newJob();
  await here.enqueue([job]);
  await until(() => heard.work.length > 0);
  const [claimed] = (await here.claim({ workerId: "w", kinds: ["kind"], queues: null, limit: 5, leaseMs: LEASE_MS }))
    .jobs;
  await here.settle([{ jobId: job.jobId, fence: claimed!.fence, outcome: COMPLETED }]);
  await until(() => heard.known.some(({ began }) => began !== true));
  expect(heard.work).toEqual([{ waiting: true, jobs: [job.jobId], began: false }]);
  expect(heard.known.every(({ waiting }) => !waiting)).toBe(true);
  await Promise.all([follower!.close(), worker!.close(), here.close()]);
});
