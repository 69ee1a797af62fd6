/** What many clients of one PostgreSQL may do at once, and what their transactions may do to it. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const schema = schemaName();
let stores: Store[] = [];
let worlds: World[] = [];
let world: World;
let kinds = 0;
/** Each test has a kind of its own, so that the tests share one schema. */
let kind = "";

beforeAll(async () => {
  const clock = new FakeClock();
  stores = await Promise.all(
    Array.from({ length: 8 }, () => postgresStore({ url: postgresUrl(), schema, maxConnections: 3 })),
  );
  worlds = stores.map((store) => new World(store, clock));
  world = worlds[0]!;
});
beforeEach(() => {
  kind = `kind-${++kinds}`;
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await dropSchemas();
});

/** Until somebody waits for a lock of this connection's transaction. */
async function somebodyWaitsFor(holder: pg.Client): Promise<void> {
  const text = "select 1 from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))";
  for (let look = 0; look < 500 && (await holder.query(text)).rows.length === 0; look++) {
    await holder.query("select pg_sleep(0.01)");
  }
}

describe("keys", () => {
  it("I19 64 clients that enqueue one unique key at once make one job, and all learn its id", async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) => {
        const its = worlds[i % worlds.length]!;
        return its.enqueue(its.newJob({ kind, uniqueKey: kind }));
      }),
    );
    expect(answers.filter(({ answer }) => answer === "created")).toHaveLength(1);
    expect(answers.filter(({ answer }) => answer === "duplicate")).toHaveLength(63);
    expect(new Set(answers.map((answer) => ("jobId" in answer ? answer.jobId : "")))).toHaveLength(1);
    expect((await world.store.counts({ kind })).pending).toBe(1);
  });

  it("I20 64 clients that enqueue one idempotency key at once make one job, and all learn its id and input", async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, i) => {
        const its = worlds[i % worlds.length]!;
        return its.enqueue(its.newJob({ kind, idempotencyKey: kind, payload: `{"i":${i}}` }));
      }),
    );
    const created = answers.findIndex(({ answer }) => answer === "created");
    const known = answers.filter((answer) => answer.answer === "known");
    expect(known).toHaveLength(63);
    for (const answer of known) {
      expect(answer).toMatchObject({
        jobId: (answers[created] as { jobId: string }).jobId,
        payload: `{"i":${created}}`,
      });
    }
  });

  it("batches of overlapping keys in opposite orders all get through", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `${kind}-${i}`);
    const answers = await Promise.all(
      worlds.map(async (its, i) => {
        const order = i % 2 === 0 ? keys : [...keys].reverse();
        return its.store.enqueue(order.map((uniqueKey) => its.newJob({ kind, uniqueKey })));
      }),
    );
    expect(answers.flat().filter(({ answer }) => answer === "created")).toHaveLength(40);
    expect((await world.store.counts({ kind })).pending).toBe(40);
  });

  it.each(["uniqueKey", "idempotencyKey"] as const)(
    "a batch that waits for one %s holds none that comes after it, so that batches never wait in a ring",
    async (key) => {
      const holder = new pg.Client(postgresUrl());
      await holder.connect();
      await holder.query("begin");
      const [early, late] = [`${kind}-a`, `${kind}-b`];
      await world.store.enqueue([world.newJob({ kind, [key]: early })], holder);
      const waiting = worlds[1]!.store.enqueue([late, early].map((text) => world.newJob({ kind, [key]: text })));
      await somebodyWaitsFor(holder);
      const [answer] = await worlds[2]!.store.enqueue([world.newJob({ kind, [key]: late })]);
      expect(answer).toMatchObject({ answer: "created" });
      await holder.query("commit");
      await holder.end();
      expect((await waiting).map((told) => told.answer)).not.toContain("created");
    },
  );

  it("a batch answers a later job by what became of an earlier one with the same key", async () => {
    const jobs = [
      world.newJob({ kind, uniqueKey: `${kind}-a` }),
      world.newJob({ kind, uniqueKey: `${kind}-a` }),
      world.newJob({ kind, idempotencyKey: `${kind}-b`, payload: "1" }),
      world.newJob({ kind, idempotencyKey: `${kind}-b`, payload: "2" }),
      world.newJob({ kind, idempotencyKey: `${kind}-b`, uniqueKey: `${kind}-c` }),
      world.newJob({ kind, uniqueKey: `${kind}-c` }),
    ];
    const answers = await world.store.enqueue(jobs);
    expect(answers.map(({ answer }) => answer)).toEqual([
      "created",
      "duplicate",
      "created",
      "known",
      "known",
      "created",
    ]);
    expect(answers[1]).toMatchObject({ jobId: jobs[0]!.jobId });
    expect(answers[3]).toMatchObject({ jobId: jobs[2]!.jobId, payload: "1" });
  });

  it("I19 many retries of jobs with one unique key bring one of them back", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) {
      const jobId = await world.add({ kind, uniqueKey: kind });
      await world.cancel(jobId);
      ids.push(jobId);
    }
    const answers = await Promise.all(ids.map((jobId, i) => worlds[i]!.retry(jobId)));
    expect(answers.filter(({ answer }) => answer === "done")).toHaveLength(1);
    expect(answers.filter(({ answer }) => answer === "uniqueConflict")).toHaveLength(7);
  });
});

describe("claims", () => {
  it.each([
    ["no job has a key", null],
    ["one has", "key"],
  ])("T4 many claimers share no job and leave none, while %s", async (_, concurrencyKey) => {
    const one = world.newJob({ kind, concurrencyKey, concurrencyLimit: concurrencyKey === null ? null : 1 });
    await world.store.enqueue([one, ...Array.from({ length: 399 }, () => world.newJob({ kind }))]);
    const taken: string[] = [];
    await Promise.all(
      worlds.map(async (its, i) => {
        for (;;) {
          const { jobs, nextDueInMs } = await its.claim({ kinds: [kind], limit: 7, workerId: `w${i}` });
          if (jobs.length === 0 && nextDueInMs === null) return;
          taken.push(...jobs.map(({ jobId }) => jobId));
        }
      }),
    );
    expect(taken).toHaveLength(400);
    expect(new Set(taken)).toHaveLength(400);
  });

  it("I22 a concurrency key never has more jobs processing than its limit, whoever claims and settles", async () => {
    const limit = 3;
    const jobs = Array.from({ length: 60 }, () =>
      world.newJob({ kind, concurrencyKey: kind, concurrencyLimit: limit }),
    );
    await world.store.enqueue(jobs);
    const watch = new pg.Client(postgresUrl());
    await watch.connect();
    let [left, most, watching] = [jobs.length, 0, true];
    const watched = (async () => {
      while (watching) {
        const { rows } = await watch.query(
          `select count(*)::int as busy from "${schema}".live where lease_expires_at is not null and concurrency_key = $1`,
          [kind],
        );
        most = Math.max(most, rows[0].busy);
      }
    })();
    await Promise.all(
      worlds.map(async (its) => {
        for (let tries = 0; left > 0 && tries < 5_000; tries++) {
          const claimed = (await its.claim({ kinds: [kind], limit: 5 })).jobs;
          expect(claimed.length).toBeLessThanOrEqual(limit);
          await Promise.all(claimed.map((job) => its.settle(job, COMPLETED)));
          left -= claimed.length;
        }
      }),
    );
    watching = false;
    await watched;
    const { rows } = await watch.query(`select running, slots from "${schema}".limits where key = $1`, [kind]);
    await watch.end();
    expect(left).toBe(0);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(limit);
    expect(rows).toEqual([{ running: 0, slots: limit }]);
  });

  it("I22 a claim that waited for its slot begins after that slot was freed, in the trail too", async () => {
    await world.add({ kind, concurrencyKey: kind, concurrencyLimit: 1 });
    const other = new pg.Client(postgresUrl());
    await other.connect();
    // Stands for whoever frees the slot: the claim waits for this lock, and the instant is read at its end.
    await other.query("begin");
    await other.query(`select 1 from "${schema}".limits where key = $1 for update`, [kind]);
    const claiming = world.claimOne({ kinds: [kind] });
    await somebodyWaitsFor(other);
    await other.query("select pg_sleep(0.02)");
    const { rows } = await other.query("select floor(date_part('epoch', clock_timestamp()) * 1000)::float8 as freed");
    await other.query("commit");
    await other.end();
    expect((await claiming).startedAt).toBeGreaterThanOrEqual(rows[0].freed);
  });

  it("settlements of the same jobs in opposite orders by two holders end each job once", async () => {
    await world.store.enqueue(Array.from({ length: 50 }, () => world.newJob({ kind })));
    const { jobs } = await world.claim({ kinds: [kind], limit: 50 });
    const settlements = jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: COMPLETED }));
    const told = await Promise.all([
      worlds[1]!.store.settle(settlements),
      worlds[2]!.store.settle([...settlements].reverse()),
      worlds[3]!.store.extend({ worker: null, leaseMs: 1_000, leases: [...settlements].reverse() }),
    ]);
    const answers = [...told[0], ...told[1]].map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === "settled")).toHaveLength(50);
    expect(answers.filter((answer) => answer === "replayed")).toHaveLength(50);
  });
});

describe("the caller's transaction", () => {
  const within = async (end: "commit" | "rollback", use: (tx: pg.Client) => Promise<void>): Promise<void> => {
    const tx = new pg.Client(postgresUrl());
    await tx.connect();
    try {
      await tx.query("begin");
      await use(tx);
      await tx.query(end);
    } finally {
      await tx.end();
    }
  };

  it("A2 a job enqueued with tx is there when it commits, and not before", async () => {
    const job = world.newJob({ kind });
    await within("commit", async (tx) => {
      expect(await world.store.enqueue([job], tx)).toMatchObject([{ answer: "created", jobId: job.jobId }]);
      expect(await world.find(job.jobId)).toBeNull();
      expect(await world.claimIds({ kinds: [kind] })).toEqual([]);
    });
    expect(await world.claimIds({ kinds: [kind] })).toEqual([job.jobId]);
  });

  it("a job enqueued with tx is never there when it rolls back, and later jobs of its kind run", async () => {
    const job = world.newJob({ kind });
    await within("rollback", async (tx) => {
      await world.store.enqueue([job], tx);
    });
    expect(await world.find(job.jobId)).toBeNull();
    const next = await world.add({ kind });
    expect(await world.claimIds({ kinds: [kind] })).toEqual([next]);
  });

  it("a key that is taken does not spoil the transaction, also when it was taken while it ran", async () => {
    const first = await world.add({ kind, uniqueKey: kind });
    await within("commit", async (tx) => {
      await tx.query("create temp table mine (a int) on commit drop");
      const [answer] = await world.store.enqueue([world.newJob({ kind, uniqueKey: kind })], tx);
      expect(answer).toMatchObject({ answer: "duplicate", jobId: first });
      expect((await tx.query("select count(*)::int as n from mine")).rows).toEqual([{ n: 0 }]);
    });
    await within("commit", async (slow) => {
      const held = world.newJob({ kind, uniqueKey: `${kind}-2` });
      await world.store.enqueue([held], slow);
      await within("commit", async (tx) => {
        // Waits for the first transaction, loses the race, and goes on.
        const waiting = worlds[1]!.store.enqueue([world.newJob({ kind, uniqueKey: `${kind}-2` })], tx);
        await slow.query("commit");
        expect(await waiting).toMatchObject([{ answer: "duplicate", jobId: held.jobId }]);
      });
    });
  });

  it("calls made at once through one transaction go one after the other", async () => {
    let running = 0;
    const tx = new pg.Client(postgresUrl());
    await tx.connect();
    const strict = {
      query: async (text: string, params?: unknown[]) => {
        expect(++running).toBe(1);
        try {
          return await tx.query(text, params);
        } finally {
          running--;
        }
      },
    };
    await tx.query("begin");
    await Promise.all(Array.from({ length: 5 }, async () => world.store.enqueue([world.newJob({ kind })], strict)));
    await tx.query("commit");
    await tx.end();
    expect((await world.store.counts({ kind })).pending).toBe(5);
  });

  it("what is no transaction is refused", async () => {
    for (const tx of [{}, null, 5, { query: 1 }]) {
      await expect(world.store.enqueue([world.newJob({ kind })], tx)).rejects.toMatchObject({
        code: "transaction_not_supported",
      });
    }
  });
});
