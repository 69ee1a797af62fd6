/** What the SQLite store must not cost: a statement for each job, a commit for each call, lists in what every row is checked by. */
import { expect, it } from "vitest";
import type { JobRecord } from "../../src/core/job.js";
import type { Settlement, Store } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";
import { LIVES, type Life } from "../support/lives.js";
import { newJobs } from "./sqlite-jobs.js";
import { countingDatabase, newJob, newPath, openStore, openWithConnection } from "./sqlite-tools.js";

/** What SQLite asks whether it may do, when it plans a pragma. */
const SQLITE_PRAGMA = 19;

/** A store that tells which statements it ran, by their first word. */
async function world() {
  const counted = countingDatabase();
  const store = await openStore({ path: newPath(), database: counted.database });
  const cost = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    counted.ran.clear();
    await work();
    return Object.fromEntries(counted.ran);
  };
  return { store, cost, database: counted.opened() };
}

const claim = async (store: Store, limit: number) =>
  (await store.claim({ workerId: "w", kinds: ["kind"], queues: null, limit, leaseMs: 30_000 })).jobs;

const completed = ({ jobId, fence }: { jobId: string; fence: number }, result: string | null = null): Settlement => ({
  jobId,
  fence,
  outcome: { type: "completed", result },
});

it("1,000 jobs cost 20 inserts, one claim and one completion, each step one transaction", async () => {
  const { store, cost } = await world();
  const enqueued = await cost(async () => store.enqueue(newJobs(1, 1, 1_000)));
  // Twenty inserts, and the lane that was not known yet with its number, its end, and whether an id is that of a purged job.
  expect(enqueued).toEqual({ begin: 1, select: 3, insert: 21, commit: 1 });
  let jobs: Awaited<ReturnType<typeof claim>> = [];
  const claimed = await cost(async () => {
    jobs = await claim(store, 999);
  });
  expect(jobs).toHaveLength(999);
  // The jobs, and the count of their lane.
  expect(claimed).toEqual({ begin: 1, select: 2, update: 2, commit: 1 });
  const settled = await cost(() => store.settle(jobs.map((job, i) => completed(job, JSON.stringify({ i })))));
  expect(settled).toEqual({ begin: 1, savepoint: 1, update: 1, release: 1, select: 1, commit: 1 });
});

it.each<[Life, { transactions: number; statements: number }]>([
  ["plain", { transactions: 3, statements: 35 }],
  ["with keys of all three sorts", { transactions: 3, statements: 1_100 }],
  ["delayed", { transactions: 4, statements: 40 }],
  ["tried twice", { transactions: 5, statements: 4_200 }],
  ["reporting progress once", { transactions: 8, statements: 1_100 }],
  ["called back once", { transactions: 12, statements: 4_200 }],
])("the whole life of a thousand jobs %s costs at most %o", async (life, most) => {
  const { store, cost } = await world();
  const { begin = 0, commit = 0, ...others } = await cost(() => LIVES[life](new World(store, new FakeClock())));
  const statements = Object.values(others).reduce((sum, each) => sum + each, 0);
  expect(begin, "transactions").toBeLessThanOrEqual(most.transactions);
  expect(commit).toBe(begin);
  expect(statements, JSON.stringify(others)).toBeLessThanOrEqual(most.statements);
});

it("no statement is planned a second time", async () => {
  const { store, database } = await openWithConnection(newPath());
  const world = new World(store, new FakeClock());
  const everything = async (): Promise<void> => {
    // Its keys are taken for good the first time.
    const { "with keys of all three sorts": _, ...repeatable } = LIVES;
    for (const life of Object.values(repeatable)) await life(world);
    const [answer] = await store.enqueue([newJob({ concurrencyKey: "k", concurrencyLimit: 1 }), newJob()]);
    const { jobId } = answer as { readonly jobId: string };
    await store.read({ jobIds: [jobId], view: "info" });
    await store.list({ limit: 10 });
    await store.sweep(100);
    await store.purge({
      rules: [{ status: "completed", olderThanMs: null, keep: 10 }],
      limit: 250,
      tombstoneMs: 1_000,
      actor: "us",
    });
    await store.settle((await claim(store, 2)).map((job) => completed(job)));
  };
  /** What SQLite asked about, and how often: an action, and the table or function that it is about. */
  let planned = new Map<string, number>();
  const authorizing = database as { setAuthorizer?(ask: (action: number, about: string | null) => number): void };
  // SQLite asks when it plans. To be told whom to ask makes it plan everything anew, so that comes first.
  authorizing.setAuthorizer?.((action, about) => {
    const what = `${action} ${about}`;
    // Setting how a commit flushes is no statement with a plan.
    if (action !== SQLITE_PRAGMA) planned.set(what, (planned.get(what) ?? 0) + 1);
    return 0;
  });
  await everything();
  // What the first one left behind takes statements of its own.
  await everything();
  expect(planned.size).toBeGreaterThan(0);
  planned = new Map();
  await everything();
  expect(Object.fromEntries(planned)).toEqual({});
});

it("a lone job costs one insert that is its own transaction, one claim and one completion", async () => {
  const { store, cost } = await world();
  // The first of its lane adds that.
  expect(await cost(async () => store.enqueue([newJob()]))).toEqual({ begin: 1, insert: 2, select: 1, commit: 1 });
  expect(await cost(async () => store.enqueue([newJob()]))).toEqual({ insert: 1 });
  const [job] = await claim(store, 1);
  expect(await cost(() => store.settle([completed(job!)]))).toEqual({ begin: 1, update: 1, commit: 1 });
});

it("D5 retention removes 250 jobs in one transaction of the same few statements as one job", async () => {
  const { store, cost } = await world();
  await store.enqueue(newJobs(1, 1, 500));
  const jobs = await claim(store, 500);
  await store.settle(jobs.map((job) => completed(job)));
  const rules = [{ status: "completed" as const, olderThanMs: null, keep: 250 }];
  const purge = () => store.purge({ rules, limit: 250, tombstoneMs: 1_000, actor: "retention" });
  // Old durations and old tombstones; the jobs are found, buried, and removed with all they had; the lane is counted.
  expect(await cost(purge)).toEqual({ begin: 1, delete: 6, select: 1, insert: 1, update: 1, commit: 1 });
  expect(await store.list({ limit: 1_000 })).toHaveLength(250);
});

it("jobs that differ in anything from those beside them are stored as they are", async () => {
  const { store } = await world();
  const jobs = newJobs(1, 1, 70).map((job, i) => ({ ...job, payload: `{"i":${i}}`, priority: i === 68 ? 7 : 0 }));
  jobs[3] = { ...jobs[3]!, owner: "ann", metadata: '{"n":1}' };
  jobs[55] = { ...jobs[55]!, runAt: { inMs: 60_000 } };
  jobs[57] = { ...jobs[57]!, queue: "other" };
  await store.enqueue(jobs);
  const records = await store.read({ jobIds: jobs.map(({ jobId }) => jobId), view: "full" });
  const told = records.map((record) => {
    const { jobId, kind, queue, owner, priority, maxAttempts, payload, metadata, status } = record as JobRecord;
    return { jobId, kind, queue, owner, priority, maxAttempts, payload, metadata, status };
  });
  expect(told).toEqual(
    jobs.map(({ jobId, kind, queue, owner, priority, maxAttempts, payload, metadata, runAt }) => {
      const status = runAt === null ? "pending" : "scheduled";
      return { jobId, kind, queue, owner, priority, maxAttempts, payload, metadata, status };
    }),
  );
  expect(await claim(store, 100)).toHaveLength(69);
});

it("calls of one tick share a transaction, and its statements", async () => {
  const { store, cost } = await world();
  const jobs = newJobs(2, 1, 100);
  const enqueued = await cost(() => Promise.all(jobs.map(async (job) => store.enqueue([job]))));
  expect(enqueued).toEqual({ begin: 1, select: 3, insert: 3, commit: 1 });
  const claimed = await claim(store, 100);
  const settled = await cost(() => Promise.all(claimed.map((job) => store.settle([completed(job)]))));
  expect(settled).toEqual({ begin: 1, savepoint: 1, update: 1, release: 1, select: 1, commit: 1 });
});

it("a chain of lone writes lets the event loop turn", async () => {
  const { store } = await world();
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  let written = 0;
  for (; !turned && written < 1_000; written++) await store.enqueue([newJob()]);
  expect(written).toBeLessThanOrEqual(33);
});

it("neither CHECK nor partial index has a list, which SQLite would build again for every row", async () => {
  const { database } = await world();
  const text = database.prepare(
    "select group_concat(sql, ' ') as text from sqlite_schema where tbl_name = 'waymark_jobs'",
  );
  expect((text.get() as { text: string }).text).not.toMatch(/ in \(/);
});

it("one lost claim among many: the others end, and it alone is told", async () => {
  const { store } = await world();
  await store.enqueue(newJobs(3, 1, 100));
  const jobs = await claim(store, 100);
  const answers = await store.settle(jobs.map((job, i) => completed(i === 50 ? { ...job, fence: 7 } : job)));
  expect(answers[50]).toEqual({ answer: "lost", status: "processing" });
  expect(answers.filter(({ answer }) => answer === "settled")).toHaveLength(99);
  expect(await store.counts({})).toMatchObject({ completed: 99, processing: 1 });
});

it("told of one job twice in a call, the first ending stays", async () => {
  const { store } = await world();
  await store.enqueue(newJobs(4, 1, 2));
  const [first, second] = await claim(store, 2);
  const snoozed: Settlement = { jobId: first!.jobId, fence: first!.fence, outcome: { type: "snoozed", inMs: 60_000 } };
  const answers = await store.settle([snoozed, completed(first!), completed(second!)]);
  expect(answers.map(({ answer }) => answer)).toEqual(["settled", "lost", "settled"]);
});

it("jobs of keys completed together free their slots, and each keeps its own result", async () => {
  const { store } = await world();
  const keyed = { concurrencyKey: "key", concurrencyLimit: 2 };
  await store.enqueue([newJob(keyed), newJob(keyed), newJob(keyed), newJob(keyed)]);
  const jobs = await claim(store, 10);
  expect(jobs).toHaveLength(2);
  const results = ['{"text":"a\\u0000\\"b"}', JSON.stringify("x".repeat(5_000))];
  await store.settle(jobs.map((job, i) => completed(job, results[i])));
  const read = await store.read({ jobIds: jobs.map(({ jobId }) => jobId), view: "full" });
  expect(read.map((job) => (job as { result: string }).result)).toEqual(results);
  expect(await claim(store, 10)).toHaveLength(2);
});

it("an id that is taken, also by a job that was purged, is told in the middle of many", async () => {
  const { store } = await world();
  const jobs = newJobs(5, 1, 120);
  await store.enqueue([jobs[60]!]);
  const answers = (await store.enqueue(jobs)).map(({ answer }) => answer);
  expect(answers.filter((answer) => answer === "created")).toHaveLength(119);
  expect(answers[60]).toBe("exists");
  const [gone] = await claim(store, 1);
  await store.settle([completed(gone!)]);
  await store.remove([{ jobId: gone!.jobId, actor: "ann", requestId: null }]);
  const again = (await store.enqueue([...newJobs(6, 1, 20), { ...jobs[0]!, jobId: gone!.jobId }])).map(
    ({ answer }) => answer,
  );
  expect(again).toEqual([...Array<string>(20).fill("created"), "exists"]);
  expect(await store.counts({})).toMatchObject({ pending: 139, completed: 0 });
});
