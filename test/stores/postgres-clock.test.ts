/** Whose clock rules in PostgreSQL: the server's, whatever the machines of the workers believe; and what when it jumps. */
import { afterAll, expect, it, vi } from "vitest";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { HOUR_MS, MINUTE_MS, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

afterAll(dropSchemas);

it("a process whose clock is wrong takes no job from another, and its own are due and over by the server's clock", async () => {
  const store = await postgresStore({ url: postgresUrl(), schema: schemaName() });
  const world = new World(store, new FakeClock());
  const { jobId } = await world.running();
  const right = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => right + 86_400_000);
  try {
    expect(await store.sweep(10)).toMatchObject({ rescued: [] });
    const later = await world.add({ runAt: { inMs: 60_000 } });
    expect(await world.claimIds()).toEqual([]);
    const { createdAt, runAt } = await world.read(later);
    expect(Math.abs(createdAt - right)).toBeLessThan(3_600_000);
    expect(runAt - createdAt).toBe(60_000);
    expect(await world.status(jobId)).toBe("processing");
  } finally {
    vi.restoreAllMocks();
    await store.close();
  }
});

/** Two processes with one schema under one clock, which stands for the server's: the first holds leases, the second sweeps. */
async function twoProcesses() {
  const clock = new FakeClock();
  const options = { url: postgresUrl(), schema: schemaName(), clock, maxConnections: 2, listen: false };
  const [holder, sweeper] = [await postgresStore(options), await postgresStore(options)];
  const sweep = async () => (await sweeper.sweep(10)).rescued.map(({ jobId }) => jobId);
  const close = () => Promise.all([holder.close(), sweeper.close()]);
  return { clock, held: new World(holder, clock), holder, sweep, close };
}

it.each(["heard from", "never heard from"])(
  "a long lease of a holder that was %s is not over because the server's clock jumped, and is over in its own time",
  async (how) => {
    const { clock, held, sweep, close } = await twoProcesses();
    const jobId = await held.add();
    const lease = await held.claimOne({ leaseMs: 10 * MINUTE_MS });
    if (how === "heard from") await held.extend(lease, 10 * MINUTE_MS);
    await sweep();
    clock.jump(HOUR_MS);
    expect(await sweep()).toEqual([]);
    await clock.advance(9 * MINUTE_MS);
    expect(await sweep()).toEqual([]);
    await clock.advance(2 * MINUTE_MS);
    expect(await sweep()).toEqual([jobId]);
    await close();
  },
);

it("a worker that renews after the server's clock jumped keeps its job, and when it dies then, the job is taken back in time", async () => {
  const { clock, held, sweep, close } = await twoProcesses();
  const jobId = await held.add();
  const lease = await held.claimOne({ leaseMs: 10 * MINUTE_MS });
  await sweep();
  clock.jump(HOUR_MS);
  await sweep();
  await clock.advance(5 * MINUTE_MS);
  expect(await held.extend(lease, MINUTE_MS)).toBe("held");
  await clock.advance(MINUTE_MS - 1);
  expect(await sweep()).toEqual([]);
  await clock.advance(2);
  expect(await sweep()).toEqual([jobId]);
  await close();
});

it("a server's clock that jumps between two statements of a sweep takes no job from its holder", async () => {
  const { clock, held, sweep, close } = await twoProcesses();
  const dead = await held.add();
  await held.claimOne({ leaseMs: MINUTE_MS });
  const lives = await held.add();
  await held.claimOne({ leaseMs: 10 * MINUTE_MS });
  await sweep();
  await clock.advance(2 * MINUTE_MS);
  const sweeping = sweep();
  clock.jump(HOUR_MS);
  expect(await sweeping).toEqual([dead]);
  expect(await sweep()).toEqual([]);
  expect(await held.status(lives)).toBe("processing");
  await close();
});
