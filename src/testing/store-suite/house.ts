/** The rest of the house: queues, workers, kinds, hints, clocks, recorded jobs, closing. */
import { describe, expect } from "vitest";
import { isWaymarkError } from "../../core/errors.js";
import type { Hint, StartAnswer } from "../../core/store.js";
import { attemptsOf } from "../../core/trail.js";
import { WORKER } from "./reads.js";
import type { Rule, World } from "./world.js";
import { COMPLETED, DAY_MS, failed, HOUR_MS, LEASE_MS, only } from "./world.js";

async function start(world: World, jobId: string, startKnown = true): Promise<StartAnswer> {
  return only(await world.store.start([{ jobId, workerId: "rabbit-1", leaseMs: LEASE_MS, startKnown }]));
}

/** Lets a little time pass until it holds; fails the test when it never does. */
async function soon(world: World, holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !holds(); turn++) await world.clock.advance(5);
  expect(holds()).toBe(true);
}

export function houseTheme(rule: Rule): void {
  describe("queues, workers, kinds", () => {
    rule("queues are those that ever had a job or a pause", async (world) => {
      await world.add({ queue: "a" });
      await world.store.pauseQueue("b", "op");
      await world.store.resumeQueue("c", "op");
      const queues = await world.store.queues();
      expect(queues.filter((queue) => queue.queue !== "c").sort((x, y) => (x.queue < y.queue ? -1 : 1))).toEqual([
        { queue: "a", pausedAt: null, pausedBy: null },
        { queue: "b", pausedAt: world.clock.now(), pausedBy: "op" },
      ]);
    });

    rule(
      "workers are those heard from within a day, newest first, with the time they were first heard from",
      async (world) => {
        const startedAt = world.clock.now();
        await world.store.extend({ worker: { ...WORKER, workerId: "gone" }, leaseMs: LEASE_MS, leases: [] });
        await world.clock.advance(HOUR_MS);
        await world.store.extend({ worker: WORKER, leaseMs: LEASE_MS, leases: [] });
        await world.clock.advance(DAY_MS - HOUR_MS);
        const again = { ...WORKER, running: 3, queues: ["a", "b"], accepting: false };
        await world.store.extend({ worker: { ...WORKER, workerId: "w2" }, leaseMs: 5_000, leases: [] });
        await world.clock.advance(1);
        await world.store.extend({ worker: again, leaseMs: 10_000, leases: [] });
        const seenAt = world.clock.now();
        expect(await world.store.workers()).toEqual([
          { ...again, startedAt: startedAt + HOUR_MS, seenAt, leaseMs: 10_000 },
          { ...WORKER, workerId: "w2", startedAt: seenAt - 1, seenAt: seenAt - 1, leaseMs: 5_000 },
        ]);
      },
    );

    rule("a heartbeat renews the leases and tells that the worker lives, in one call", async (world) => {
      const { jobId, fence } = await world.running();
      await world.clock.advance(1_000);
      const beat = { worker: WORKER, leaseMs: LEASE_MS, leases: [{ jobId, fence }] };
      const before = await world.read(jobId);
      expect(await world.store.extend(beat)).toEqual(["held"]);
      const leaseExpiresAt = world.clock.now() + LEASE_MS;
      // D2: a heartbeat is no change of the job: nobody who watches it needs to look.
      expect(await world.read(jobId)).toEqual({ ...before, leaseExpiresAt });
      expect((await world.store.workers()).map((worker) => worker.workerId)).toEqual([WORKER.workerId]);
    });

    rule("what a kind declares is remembered, and the last writer wins", async (world) => {
      const stages = [
        { name: "load", weight: 1 },
        { name: "crunch", weight: 2.5 },
      ];
      await world.store.saveKinds([
        { kind: "a", stages, targetMs: 60_000 },
        { kind: "b", stages: [], targetMs: null },
      ]);
      await world.store.saveKinds([{ kind: "b", stages: stages.slice(0, 1), targetMs: 5 }]);
      const kinds = [...(await world.store.kinds())].sort((x, y) => (x.kind < y.kind ? -1 : 1));
      expect(kinds).toEqual([
        { kind: "a", stages, targetMs: 60_000 },
        { kind: "b", stages: stages.slice(0, 1), targetMs: 5 },
      ]);
    });
  });

  describe("hints", () => {
    rule("a hint comes after enqueue and after settle, and none after the subscription has ended", async (world) => {
      const hints: Hint[] = [];
      const stop = world.store.subscribe((hint) => hints.push(hint));
      const told = (jobId: string) => hints.some((hint) => hint.jobs === "any" || hint.jobs.includes(jobId));
      const jobId = await world.add();
      await soon(world, () => told(jobId));
      expect(hints.some((hint) => hint.waiting)).toBe(true);
      const held = await world.claimOne();
      await world.clock.advance(1_000);
      hints.length = 0;
      await world.settle(held, COMPLETED);
      await soon(world, () => told(jobId));
      stop();
      await world.clock.settle();
      hints.length = 0;
      await world.add();
      await world.clock.settle();
      expect(hints).toEqual([]);
    });

    rule("a listener that throws disturbs neither the caller nor the other listeners", async (world) => {
      let heard = 0;
      world.store.subscribe(() => {
        throw new Error("listener");
      });
      world.store.subscribe(() => heard++);
      await world.add();
      await soon(world, () => heard > 0);
    });
  });

  describe("clocks", () => {
    for (const [direction, jumpMs] of [
      ["forward", DAY_MS],
      ["back", -DAY_MS],
    ] as const) {
      rule(`a wall clock that jumps ${direction} pauses rescue and expiry for one lease`, async (world) => {
        const held = await world.running({ maxAttempts: 1 });
        const waits = await world.add({ expiresInMs: HOUR_MS });
        await world.store.sweep(10);
        world.clock.jump(jumpMs);
        expect(await world.store.sweep(10)).toEqual({ rescued: [], expired: [], paused: true });
        await world.clock.advance(LEASE_MS - 1);
        expect(await world.store.sweep(10)).toEqual({ rescued: [], expired: [], paused: true });
        expect(await world.extend(held)).toBe("held");
        await world.clock.advance(1);
        const after = await world.store.sweep(10);
        expect(after).toMatchObject({ rescued: [], paused: false });
        expect(after.expired.map((job) => job.jobId)).toEqual(jumpMs > 0 ? [waits] : []);
      });
    }

    rule("I3 times of the trail never go back, even when the wall clock does", async (world) => {
      const held = await world.running();
      world.clock.jump(-HOUR_MS);
      await world.settle(held, failed({ retryInMs: 0 }));
      const again = await world.claimOne();
      await world.settle(again, COMPLETED);
      const times = (await world.trail(held.jobId)).map((row) => row.at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const job = await world.read(held.jobId);
      const { createdAt, firstStartedAt, startedAt, finishedAt } = job;
      const inOrder = [createdAt, firstStartedAt, startedAt, finishedAt].map(Number);
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
      expect(job.updatedAt).toBeGreaterThanOrEqual(createdAt);
    });
  });

  describe("recorded jobs", () => {
    rule("C1 a recorded job is started by name, due or not, in a paused queue too", async (world) => {
      const jobId = await world.add({ recorded: true, runAt: { inMs: HOUR_MS } });
      await world.store.pauseQueue("queue", "op");
      expect(await start(world, jobId)).toEqual({ answer: "started", fence: 1, attempt: 1, maxAttempts: 3 });
      expect(await world.read(jobId)).toMatchObject({ status: "processing", workerId: "rabbit-1", recorded: true });
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ event: "claim", actor: "recorder:rabbit-1" });
      expect(await start(world, jobId)).toEqual({ answer: "illegal", status: "processing" });
      expect(await world.settle({ jobId, fence: 1 }, failed({ retryInMs: HOUR_MS }))).toMatchObject({
        status: "retrying",
      });
      expect(await start(world, jobId)).toMatchObject({ answer: "started", fence: 2, attempt: 2 });
      expect(await world.settle({ jobId, fence: 2 }, COMPLETED)).toMatchObject({ status: "completed" });
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ event: "complete", actor: "recorder:rabbit-1" });
      expect(await start(world, jobId)).toEqual({ answer: "illegal", status: "completed" });
    });

    rule("C1, C8 start answers notFound for an unknown job and illegal for one that workers claim", async (world) => {
      expect(await start(world, world.newJob().jobId)).toEqual({ answer: "notFound" });
      const jobId = await world.add();
      expect(await start(world, jobId)).toEqual({ answer: "illegal", status: "pending" });
      expect(await world.events(jobId)).toEqual(["enqueue"]);
    });

    rule("C4, C8 an attempt whose start nobody told has no start and no duration", async (world) => {
      const jobId = await world.add({ recorded: true });
      await start(world, jobId, false);
      await world.settle({ jobId, fence: 1 }, COMPLETED);
      expect(await world.read(jobId)).toMatchObject({ status: "completed", startedAt: null, firstStartedAt: null });
      const trail = await world.trail(jobId);
      expect(trail.map((row) => [row.event, row.startUnknown ?? false])).toEqual([
        ["enqueue", false],
        ["claim", true],
        ["complete", false],
      ]);
      expect(attemptsOf(trail)).toMatchObject([{ outcome: "succeeded", startedAt: null, durationMs: null }]);
    });

    rule("C1 a recorded job whose runner falls silent is rescued like any other", async (world) => {
      const jobId = await world.add({ recorded: true });
      await start(world, jobId);
      expect((await world.lose()).rescued).toMatchObject([{ jobId, to: "retrying" }]);
      expect(await world.claimIds()).toEqual([]);
    });
  });

  describe("closing", () => {
    rule("a closed store refuses calls with the code closed, and closing twice is harmless", async (world) => {
      const jobId = await world.add();
      await world.store.close();
      await world.store.close();
      const error = await world.store.read({ jobIds: [jobId], view: "status" }).catch((thrown: unknown) => thrown);
      expect(isWaymarkError(error, "closed")).toBe(true);
    });
  });
}
