/** What the PostgreSQL store makes of connections that die, servers that hang, and rows that are refused. */
import { connect, createServer, type Server, type Socket } from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Hint, Outcome, Store } from "../../src/core/store.js";
import { Listener } from "../../src/stores/postgres/listen.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, failed, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const admin = new pg.Client(postgresUrl());
/** Holds locks: `admin` cannot, as one transaction sees the server's activity once and never anew. */
const locker = new pg.Client(postgresUrl());
const lock = () => locker.query(`begin; lock table "${schema}".jobs in access exclusive mode`);
let schema = "";
let stores: Store[] = [];

/** A store whose connections carry a name, so that a test can end exactly these. */
const openNamed = async (name: string, options: { statementTimeoutMs?: number } = {}): Promise<Store> => {
  const url = new URL(postgresUrl());
  url.searchParams.set("application_name", `${schema}_${name}`);
  const store = await postgresStore({ url: url.href, schema, maxConnections: 3, ...options });
  stores.push(store);
  return store;
};
const kill = async (name: string, what = "true"): Promise<number> => {
  const { rows } = await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and ${what}`,
    [`${schema}_${name}`],
  );
  return rows.length;
};
/** Asks again until it holds; a server and its notices take their own time. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let look = 0; look < 500; look++) {
    if (await holds()) return;
    await admin.query("select pg_sleep(0.01)");
  }
  throw new Error("it never came true");
};

beforeAll(async () => {
  await admin.connect();
  await locker.connect();
});
beforeEach(() => {
  schema = schemaName();
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
});
afterAll(async () => {
  await admin.end();
  await locker.end();
  await dropSchemas();
});

describe("connections", () => {
  it("idle connections that the server ends are replaced without a word", async () => {
    const store = await openNamed("a");
    const world = new World(store, new FakeClock());
    const jobId = await world.add();
    expect(await kill("a")).toBeGreaterThan(0);
    await until(async () => (await kill("a")) === 0);
    expect(await world.status(jobId)).toBe("pending");
    expect(await world.claimIds()).toEqual([jobId]);
  });

  it("a call whose connection dies under it is told store_unavailable with the cause, and the next one works", async () => {
    const store = await openNamed("a");
    const world = new World(store, new FakeClock());
    await world.add();
    await lock();
    const stuck = world.add().catch((error: unknown) => error);
    await until(async () => (await kill("a", "wait_event_type = 'Lock'")) === 1);
    expect(await stuck).toMatchObject({ code: "store_unavailable", cause: expect.any(Error) });
    await locker.query("rollback");
    expect(await world.add()).toBeTypeOf("string");
  });

  it("a read survives the death of its connection", async () => {
    const store = await openNamed("a");
    const world = new World(store, new FakeClock());
    const jobId = await world.add();
    await lock();
    const reading = world.status(jobId);
    await until(async () => (await kill("a", "wait_event_type = 'Lock'")) === 1);
    await locker.query("rollback");
    expect(await reading).toBe("pending");
  });

  it("a statement that takes too long is given up", async () => {
    const store = await openNamed("a", { statementTimeoutMs: 1_000 });
    const world = new World(store, new FakeClock());
    await world.add();
    await lock();
    await expect(world.add()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("too long"),
    });
    await locker.query("rollback");
  });

  it("close waits for what is under way, and later calls are refused", async () => {
    const store = await openNamed("a");
    const world = new World(store, new FakeClock());
    const job = world.newJob();
    const adding = store.enqueue([job]);
    await store.close();
    expect(await adding).toMatchObject([{ answer: "created" }]);
    await expect(store.counts({})).rejects.toMatchObject({ code: "closed" });
    await until(async () => (await kill("a")) === 0);
  });
});

describe("refused rows", () => {
  it("P3 one bad row fails its own caller, not its neighbours, and its data is in no message", async () => {
    const store = await openNamed("a");
    const world = new World(store, new FakeClock());
    const bad = world.newJob({ concurrencyKey: "key", concurrencyLimit: 0, payload: '"canary-7731"' });
    const good = world.newJob();
    const told = await Promise.allSettled([store.enqueue([bad]), store.enqueue([good])]);
    expect(told[1]).toMatchObject({ status: "fulfilled", value: [{ answer: "created" }] });
    const { reason } = told[0] as PromiseRejectedResult;
    expect(reason).toMatchObject({ code: "store_refused" });
    expect(`${reason.message} ${JSON.stringify(reason.details)}`).not.toContain("canary");
  });
});

describe("hints from other processes", () => {
  const collect = (store: Store) => {
    const hints: Hint[] = [];
    return { hints, stop: store.subscribe((hint) => hints.push(hint)) };
  };
  const heard = (hints: readonly Hint[], jobId: string): boolean =>
    hints.some(({ jobs }) => jobs !== "any" && jobs.includes(jobId));
  const listening = (name: string) =>
    until(async () => {
      const text = "select 1 from pg_stat_activity where application_name = $1 and query like 'listen%'";
      return (await admin.query(text, [`${schema}_${name}`])).rows.length === 1;
    });

  it("a change is told to the listeners of another store, and to none of another schema", async () => {
    const [a, b] = [await openNamed("a"), await openNamed("b")];
    const here = schema;
    schema = schemaName();
    const other = collect(await openNamed("c"));
    await listening("c");
    schema = here;
    const { hints } = collect(a);
    await listening("a");
    const jobId = await new World(b, new FakeClock()).add();
    await until(() => heard(hints, jobId));
    expect(hints.find((hint) => heard([hint], jobId))).toMatchObject({ waiting: true });
    expect(heard(other.hints, jobId)).toBe(false);
  });

  it("a job enqueued in a transaction is told when it commits, to its own process too", async () => {
    const store = await openNamed("a");
    const { hints } = collect(store);
    await listening("a");
    const tx = new pg.Client(postgresUrl());
    await tx.connect();
    await tx.query("begin");
    const job = new World(store, new FakeClock()).newJob();
    await store.enqueue([job], tx);
    expect(heard(hints, job.jobId)).toBe(false);
    await tx.query("commit");
    await tx.end();
    await until(() => heard(hints, job.jobId));
  });

  it("workers elsewhere are woken by what may be claimed now, and not by each job that completes", async () => {
    const [a, b] = [await openNamed("a"), await openNamed("b")];
    const { hints } = collect(a);
    await listening("a");
    const world = new World(b, new FakeClock());
    const [plain, keyed, again] = [
      await world.running(),
      await world.running({ concurrencyKey: "key", concurrencyLimit: 1 }),
      await world.running(),
    ];
    await until(() => heard(hints, again.jobId));
    const wakes = async (jobId: string, outcome: Outcome, fence: number): Promise<boolean> => {
      await admin.query("select pg_sleep(0.05)");
      hints.length = 0;
      await world.settle({ jobId, fence }, outcome);
      await until(() => heard(hints, jobId));
      return hints.some(({ waiting }) => waiting);
    };
    expect(await wakes(plain.jobId, COMPLETED, plain.fence)).toBe(false);
    expect(await wakes(keyed.jobId, COMPLETED, keyed.fence)).toBe(true);
    expect(await wakes(again.jobId, failed({ retryInMs: 0 }), again.fence)).toBe(true);
    const last = await world.claimOne();
    expect(await wakes(last.jobId, failed(), last.fence)).toBe(false);
  });

  it("listens on one connection while somebody wants to hear, and soon after on none", async () => {
    const store = await openNamed("a");
    const listeners = async (): Promise<unknown[]> => {
      const text = "select pid from pg_stat_activity where application_name = $1 and query like 'listen%'";
      return (await admin.query(text, [`${schema}_a`])).rows;
    };
    expect(await listeners()).toEqual([]);
    const first = collect(store);
    await until(async () => (await listeners()).length === 1);
    const before = await listeners();
    first.stop();
    // Whoever waits for one job after another does not connect for each.
    const second = collect(store);
    expect(await listeners()).toEqual(before);
    second.stop();
    await until(async () => (await listeners()).length === 0);
  });

  it("many changes at once are told in few notices", async () => {
    const [a, b] = [await openNamed("a"), await openNamed("b")];
    const { hints } = collect(a);
    await listening("a");
    hints.length = 0;
    const world = new World(b, new FakeClock());
    const ids = await Promise.all(Array.from({ length: 300 }, () => world.add()));
    const last = await world.add();
    await until(() => hints.some(({ jobs }) => jobs === "any") || heard(hints, last));
    expect(hints.length).toBeLessThan(ids.length / 10);
  });

  it("a listener whose connection the server ends listens again, and says that it may have missed something", async () => {
    const [a, b] = [await openNamed("a"), await openNamed("b")];
    const { hints } = collect(a);
    await listening("a");
    await until(() => hints.some(({ jobs }) => jobs === "any"));
    hints.length = 0;
    expect(await kill("a", "query like 'listen%'")).toBe(1);
    await until(() => hints.some(({ jobs }) => jobs === "any"));
    const jobId = await new World(b, new FakeClock()).add();
    await until(() => heard(hints, jobId));
  });

  it("a listener that has gone deaf notices and connects anew", async () => {
    const wire = await openWire();
    const url = new URL(postgresUrl());
    url.host = `127.0.0.1:${wire.port}`;
    const payloads: string[] = [];
    const listener = new Listener({
      url: url.href,
      channel: "waymark_deaf_test",
      origin: "me",
      notify: (channel, payload) => admin.query("select pg_notify($1, $2)", [channel, payload]),
      onPayload: (payload) => payloads.push(payload),
      onGap: () => payloads.push("gap"),
      probeMs: 50,
      echoMs: 100,
    });
    /** Until it is heard: on a busy machine a proof comes late at times, and then it has just connected anew. */
    const say = (text: string) =>
      until(async () => {
        await admin.query("select pg_notify('waymark_deaf_test', $1)", [text]);
        return payloads.includes(text);
      });
    try {
      await say("one");
      wire.hush();
      payloads.length = 0;
      await until(() => payloads.includes("gap"));
      await say("two");
      expect(payloads.indexOf("gap")).toBeLessThan(payloads.indexOf("two"));
    } finally {
      await listener.close();
      await wire.close();
    }
  });
});

describe("a listener that no notice ever reaches, as behind a transaction pooler", () => {
  it("says that it is deaf after three connections, and then tries but seldom", async () => {
    // A notice never leaves its database, while connecting and listening work as ever.
    const elsewhere = Object.assign(new URL(postgresUrl()), { pathname: "/template1" });
    let gaps = 0;
    let probes = 0;
    const listener = new Listener({
      url: elsewhere.href,
      channel: "waymark_pooled_test",
      origin: "me",
      notify: (channel, payload) => {
        probes++;
        return admin.query("select pg_notify($1, $2)", [channel, payload]);
      },
      onPayload: () => {},
      onGap: () => gaps++,
      probeMs: 20,
      echoMs: 30,
    });
    try {
      await until(() => listener.state === "deaf");
      await admin.query("select pg_sleep(0.5)");
      expect([gaps, probes]).toEqual([3, 3]);
    } finally {
      await listener.close();
    }
  });

  it("a quiet one proves itself, and what it hears of others spares it the proof", async () => {
    let probes = 0;
    const listener = new Listener({
      url: postgresUrl(),
      channel: "waymark_quiet_test",
      origin: "me",
      notify: (channel, payload) => {
        probes++;
        return admin.query("select pg_notify($1, $2)", [channel, payload]);
      },
      onPayload: () => {},
      onGap: () => {},
      probeMs: 300,
      echoMs: 100,
    });
    try {
      await until(() => probes === 3);
      expect(listener.state).toBe("hears");
      const before = probes;
      for (let i = 0; i < 10; i++) {
        await admin.query("select pg_notify('waymark_quiet_test', '{}')");
        await admin.query("select pg_sleep(0.1)");
      }
      expect(probes - before).toBeLessThanOrEqual(1);
    } finally {
      await listener.close();
    }
  });
});

it("a claim that is sent anyway carries the proof that the listener hears, so that an idle worker sends none of its own", async () => {
  let probes = 0;
  const listener = new Listener({
    url: postgresUrl(),
    channel: "waymark_carried_test",
    origin: "me",
    notify: (channel, payload) => {
      probes++;
      return admin.query("select pg_notify($1, $2)", [channel, payload]);
    },
    onPayload: () => {},
    onGap: () => {},
    probeMs: 400,
    echoMs: 100,
  });
  try {
    await until(() => probes === 1);
    await admin.query("select pg_sleep(0.15)");
    let carried = 0;
    for (let i = 0; i < 30; i++) {
      const probe = listener.carry();
      if (probe !== null) {
        carried++;
        await admin.query("select pg_notify($1, $2)", [probe.note.channel, probe.note.payload]);
        probe.sent();
      }
      await admin.query("select pg_sleep(0.05)");
    }
    expect(listener.state).toBe("hears");
    expect(probes).toBe(1);
    expect(carried).toBeGreaterThan(2);
    // What is carried and never arrives counts like a probe that does.
    const gone = until(() => listener.state === "connecting");
    await until(() => {
      const probe = listener.carry();
      probe?.sent();
      return probe !== null;
    });
    await gone;
  } finally {
    await listener.close();
  }
});

/** A wire to the server that can fall silent without breaking, as half-open connections do. */
async function openWire(): Promise<{ port: number; hush: () => void; close: () => Promise<void> }> {
  const target = new URL(postgresUrl());
  let sockets: Socket[] = [];
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("data", (data) => {
        if (sockets.includes(from)) to.write(data);
      });
      from.on("close", () => to.destroy());
    }
    sockets.push(near, far);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const all = (): Socket[] => sockets;
  let hushed: Socket[] = [];
  return {
    port: (server.address() as { port: number }).port,
    hush: () => {
      hushed = [...hushed, ...all()];
      sockets = [];
    },
    close: async () => {
      for (const socket of [...sockets, ...hushed]) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe("heartbeats", () => {
  it("a beat whose statements all fail is one typed error, and no rejection is left that would end the process", async () => {
    const failing = async (): Promise<never> => {
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    };
    const pool = { query: failing, connect: failing, end: async () => {} };
    const store = await postgresStore({ pool, migrate: "off", schema });
    stores.push(store);
    const left: unknown[] = [];
    const note = (error: unknown): void => void left.push(error);
    process.on("unhandledRejection", note);
    try {
      const worker = { workerId: "w", host: "h", pid: 1, kinds: ["kind"], queues: null, concurrency: 1 };
      const beat = store.extend({
        worker: { ...worker, running: 1, accepting: true },
        leaseMs: 30_000,
        leases: [{ jobId: "01a200e5-97d6-7198-b044-bb9e6c501ef6", fence: 1 }],
      });
      await expect(beat).rejects.toMatchObject({ code: "store_unavailable" });
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(left).toEqual([]);
  });
});
