/** How many statements the PostgreSQL store sends for what it is asked, and which of them wait for which. */
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineJob, openWaymark } from "waymark";
import type { JobRecord } from "../../src/core/job.js";
import type { CallbackRequest, ClaimedJob, Settlement, Store } from "../../src/core/store.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { WORKER } from "../../src/testing/store-suite/reads.js";
import { CANCELLED, COMPLETED, failed, type NewJobParts, World } from "../../src/testing/store-suite/world.js";
import { idleWorker } from "../support/idle-worker.js";
import { LIVES, type Life } from "../support/lives.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";
import { tapStatements } from "../support/postgres-tap.js";

let pool: pg.Pool;
let store: Store;
let world: World;
let schema = "";
/** The names of the statements since a test began to count. */
let sent: string[] = [];

/** Opens a store on a pool that writes down what is sent through it. */
const open = async (max: number): Promise<void> => {
  schema = schemaName();
  pool = new pg.Pool({ connectionString: postgresUrl(), max });
  tapStatements(pool, (name) => sent.push(name));
  store = await postgresStore({ pool, schema, listenUrl: postgresUrl() });
  world = new World(store, new FakeClock());
};

beforeEach(() => open(4));
afterEach(async () => {
  await store.close();
  await pool.end();
});
afterAll(dropSchemas);

/** Lanes are told once a process, and news are not sent within two milliseconds of the last. */
const rested = async (): Promise<void> => {
  await world.add();
  await pool.query({ name: "waymark_pause_", text: "select pg_sleep(0.05)" });
  sent = [];
};

const thousand = () => Array.from({ length: 1_000 }, () => world.newJob());
const completions = (jobs: readonly { jobId: string; fence: number }[]): Settlement[] =>
  jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: COMPLETED }));
const without = (name: string) => sent.filter((one) => one !== name);

describe("statements", () => {
  it("a lone enqueue is one statement, which tells other processes as well", async () => {
    await rested();
    await world.add();
    await pool.query({ name: "waymark_pause_", text: "select pg_sleep(0.05)" });
    expect(sent).toEqual(["enqueueLone", "pause"]);
  });

  it("a thousand callers that enqueue at once share one statement", async () => {
    await rested();
    await Promise.all(thousand().map(async (job) => store.enqueue([job])));
    expect(without("notify")).toEqual(["enqueueAlike"]);
  });

  it("jobs of two sorts are one statement too, of more columns", async () => {
    await rested();
    await Promise.all([store.enqueue([world.newJob()]), store.enqueue([world.newJob({ priority: 5 })])]);
    expect(without("notify")).toEqual(["enqueue"]);
  });

  it("the whole life of a thousand jobs is three statements", async () => {
    await rested();
    await store.enqueue(thousand());
    const { jobs } = await world.claim({ limit: 1_000 });
    await store.settle(completions(jobs));
    expect(without("notify").filter((name) => name !== "promote")).toEqual(["enqueueAlike", "claim", "complete"]);
    expect(sent.filter((name) => name === "notify").length).toBeLessThanOrEqual(3);
  });

  it.each<[Life, number]>([
    ["plain", 3],
    ["with keys of all three sorts", 6],
    ["delayed", 3],
    ["tried twice", 5],
    ["reporting progress once", 4],
  ])("the whole life of a thousand jobs %s is at most %i statements", async (life, most) => {
    await rested();
    await world.claim({ limit: 1_000 });
    sent = [];
    await LIVES[life](world);
    const counted = without("notify").filter((name) => name !== "promote");
    expect(counted.length, counted.join(" ")).toBeLessThanOrEqual(most);
  });

  it("the whole life of a lone job is four statements: enqueue, claim, completion, and one read of whoever awaits it", async () => {
    const waymark = await openWaymark({ store });
    const job = defineJob({ kind: "lone" });
    const worker = waymark.work([job.handle(() => 1)]);
    const lives: string[][] = [];
    // Not each: the first ones come before anything is heard, and a busy machine may take longer than a look is put off.
    for (let i = 0; i < 30; i++) {
      sent = [];
      await waymark.tracker.awaitCompletion(await waymark.enqueue(job, {}));
      lives.push(without("notify"));
    }
    expect(lives).toContainEqual(["enqueueLone", "claimLone", "completeLone", "readEnded"]);
    await worker.stop();
    await waymark.close();
  });

  it("a callback is a transaction of its own, whatever it tells: a lock, a look, what it does, and its record", async () => {
    const { jobId, fence } = await world.running();
    const call = async (seq: number, effect: CallbackRequest["effect"]): Promise<string[]> => {
      sent = [];
      const request = { jobId, fence, id: `call-${seq}`, seq, effect, leaseMs: 30_000 };
      expect(await store.callback([request])).toMatchObject([{ applied: true }]);
      return without("notify");
    };
    const around = (...does: string[]) => [
      "begin",
      "holdForCallback",
      "callbackKnown",
      ...does,
      "addCallback",
      "commit",
    ];
    expect(await call(1, { type: "started" })).toEqual(around("extend"));
    expect(await call(2, { type: "progress", report: { percent: 50 } })).toEqual(around("report", "extend"));
    expect(await call(3, { type: "settle", outcome: COMPLETED })).toEqual(around("completeLone"));
  });

  it("a callback that was told before is a lock and two looks, and writes nothing", async () => {
    const { jobId, fence } = await world.running();
    const request = { jobId, fence, id: "once", seq: 1, effect: { type: "started" }, leaseMs: 30_000 } as const;
    await store.callback([request]);
    sent = [];
    expect(await store.callback([request])).toMatchObject([{ applied: false, reason: "duplicate" }]);
    expect(without("notify")).toEqual(["begin", "holdForCallback", "callbackKnown", "trail", "commit"]);
  });

  it("a lone ending that is not plain is told to other processes by the second statement that it takes", async () => {
    const lease = await world.running();
    await world.cancel(lease.jobId);
    await rested();
    const elsewhere = await postgresStore({ url: postgresUrl(), schema });
    const heard = new Set<string>();
    let hears = false;
    elsewhere.subscribe(({ jobs }) => {
      if (jobs === "any") hears = true;
      else for (const jobId of jobs) heard.add(jobId);
    });
    while (!hears) await new Promise((resolve) => setTimeout(resolve, 5));
    sent = [];
    expect(await world.settle(lease, COMPLETED)).toMatchObject({ answer: "settled", status: "completed" });
    while (!heard.has(lease.jobId)) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sent).toEqual(["completeLone", "completeAny"]);
    await elsewhere.close();
  });

  it("an idle worker of fifty queues sends no thirty statements a minute", async () => {
    const clock = new FakeClock();
    await store.close();
    store = await postgresStore({ pool, schema, listen: false, clock });
    const idle = await idleWorker(store, clock);
    sent = [];
    await idle.turn(60_000);
    const kinds = [...new Set(sent)].sort();
    expect(kinds).toEqual(["claim", "overdue", "saveWorker"]);
    expect(sent.length).toBeLessThan(30);
    await idle.stop();
  });

  it("a sweep that finds nothing is one statement", async () => {
    await world.running();
    await rested();
    await store.sweep(100);
    expect(without("notify")).toEqual(["overdue"]);
  });

  it("completions with different fences and different results are one statement too", async () => {
    const first = await world.running();
    await world.settle(first, { type: "released" });
    await store.enqueue(Array.from({ length: 9 }, () => world.newJob()));
    const { jobs } = await world.claim({ limit: 10 });
    expect(new Set(jobs.map(({ fence }) => fence))).toEqual(new Set([1, 2]));
    sent = [];
    await store.settle(
      jobs.map(({ jobId, fence }, i) => ({
        jobId,
        fence,
        outcome: { type: "completed", result: i === 0 ? null : JSON.stringify(`"${i}\u0000\\`) },
      })),
    );
    expect(without("notify")).toEqual(["complete"]);
    const read = await store.read({ jobIds: jobs.map(({ jobId }) => jobId), view: "full" });
    expect(read.map((job) => (job && "result" in job ? job.result : "?"))).toEqual(
      jobs.map((_, i) => (i === 0 ? null : JSON.stringify(`"${i}\u0000\\`))),
    );
  });

  it.each([
    ["status", "readStatus"],
    ["info", "readInfo"],
  ] as const)("a thousand reads of the view %s at once are two statements, side by side", async (view, statement) => {
    const jobs = thousand();
    await store.enqueue(jobs);
    sent = [];
    await Promise.all(jobs.map(({ jobId }) => store.read({ jobIds: [jobId], view })));
    expect(without("notify")).toEqual([statement, statement]);
  });

  it("B10 one read is one statement; a place in line costs a second one only when somebody began to work there", async () => {
    const jobId = await world.add();
    const beat = (accepting: boolean) =>
      store.extend({ worker: { ...WORKER, accepting }, leaseMs: 30_000, leases: [] });
    const ahead = async () => ((await store.read({ jobIds: [jobId], view: "info" }))[0] as JobRecord).waiting?.ahead;
    await store.read({ jobIds: [jobId], view: "info" });
    sent = [];
    expect(await ahead()).toBeNull();
    await beat(true);
    for (let i = 0; i < 2; i++) expect(await ahead()).toBe(0);
    await beat(false);
    for (let i = 0; i < 2; i++) expect(await ahead()).toBeNull();
    const reads = sent.filter((name) => name.startsWith("read"));
    expect(reads).toEqual(["readOne", "readOne", "readPlaced", "readPlaced", "readPlaced", "readPlain"]);
    await beat(true);
    await ahead();
    await world.claim({ limit: 1 });
    sent = [];
    for (let i = 0; i < 3; i++) await store.read({ jobIds: [jobId], view: "info" });
    const polls = sent.filter((name) => name.startsWith("read"));
    expect(polls, "one that is polled waits no more").toEqual(["readPlaced", "readOne", "readOne"]);
  });

  it.each<[string, NewJobParts, (job: ClaimedJob) => Promise<unknown>]>([
    ["completed", {}, (job) => world.settle(job, COMPLETED)],
    ["failed, and has an owner", { owner: "ann", priority: -3 }, (job) => world.settle(job, failed())],
    [
      "was cancelled, and has metadata",
      { metadata: '{"m":"a,b"}' },
      async (job) => {
        await world.cancel(job.jobId);
        await world.settle(job, CANCELLED);
      },
    ],
    [
      "told how far it was, and had five tries",
      { maxAttempts: 5, uniqueKey: "one", expiresInMs: 60_000 },
      async (job) => {
        await world.report(job, { percent: 40, stage: "ship", message: 'a "b"' });
        await world.settle(job, COMPLETED);
      },
    ],
  ])(
    "B10 the end of a job that %s is read by its key when it was heard of, and told alike ever after",
    async (_, parts, end) => {
      const job = await world.running(parts);
      await end(job);
      sent = [];
      const look = () => store.read({ jobIds: [job.jobId], view: "info" });
      const [told, again] = [await look(), await look()];
      expect(sent.filter((name) => name.startsWith("read"))).toEqual(["readEnded", "readOne"]);
      expect({ ...told[0], readAt: 0 }).toEqual({ ...again[0], readAt: 0 });
    },
  );

  it("what was heard of a job and was not its end costs whoever reads it one look more, and reports of progress none", async () => {
    const job = await world.running();
    const look = () => store.read({ jobIds: [job.jobId], view: "info" });
    await world.report(job, { percent: 40 });
    sent = [];
    expect(await look()).toMatchObject([{ status: "processing" }]);
    await world.cancel(job.jobId);
    expect(await look()).toMatchObject([{ status: "processing" }]);
    await look();
    const reads = sent.filter((name) => name.startsWith("read"));
    expect(reads).toEqual(["readOne", "readEnded", "readOne", "readOne"]);
  });

  it("E2 the end of somebody else's job is not told, though it was heard of", async () => {
    const job = await world.running({ owner: "ann" });
    await world.settle(job, COMPLETED);
    expect(await store.read({ jobIds: [job.jobId], view: "info", owner: "bob" })).toEqual([null]);
  });

  it("B6 whoever polls a waiting job reads its one row; when it moves, and for somebody else, all is looked at again", async () => {
    const jobId = await world.add({ owner: "ann" });
    const look = async (owner: string) => (await store.read({ jobIds: [jobId], view: "info", owner }))[0];
    sent = [];
    const looks = [];
    for (let i = 0; i < 5; i++) looks.push({ ...(await look("ann")), readAt: 0 });
    for (const told of looks) expect(told).toEqual(looks[0]);
    expect(await look("bob")).toBeNull();
    for (let i = 0; i < 4; i++) await look("ann");
    await world.claim({ limit: 1 });
    for (let i = 0; i < 2; i++) expect(await look("ann")).toMatchObject({ status: "processing", attempt: 1 });
    const reads = sent.filter((name) => name.startsWith("read"));
    expect(reads).toEqual([
      ...["readOne", "readOne", "readOne", "readPlain", "readPlain"],
      ...["readPlain", "readOne"],
      ...["readOne", "readOne", "readOne", "readPlain"],
      ...["readPlain", "readOne", "readOne"],
    ]);
  });

  it("claims ask for keys in a statement of their own only once a job had one", async () => {
    await rested();
    await world.claim({ limit: 10 });
    expect(sent).toContain("claim");
    expect(sent).not.toContain("claimKeyed");
    await world.add({ concurrencyKey: "key", concurrencyLimit: 1 });
    sent = [];
    expect((await world.claim({ limit: 10 })).jobs).toHaveLength(1);
    await world.claim({ limit: 10 });
    expect(without("notify").filter((name) => name !== "promote")).toEqual([
      "claimLone",
      "claim",
      "claimKeyed",
      "claimKeyed",
    ]);
  });
});

describe("connections", () => {
  it("A1 L2 a worker of fifty handlers works over a pool of two: every job is told to be done, and none is lost on the way", async () => {
    const waymark = await openWaymark({
      store: await postgresStore({ url: postgresUrl(), schema, maxConnections: 2 }),
    });
    const job = defineJob({ kind: "wide", maxAttempts: 1 });
    const jobs = await waymark.enqueueMany(
      job,
      Array.from({ length: 500 }, () => null),
    );
    const handler = job.handle(async (_, ctx) => {
      void ctx.progress(50);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return null;
    });
    const worker = waymark.work([handler], { concurrency: 50, leaseMs: 2_000 });
    await Promise.all(jobs.map(({ jobId }) => waymark.tracker.awaitCompletion(jobId)));
    await worker.stop();
    expect(await waymark.store.counts({ kind: "wide" })).toMatchObject({ completed: 500, failed: 0 });
    await waymark.close();
  });

  it("heartbeats and endings wait for no enqueue that a lock holds up, with a pool of two", async () => {
    await store.close();
    await pool.end();
    await open(2);
    const [held, ended] = [await world.running(), await world.running()];
    const other = new pg.Client(postgresUrl());
    await other.connect();
    await other.query("begin");
    await store.enqueue([world.newJob({ uniqueKey: "key" })], other);
    const blocked = ["a", "b", "c"].map(async () => store.enqueue([world.newJob({ uniqueKey: "key" })]));
    // They are on their way, or wait in front of the gate.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await store.extend({ worker: null, leaseMs: 30_000, leases: [held] })).toEqual(["held"]);
    expect(await world.settle(ended, COMPLETED)).toMatchObject({ answer: "settled" });
    await other.query("rollback");
    await other.end();
    expect((await Promise.all(blocked)).flat().filter(({ answer }) => answer === "created")).toHaveLength(1);
  });
});
