/** What a jump of the wall clock does to leases that another process gave: nothing, as long as they last. */
import { expect, it } from "vitest";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { HOUR_MS, MINUTE_MS, World } from "../../src/testing/store-suite/world.js";
import { newPath, openStore } from "./sqlite-tools.js";

/** Two processes with one file: the first holds leases, the second sweeps. */
async function world() {
  const clock = new FakeClock();
  const path = newPath();
  const [holder, sweeper] = [await openStore({ path, clock }), await openStore({ path, clock })];
  const held = new World(holder, clock);
  const sweep = async () => (await sweeper.sweep(10)).rescued.map(({ jobId }) => jobId);
  return { clock, held, holder, sweep };
}

it("a long lease of another process is not over because the clock jumped, and is over in its own time", async () => {
  const { clock, held, sweep } = await world();
  const jobId = await held.add();
  await held.claimOne({ leaseMs: 10 * MINUTE_MS });
  await sweep();
  clock.jump(HOUR_MS);
  expect(await sweep()).toEqual([]);
  await clock.advance(9 * MINUTE_MS);
  expect(await sweep()).toEqual([]);
  await clock.advance(2 * MINUTE_MS);
  expect(await sweep()).toEqual([jobId]);
});

it("a worker that renews after the jump keeps its job, and when it dies then, the job is taken back in time", async () => {
  const { clock, held, sweep } = await world();
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
});

it("an hour's lease of a recorded job keeps its job alone, and holds up no other rescue", async () => {
  const { clock, held, holder } = await world();
  const recorded = await held.add({ recorded: true });
  await holder.start([{ jobId: recorded, workerId: "outside", leaseMs: HOUR_MS, startKnown: true }]);
  const claimed = await held.running();
  await holder.sweep(10);
  clock.jump(2 * HOUR_MS);
  expect(await holder.sweep(10)).toMatchObject({ rescued: [], paused: true });
  await clock.advance(MINUTE_MS);
  const { rescued, paused } = await holder.sweep(10);
  expect([paused, rescued.map(({ jobId }) => jobId)]).toEqual([false, [claimed.jobId]]);
  await clock.advance(HOUR_MS);
  expect((await holder.sweep(10)).rescued.map(({ jobId }) => jobId)).toEqual([recorded]);
});

it("a clock that jumps forward and is set right again is as if nothing had happened", async () => {
  const { clock, held, sweep } = await world();
  const jobId = await held.add();
  await held.claimOne({ leaseMs: 2 * MINUTE_MS });
  await sweep();
  clock.jump(HOUR_MS);
  await sweep();
  clock.jump(-HOUR_MS);
  await sweep();
  await clock.advance(2 * MINUTE_MS + 1);
  expect(await sweep()).toEqual([jobId]);
});

it("a jump while a sweep waits for its turn takes no job from its holder", async () => {
  const { clock, held, sweep } = await world();
  await held.add();
  await held.claimOne({ leaseMs: MINUTE_MS });
  await sweep();
  const sweeping = sweep();
  clock.jump(HOUR_MS);
  expect(await sweeping).toEqual([]);
  expect(await sweep()).toEqual([]);
});
