/** Faults that the simulation found once, each as small as it can be. */
import { expect, test } from "vitest";
import { WaymarkError } from "../../src/core/errors.js";
import { createJobEvents } from "../../src/core/job-events.js";
import { silentLogger } from "../../src/core/logger.js";
import type { HoldAnswer, LeaseRef, SettleAnswer, Store } from "../../src/core/store.js";
import type { Runtime } from "../../src/runtime.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { openWaymark } from "../../src/waymark.js";
import { createLeaseKeeper, type KeptLease, type LeaseNews } from "../../src/worker/lease-keeper.js";
import { createMaintenance } from "../../src/worker/maintenance.js";
import { createSettler } from "../../src/worker/settler.js";
import { type Leaver, StopSwitch } from "../../src/worker/stop-switch.js";

const LEASE_MS = 10_000;
const lease: LeaseRef = { jobId: "01900000-0000-7000-8000-000000000000", fence: 1 };

/** A keeper over a store that answers heartbeats as `answer` says. */
function keeperOver(clock: FakeClock, answer: () => Promise<HoldAnswer>) {
  const store = { extend: async () => [await answer()] } as unknown as Store;
  const news: { what: LeaseNews; at: number }[] = [];
  const keeper = createLeaseKeeper({ store, clock, leaseMs: LEASE_MS, worker: null, onTrouble: () => {} });
  const kept: KeptLease = { ...lease, tell: (what) => news.push({ what, at: clock.monotonic() }) };
  const hold = (ageMs: number): void => keeper.hold([kept], { giveUpInMs: null, ageMs });
  return { keeper, news, hold, kept };
}
/** One under which no timer rings for a while, as when the process is stopped. */
class SleepyClock extends FakeClock {
  #overdue: (() => void)[] | null = null;
  override after(ms: number, run: () => void): () => void {
    return super.after(ms, () => (this.#overdue === null ? run() : void this.#overdue.push(run)));
  }
  async sleep(ms: number): Promise<void> {
    this.#overdue = [];
    await this.advance(ms);
    const overdue = this.#overdue;
    this.#overdue = null;
    for (const run of overdue) run();
  }
}
const never = <T>(): Promise<T> => new Promise(() => {});

test("a lease is called lost before it is over when heartbeats get no answer at all", async () => {
  const clock = new FakeClock();
  const { news, hold } = keeperOver(clock, never);
  hold(0);
  await clock.advance(LEASE_MS);
  expect(news).toEqual([{ what: "lost", at: 9_000 }]);
});

test("a process that slept asks first, but not a store that has been silent to several heartbeats", async () => {
  for (const [silent, lostAt] of [
    [false, 12_200],
    [true, 11_200],
  ] as const) {
    const clock = new SleepyClock();
    let beats = 0;
    const down = (): Promise<HoldAnswer> => Promise.reject(new Error("down"));
    const { news, hold } = keeperOver(clock, () => (silent && ++beats === 1 ? down() : never()));
    hold(0);
    if (silent) await clock.advance(3_500);
    await clock.sleep(11_200 - clock.monotonic());
    await clock.advance(5_000);
    expect(news).toEqual([{ what: "lost", at: lostAt }]);
  }
});

test("a lease counts from when it was asked for, not from when the answer came", async () => {
  const clock = new FakeClock();
  const { news, hold } = keeperOver(clock, () => Promise.reject(new Error("down")));
  await clock.advance(6_000);
  hold(5_000);
  await clock.advance(LEASE_MS);
  expect(news).toEqual([{ what: "lost", at: 10_000 }]);
});

test("holding a lease again, when its handler begins, does not make it any younger", async () => {
  const clock = new FakeClock();
  const { news, hold } = keeperOver(clock, never);
  hold(0);
  await clock.advance(8_000);
  hold(0);
  await clock.advance(LEASE_MS);
  expect(news).toEqual([{ what: "lost", at: 9_000 }]);
});

test("one heartbeat without an answer does not hold up the next ones", async () => {
  const clock = new FakeClock();
  let beats = 0;
  const { news, hold, keeper, kept } = keeperOver(clock, () => (++beats === 1 ? never() : Promise.resolve("held")));
  hold(0);
  await clock.advance(10 * LEASE_MS);
  expect(news).toEqual([]);
  keeper.drop(kept);
});

test("tracked work whose start never reached the store ends expired instead of waiting for ever", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const broken = Object.create(store, { start: { value: () => Promise.reject(new Error("down")) } }) as Store;
  for (const call of ["enqueue", "saveKinds", "sweep", "read", "kinds"] as const) {
    Object.assign(broken, { [call]: (...args: never[]) => (store[call] as (...a: never[]) => unknown)(...args) });
  }
  const waymark = await openWaymark({ store: broken, clock, logger: silentLogger });
  const jobId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
  await expect(waymark.track({ kind: "convert", jobId }, () => "never")).rejects.toThrow("down");
  expect(await waymark.tracker.getStatusOnly(jobId)).toBe("pending");
  await clock.advance(60_000);
  expect(await waymark.tracker.getStatusOnly(jobId)).toBe("expired");
  await waymark.close();
});

test.each(["cancelled", "expired"])(
  "a job that waited for a slot and is %s before it takes it passes the slot on",
  async (how) => {
    const clock = new FakeClock();
    const world = new World(memoryStore({ clock }), clock);
    const keyed = { concurrencyKey: "k", concurrencyLimit: 1 };
    const running = await world.running(keyed);
    const [next, last] = [await world.add({ ...keyed, expiresInMs: 1_000 }), await world.add(keyed)];
    expect(await world.claimIds()).toEqual([]);
    await world.settle(running, COMPLETED);
    if (how === "cancelled") await world.cancel(next);
    else await clock.advance(1_000);
    expect(await world.claimIds()).toEqual([last]);
  },
);

const settlement = { ...lease, outcome: { type: "completed", result: null } } as const;
const settlerOver = (clock: FakeClock, settle: () => Promise<SettleAnswer[]>) =>
  createSettler({ settle } as unknown as Store, clock, () => {});

test("an ending whose answer got lost is known to be recorded, although the lease is then called lost", async () => {
  const clock = new FakeClock();
  const lost = new AbortController();
  let tries = 0;
  const { settle } = settlerOver(clock, async () => {
    if (++tries === 1) throw new WaymarkError("store_unavailable", { problem: "answer lost" });
    return [{ answer: "replayed", status: "completed" }];
  });
  const settling = settle(settlement, lost.signal);
  await clock.settle();
  lost.abort();
  expect(await settling).toEqual({ answer: "replayed", status: "completed" });
});

test("endings are not told for ever to a store that was closed", async () => {
  const clock = new FakeClock();
  const { settle } = settlerOver(clock, () => Promise.reject(new WaymarkError("closed")));
  expect(await settle(settlement, new AbortController().signal)).toBeNull();
  expect(clock.waiting).toBe(0);
});

test("a stop that comes after the attempt leaves no timer behind", () => {
  const clock = new FakeClock();
  const leaver: Leaver = { leaveBehind: () => {} };
  const stopSwitch = new StopSwitch(clock, leaver);
  stopSwitch.end();
  stopSwitch.stop("shutdown");
  expect(clock.waiting).toBe(0);
});

test("a shorter sweep interval rules although a sweep was under way when it was asked for", async () => {
  const clock = new FakeClock();
  let sweeps = 0;
  let answer = (): void => {};
  const store = {
    durable: false,
    sweep: async () => {
      if (++sweeps === 1) await new Promise<void>((resolve) => (answer = resolve));
      return { rescued: [], expired: [], paused: false };
    },
  } as unknown as Store;
  const runtime = { store, clock, events: createJobEvents() } as unknown as Runtime;
  const maintenance = createMaintenance(runtime, { rules: [], tombstoneMs: 0, everyMs: 1_000 });
  maintenance.sweepEvery(60_000);
  await clock.advance(60_000);
  maintenance.sweepEvery(1_000);
  answer();
  await clock.advance(10_000);
  expect(sweeps).toBeGreaterThanOrEqual(10);
  await maintenance.stop();
  expect(clock.waiting).toBe(0);
});

test("an outside job that only told its end does not hold up rescue for an hour after the clock jumps", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const world = new World(store, clock);
  const waymark = await openWaymark({ store, clock, logger: silentLogger });
  const { jobId } = await waymark.recorder.enqueued({ kind: "outside" });
  await waymark.recorder.completed(jobId);
  const running = await world.running();
  clock.jump(3_600_000);
  expect(await store.sweep(10)).toMatchObject({ paused: true });
  await clock.advance(LEASE_MS * 3);
  expect(await store.sweep(10)).toMatchObject({ paused: false, rescued: [{ jobId: running.jobId }] });
  await waymark.close();
});

test("the clock jumps back and forth between two sweeps: a lease given in between is not over", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const world = new World(store, clock);
  await world.add();
  await clock.advance(3_000);
  clock.jump(-90_000);
  await world.claimOne();
  clock.jump(90_000);
  expect(await store.sweep(10)).toMatchObject({ rescued: [], paused: true });
});

test("closing waits until finished tracked work is recorded", async () => {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const settle = store.settle.bind(store);
  store.settle = (told) => new Promise((resolve) => clock.after(5_000, () => resolve(settle(told))));
  const waymark = await openWaymark({ store, clock, logger: silentLogger });
  const tracking = waymark.track({ kind: "convert" }, () => "done");
  await clock.settle();
  let closed = false;
  const closing = waymark.close().then(() => (closed = true));
  await clock.advance(4_000);
  expect(closed).toBe(false);
  await clock.advance(1_000);
  await closing;
  expect(await waymark.tracker.getStatusOnly((await tracking).jobId)).toBe("completed");
});
