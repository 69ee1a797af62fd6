/** Heartbeats through a real PostgreSQL behind a wire that goes silent, over a store opened as the lease thread does. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock } from "../../src/core/clock.js";
import type { Store } from "../../src/core/store.js";
import { openStore } from "../../src/open-store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";
import { threadOptions } from "../../src/threaded-keeper.js";
import { createLeaseKeeper } from "../../src/worker/lease-keeper.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const LEASE_MS = 6_000;

/** What a loaded machine may add. */
const SLACK_MS = 4_000;
vi.setConfig({ testTimeout: 30_000 });

let wire: Wire;
beforeAll(async () => {
  wire = await openWire(new URL(postgresUrl()));
});
afterAll(async () => {
  wire.close();
  await dropSchemas();
});

it("one flow that goes silent does not cost the leases", async () => {
  const schema = schemaName();
  const owner: Store = await openStore(postgresUrl(), { clock: systemClock, schema, maxConnections: 1 });
  const world = new World(owner, new FakeClock());
  await world.add({ kind: "k" });
  const address = { url: wire.url, options: { schema, listen: false, statementTimeoutMs: 8_000 } };
  const store = await openStore(wire.url, { ...threadOptions(address, LEASE_MS), clock: systemClock });
  const worker = { workerId: "w", host: "h", pid: 1, kinds: ["k"], queues: null, concurrency: 1 };
  await store.queues(); // opens its connection
  const claimed = (await owner.claim({ workerId: "w", kinds: ["k"], queues: null, limit: 1, leaseMs: LEASE_MS }))
    .jobs[0]!;
  const keeper = createLeaseKeeper({ store, clock: systemClock, leaseMs: LEASE_MS, worker, onTrouble: () => {} });
  const news: string[] = [];
  keeper.hold([{ ...claimed, tell: (what) => news.push(what) }], { giveUpInMs: null, ageMs: 0 });
  expect(wire.silence(), "both ways of the keeper's connection").toBe(2);
  await pause(1.5 * LEASE_MS);
  expect(news).toEqual([]);
  expect(await owner.extend({ worker: null, leaseMs: LEASE_MS, leases: [claimed] })).toEqual(["held"]);

  wire.close();
  await keeper.stop();
  await Promise.all([store.close(), owner.close()]);
});

it("every role notices a silent connection two seconds after its statement should have ended, and goes on over a new one", async () => {
  const schema = schemaName();
  const wired = await openWire(new URL(postgresUrl()));
  const patience = { maxConnections: 5, statementTimeoutMs: 1_000, listen: false };
  const store = await openStore(wired.url, { clock: systemClock, schema, ...patience });
  try {
    const world = new World(store, new FakeClock());
    await Promise.all([1, 2, 3].map(() => world.add({ kind: "k" })));
    const ask = { workerId: "w", kinds: ["k"], queues: null, limit: 1, leaseMs: 60_000 };
    const lease = (await store.claim(ask)).jobs[0]!;
    const roles: Readonly<Record<string, () => Promise<unknown>>> = {
      claim: () => store.claim(ask),
      heartbeat: () => store.extend({ worker: null, leaseMs: 60_000, leases: [lease] }),
      report: () => store.report([{ jobId: lease.jobId, fence: lease.fence, percent: 5 }]),
      settle: () => store.settle([{ ...lease, outcome: { type: "completed", result: null } }]),
      enqueue: () => world.add({ kind: "k" }),
    };
    const all = () => Promise.allSettled(Object.values(roles).map((role) => role()));
    await Promise.all([1, 2, 3, 4, 5].map(() => store.queues()));
    expect(wired.silence(), "connections of the pool").toBeGreaterThan(0);
    const askedAt = performance.now();
    for (const told of await all()) if (told.status === "rejected") expect(told.reason.code).toBe("store_unavailable");
    expect(performance.now() - askedAt).toBeLessThan(2 * 3_000 + SLACK_MS);
    expect((await all()).map(({ status }) => status)).toEqual(Object.keys(roles).map(() => "fulfilled"));
  } finally {
    wired.close();
    await store.close();
  }
});

it("a heartbeat gives a silent connection up after half its lease, long before other statements do", async () => {
  const wired = await openWire(new URL(postgresUrl()));
  const options = { clock: systemClock, schema: schemaName(), maxConnections: 1, listen: false };
  const store = await openStore(wired.url, options);
  try {
    expect(wired.silence(), "both ways of the one connection").toBe(2);
    const worker = { workerId: "w", host: "h", pid: 1, kinds: ["k"], queues: null, concurrency: 1 };
    const beat = { worker: { ...worker, running: 0, accepting: true }, leaseMs: LEASE_MS, leases: [] };
    const askedAt = performance.now();
    await expect(store.extend(beat)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(performance.now() - askedAt).toBeLessThan(LEASE_MS);
    expect(await store.extend(beat)).toEqual([]);
  } finally {
    wired.close();
    await store.close();
  }
});

interface Wire {
  readonly url: string;
  /** Nothing goes through the flows that are open now, and nothing says so. @returns how many they are */
  silence(): number;
  close(): void;
}

async function openWire(target: URL): Promise<Wire> {
  const open = new Set<Socket>();
  const silent = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (data) => void (silent.has(from) || to.write(data)));
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    silence: () => {
      for (const socket of open) silent.add(socket);
      return silent.size;
    },
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
