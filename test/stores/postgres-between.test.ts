/** What may happen between two statements of the PostgreSQL store, or while one of them waits for a lock. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { checksum } from "../../src/stores/postgres/names.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, DAY_MS, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const FAILED = {
  type: "failed",
  failure: {
    public: { code: "broken", message: "It broke.", category: "internal", retryable: true, reference: "r" },
    detail: "{}",
  },
  retryInMs: null,
} as const;
const PERSON = { actor: "ann", requestId: null };
const schema = schemaName();
const locker = new pg.Client(postgresUrl());
let store: Store;
let world: World;
let kinds = 0;
let kind = "";
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  store = await postgresStore({ url: postgresUrl(), schema });
  world = new World(store, new FakeClock());
  await locker.connect();
});
beforeEach(() => {
  kind = `kind-${++kinds}`;
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await store.close();
  await locker.end();
  await dropSchemas();
});

/** A store of the same place that calls `step` once, right before its first statement of that name. */
async function steppedInto(name: string, step: () => Promise<unknown>): Promise<Store> {
  const pool = new pg.Pool({ connectionString: postgresUrl(), max: 3 });
  let stepped = false;
  const tapped = {
    query: async (query: { name?: string }) => {
      if (!stepped && query.name?.startsWith(`waymark_${name}_`)) {
        stepped = true;
        await step();
      }
      return pool.query(query as pg.QueryConfig);
    },
    connect: () => pool.connect(),
    end: () => pool.end(),
  };
  const other = await postgresStore({ pool: tapped, schema });
  closers.push(async () => {
    await other.close();
    await pool.end();
    expect(stepped, `${name} was run`).toBe(true);
  });
  return other;
}
/** Waits until as many statements wait for a lock of `locker`. */
async function waiting(count: number): Promise<void> {
  const watch = new pg.Client(postgresUrl());
  await watch.connect();
  const blocked = `select count(*)::int as n from pg_locks where not granted`;
  for (let look = 0; look < 500; look++) {
    if ((await watch.query(blocked)).rows[0].n >= count) break;
    await watch.query("select pg_sleep(0.01)");
  }
  await watch.end();
}
const failedJob = async (): Promise<string> => {
  const claimed = await world.running({ kind });
  await world.settle(claimed, FAILED);
  return claimed.jobId;
};
const runAgain = async (jobId: string): Promise<void> => {
  await world.retry(jobId);
  await world.settle(await world.claimOne({ kinds: [kind] }), FAILED);
};

it("I29 a job that was tried again, and ended anew, after retention had chosen it, stays", async () => {
  const jobId = await failedJob();
  await locker.query(`update "${schema}".ended set finished_at = now() - interval '9 days' where job_id = $1`, [jobId]);
  const other = await steppedInto("bury", () => runAgain(jobId));
  const rules = [{ status: "failed", olderThanMs: 7 * DAY_MS, keep: null }] as const;
  expect(await other.purge({ rules, limit: 10, tombstoneMs: DAY_MS, actor: "retention" })).toEqual([]);
  expect(await world.read(jobId)).toMatchObject({ status: "failed", generation: 2 });
});

it("a cancel that misses a job which is retried just then looks again, and cancels it", async () => {
  const jobId = await failedJob();
  const other = await steppedInto("readStatus", () => world.retry(jobId));
  expect(await other.cancel([{ jobId, ...PERSON, reason: null, force: false }])).toEqual([
    { answer: "done", status: "cancelled" },
  ]);
});

it("a remove that misses a job which ends just then looks again, and removes it", async () => {
  const claimed = await world.running({ kind });
  const other = await steppedInto("readStatus", () => world.settle(claimed, COMPLETED));
  expect(await other.remove([{ jobId: claimed.jobId, ...PERSON }])).toEqual([{ answer: "done", status: "completed" }]);
});

it("a retry that misses a job which was retried and has failed again just then looks again, and opens the next run", async () => {
  const jobId = await failedJob();
  await world.retry(jobId);
  const claimed = await world.claimOne({ kinds: [kind] });
  const other = await steppedInto("retried", () => world.settle(claimed, FAILED));
  const asked = { jobId, ...PERSON, onlyRetryable: false, maxGenerations: null };
  expect(await other.retry([asked])).toEqual([{ answer: "done", status: "pending" }]);
  expect(await world.read(jobId)).toMatchObject({ status: "pending", generation: 3 });
});

it("two other endings told at the same time leave one remark", async () => {
  const { jobId, fence } = await world.running({ kind });
  await world.settle({ jobId, fence }, COMPLETED);
  const other = await postgresStore({ url: postgresUrl(), schema });
  await locker.query("begin");
  await locker.query(`select from "${schema}".ended where job_id = $1 for update`, [jobId]);
  const told = Promise.all([store, other].map((its) => its.settle([{ jobId, fence, outcome: FAILED }])));
  await waiting(2);
  await locker.query("commit");
  const conflict = { answer: "conflict", status: "completed" };
  expect((await told).flat()).toEqual([conflict, conflict]);
  const events = (await store.trail([jobId]))[0]!.map(({ event }) => event);
  expect(events).toEqual(["enqueue", "claim", "complete", "conflict"]);
  await other.close();
});

it("a key taken in somebody's open transaction holds up those who want it, and nobody else", async () => {
  await locker.query("begin");
  const mine = world.newJob({ kind, uniqueKey: kind });
  await store.enqueue([mine], locker);
  // As many as there are statements under way at once, each in a statement of its own.
  const wanting = [];
  for (let i = 1; i <= 2; i++) {
    wanting.push(Promise.resolve(store.enqueue([world.newJob({ kind, uniqueKey: kind })])));
    await waiting(i);
  }
  expect(await world.enqueue(world.newJob({ kind }))).toMatchObject({ answer: "created" });
  await locker.query("commit");
  for (const answers of await Promise.all(wanting))
    expect(answers).toMatchObject([{ answer: "duplicate", jobId: mine.jobId }]);
});

it("a claim that finds all that is due locked by another claimer is told to come back in a moment", async () => {
  const jobIds = await Promise.all(Array.from({ length: 5 }, () => world.add({ kind })));
  await locker.query("begin");
  await locker.query(
    `select from "${schema}".live l where l.lane_id in (select lane_id from "${schema}".lanes where kind = $1) for update`,
    [kind],
  );
  const short = await world.claim({ kinds: [kind], limit: 3 });
  await locker.query("rollback");
  expect(short.jobs).toEqual([]);
  expect(short.nextDueInMs).toBeGreaterThan(0);
  expect(short.nextDueInMs).toBeLessThanOrEqual(50);
  expect(await world.claimIds({ kinds: [kind] })).toHaveLength(jobIds.length);
  expect((await world.claim({ kinds: [kind] })).nextDueInMs).toBeNull();
});

it.each(["repeatable read", "serializable"])(
  "a key taken meanwhile is told to a caller's %s transaction with what helps, and does not cost it the transaction",
  async (level) => {
    await locker.query(`begin isolation level ${level}`);
    await locker.query("select 1");
    await world.add({ kind, uniqueKey: kind });
    const refused = store.enqueue([world.newJob({ kind, uniqueKey: kind })], locker);
    await expect(refused).rejects.toMatchObject({
      code: "transaction_not_supported",
      message: expect.stringMatching(/READ COMMITTED/),
    });
    const other = world.newJob({ kind });
    expect(await store.enqueue([other], locker)).toMatchObject([{ answer: "created" }]);
    await locker.query("commit");
    expect(await world.status(other.jobId)).toBe("pending");
  },
);

it("a process that starts while another migrates waits for it, longer than a statement may take", async () => {
  const own = schemaName();
  await locker.query("begin");
  // As migrating.ts does it.
  await locker.query("select pg_advisory_xact_lock($1, $2)", [0x7761796d, Number.parseInt(checksum(own), 16) | 0]);
  const opening = postgresStore({ url: postgresUrl(), schema: own, statementTimeoutMs: 50 });
  opening.catch(() => {});
  await waiting(1);
  await locker.query("select pg_sleep(0.2)");
  await locker.query("commit");
  const opened = await opening;
  expect(await opened.queues()).toEqual([]);
  await opened.close();
});
