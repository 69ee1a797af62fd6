/** Which job a worker gets, in which order, and which ones a claim leaves alone. */
import { describe, expect } from "vitest";
import type { Rule } from "./world.js";
import { COMPLETED, failed, HOUR_MS, LEASE_MS, MINUTE_MS, RELEASED, snoozed } from "./world.js";

export function claimsTheme(rule: Rule): void {
  describe("claim", () => {
    rule("B5 a lower priority number goes first, then the earlier run time, then the smaller id", async (world) => {
      const late = await world.add({ priority: 0, runAt: { inMs: 2_000 } });
      const early = await world.add({ priority: 0, runAt: { inMs: 1_000 } });
      const urgent = await world.add({ priority: -5, runAt: { inMs: 3_000 } });
      await world.clock.advance(5_000);
      const [a, b] = [world.newJob({ priority: 7 }), world.newJob({ priority: 7 })];
      await world.store.enqueue([b, a]);
      expect(await world.claimIds()).toEqual([urgent, early, late, a.jobId, b.jobId]);
    });

    rule("T4 a claim takes at most the number asked for, and no job twice", async (world) => {
      const ids = [];
      for (let i = 0; i < 5; i++) ids.push(await world.add());
      const claims = await Promise.all([world.claimIds({ limit: 2 }), world.claimIds({ limit: 2 })]);
      const rest = await world.claimIds();
      expect([...claims.flat(), ...rest].sort()).toEqual([...ids].sort());
      expect(claims.map((claim) => claim.length)).toEqual([2, 2]);
    });

    rule("T4 a claimed job comes with what its handler needs", async (world) => {
      const parts = { owner: "ann", payload: '{"a":[1]}', metadata: '{"file":"x.csv"}', maxAttempts: 4 };
      const jobId = await world.add(parts);
      await world.clock.advance(10);
      const now = world.clock.now();
      expect(await world.claimOne({ workerId: "w9", leaseMs: 5_000 })).toEqual({
        ...parts,
        jobId,
        kind: "kind",
        queue: "queue",
        fence: 1,
        generation: 1,
        attempt: 1,
        lostCount: 0,
        createdAt: now - 10,
        runAt: now - 10,
        startedAt: now,
        leaseExpiresAt: now + 5_000,
      });
      const facts = { status: "processing", workerId: "w9", attempt: 1, fence: 1, seq: 2 };
      const times = {
        firstStartedAt: now,
        startedAt: now,
        updatedAt: now,
        leaseExpiresAt: now + 5_000,
        finishedAt: null,
      };
      expect(await world.read(jobId)).toMatchObject({ ...facts, ...times });
    });

    rule("T4 a claim leaves alone other kinds, other queues and recorded jobs", async (world) => {
      await world.add({ kind: "other" });
      await world.add({ queue: "elsewhere" });
      await world.add({ recorded: true });
      expect(await world.claim({ queues: ["queue"], limit: 9 })).toEqual({ jobs: [], nextDueInMs: null });
      expect(await world.claimIds({ kinds: [] })).toEqual([]);
      expect(await world.claimIds({ queues: [] })).toEqual([]);
      expect(await world.claimIds({ kinds: ["kind", "other"] })).toHaveLength(2);
    });

    rule("T4 a claim leaves alone paused queues until they are resumed", async (world) => {
      const jobId = await world.add();
      await world.store.pauseQueue("queue", "user:op");
      expect(await world.claim()).toEqual({ jobs: [], nextDueInMs: null });
      await world.store.resumeQueue("queue", "user:op");
      expect(await world.claimIds()).toEqual([jobId]);
    });

    rule("T18 a claim leaves alone jobs past their expiry, also before any sweep", async (world) => {
      const expiring = await world.add({ expiresInMs: 1_000 });
      const living = await world.add();
      await world.clock.advance(1_000);
      expect(await world.claimIds()).toEqual([living]);
      expect((await world.read(expiring)).status).toBe("pending");
    });

    rule("B2 a scheduled job waits for its time, then reads as pending and can be claimed at once", async (world) => {
      const jobId = await world.add({ runAt: { inMs: 1_000 } });
      expect(await world.claimIds()).toEqual([]);
      await world.clock.advance(999);
      expect(await world.status(jobId)).toBe("scheduled");
      expect(await world.claimIds()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.status(jobId)).toBe("pending");
      expect(await world.claimIds()).toEqual([jobId]);
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ from: "scheduled", event: "claim" });
    });

    rule("B2 a run time may be an instant; one that has passed means now", async (world) => {
      const at = world.clock.now() + 500;
      const later = await world.add({ runAt: { at } });
      const past = await world.add({ runAt: { at: at - HOUR_MS } });
      const zero = await world.add({ runAt: { inMs: 0 } });
      expect(await world.read(later)).toMatchObject({ status: "scheduled", scheduledAt: at, runAt: at });
      for (const jobId of [past, zero]) {
        expect(await world.read(jobId)).toMatchObject({
          status: "pending",
          scheduledAt: null,
          runAt: world.clock.now(),
        });
      }
      expect(await world.claimIds()).toEqual([past, zero].sort());
    });

    rule("T7, T10 a failed or snoozed job is due again after the time its holder named", async (world) => {
      const held = await world.running();
      await world.settle(held, failed({ retryInMs: 1_000 }));
      await world.clock.advance(999);
      expect(await world.claimIds()).toEqual([]);
      await world.clock.advance(1);
      expect(await world.status(held.jobId)).toBe("retrying");
      const again = await world.claimOne();
      expect(again).toMatchObject({ attempt: 2, fence: 2 });
      await world.settle(again, snoozed(2_000));
      expect(await world.read(held.jobId)).toMatchObject({ status: "scheduled", attempt: 1, scheduledAt: null });
      await world.clock.advance(2_000);
      expect(await world.claimOne()).toMatchObject({ attempt: 2, fence: 3 });
    });

    rule("T9 a released job keeps its place in line and is not charged", async (world) => {
      const first = await world.running();
      await world.clock.advance(5);
      await world.add();
      await world.settle(first, RELEASED);
      expect(await world.read(first.jobId)).toMatchObject({ status: "pending", attempt: 0, progress: null });
      expect(await world.claimOne()).toMatchObject({ jobId: first.jobId, attempt: 1, fence: 2 });
    });

    rule("the claim says when the next job for this request is due", async (world) => {
      expect((await world.claim()).nextDueInMs).toBeNull();
      await world.add({ runAt: { inMs: 5_000 } });
      await world.add({ runAt: { inMs: 3_000 } });
      await world.add({ kind: "other", runAt: { inMs: 1_000 } });
      expect((await world.claim()).nextDueInMs).toBe(3_000);
      await world.add();
      await world.add();
      expect((await world.claim({ limit: 1 })).nextDueInMs).toBe(0);
      expect((await world.claim({ limit: 1 })).nextDueInMs).toBe(3_000);
      await world.clock.advance(4_000);
      expect((await world.claim({ limit: 5 })).nextDueInMs).toBe(1_000);
    });

    rule("the claim counts a job that waits for its retry as next due", async (world) => {
      await world.settle(await world.running(), failed({ retryInMs: MINUTE_MS }));
      expect((await world.claim()).nextDueInMs).toBe(MINUTE_MS);
    });
  });

  describe("concurrency keys", () => {
    for (const limit of [1, 3]) {
      rule(
        `I22 never more than ${limit} of a key process at once, over interleaved claims and settles`,
        async (world) => {
          const key = { concurrencyKey: "tenant", concurrencyLimit: limit };
          const jobs = Array.from({ length: 7 }, () => world.newJob(key));
          await world.store.enqueue(jobs);
          const free = await world.add();
          const done: string[] = [];
          for (let round = 0; done.length < jobs.length; round++) {
            const wanted = round === 0 ? 10 : 2;
            const claimed = [
              ...(await world.claim({ limit: wanted })).jobs,
              ...(await world.claim({ limit: 10 })).jobs,
            ];
            const keyed = claimed.filter((job) => job.jobId !== free);
            expect(claimed.length - keyed.length).toBe(round === 0 ? 1 : 0);
            expect(keyed).toHaveLength(Math.min(limit, jobs.length - done.length));
            expect(await world.claimIds()).toEqual([]);
            // Some end well, some come back and must be done again.
            for (const [i, job] of keyed.entries()) {
              const comesBack = round === 1 && i === 0;
              await world.settle(job, comesBack ? RELEASED : COMPLETED);
              if (!comesBack) done.push(job.jobId);
            }
          }
          expect([...done].sort()).toEqual(jobs.map((job) => job.jobId).sort());
        },
      );
    }

    rule("I22 a rescue and a force cancel free the slot, a cancel request does not", async (world) => {
      const key = { concurrencyKey: "tenant", concurrencyLimit: 1, maxAttempts: 1 };
      const first = await world.running(key);
      const second = await world.add(key);
      const third = await world.add(key);
      await world.cancel(first.jobId);
      expect(await world.claimIds()).toEqual([]);
      await world.lose();
      expect(await world.claimIds()).toEqual([second]);
      await world.cancel(second, { force: true });
      expect(await world.claimIds()).toEqual([third]);
    });

    rule("I22 a key is shared by all kinds, queues and owners; other keys are free", async (world) => {
      await world.running({ concurrencyKey: "k", concurrencyLimit: 1 });
      await world.add({ concurrencyKey: "k", concurrencyLimit: 1, kind: "b", queue: "q2", owner: "ann" });
      const other = await world.add({ concurrencyKey: "k2", concurrencyLimit: 1 });
      expect(await world.claimIds({ kinds: ["kind", "b"] })).toEqual([other]);
    });

    rule("the newest enqueue decides the limit of its key", async (world) => {
      const ids: string[] = [];
      for (const concurrencyLimit of [1, 1, 1, 2]) ids.push(await world.add({ concurrencyKey: "k", concurrencyLimit }));
      expect(await world.claimIds()).toEqual(ids.slice(0, 2));
      ids.push(await world.add({ concurrencyKey: "k", concurrencyLimit: 3 }));
      expect(await world.claimIds()).toEqual(ids.slice(2, 3));
    });

    rule("a job that waits for its key does not hold up the others, and keeps its turn", async (world) => {
      const key = { concurrencyKey: "k", concurrencyLimit: 1, priority: -1 };
      const holder = await world.running({ ...key, priority: -2 });
      const blocked = await world.add(key);
      const free = await world.add();
      expect(await world.claim({ limit: 1 })).toMatchObject({ jobs: [{ jobId: free }], nextDueInMs: null });
      const next = await world.add();
      await world.settle(holder, COMPLETED);
      expect(await world.claimIds()).toEqual([blocked, next]);
    });

    rule(
      "a claim that took all it wanted is not due again for jobs that wait for their key, or are out of time",
      async (world) => {
        const key = { concurrencyKey: "k", concurrencyLimit: 1 };
        const [first] = [await world.add(key), await world.add(key), await world.add({ expiresInMs: 1_000 })];
        await world.clock.advance(1_000);
        expect(await world.claim({ limit: 1 })).toMatchObject({ jobs: [{ jobId: first }], nextDueInMs: null });
        await world.add({ concurrencyKey: "other", concurrencyLimit: 1 });
        await world.add({ concurrencyKey: "other", concurrencyLimit: 2 });
        await world.add();
        expect((await world.claim({ limit: 1 })).nextDueInMs).toBe(0);
        expect((await world.claim({ limit: 1 })).nextDueInMs).toBe(0);
        expect((await world.claim({ limit: 1 })).nextDueInMs).toBeNull();
      },
    );

    rule("a blocked job that is cancelled or expires leaves its free slot to the next one", async (world) => {
      const key = { concurrencyKey: "k", concurrencyLimit: 1 };
      const holder = await world.running(key);
      const cancelled = await world.add(key);
      await world.add({ ...key, expiresInMs: 1_000 });
      const last = await world.add(key);
      expect(await world.claimIds()).toEqual([]);
      await world.settle(holder, COMPLETED);
      await world.cancel(cancelled);
      await world.clock.advance(1_000);
      expect(await world.claimIds()).toEqual([last]);
    });

    rule("a lost worker's key is free again after one lease and one sweep", async (world) => {
      const key = { concurrencyKey: "k", concurrencyLimit: 1 };
      const lost = await world.running(key);
      await world.clock.advance(LEASE_MS);
      expect(await world.claimIds()).toEqual([]);
      await world.store.sweep(10);
      expect(await world.claimIds()).toEqual([lost.jobId]);
    });
  });
}
