/** Who may write: fences, late results, replays, conflicts, and what losing a lease does. */
import { describe, expect } from "vitest";
import { POISON_LIMIT } from "../../core/lifecycle.js";
import type { Outcome } from "../../core/store.js";
import type { Rule, World } from "./world.js";
import { CANCELLED, COMPLETED, failed, LEASE_MS, RELEASED, snoozed } from "./world.js";

const FAIL_RETRY = failed({ retryInMs: 1_000 });

/** Every kind of ending, and the status it leaves. `cancelled` needs a cancel request first. */
const ENDINGS: readonly (readonly [name: string, outcome: Outcome, status: string])[] = [
  ["completed", COMPLETED, "completed"],
  ["failed, to be retried", FAIL_RETRY, "retrying"],
  ["failed for good", failed(), "failed"],
  ["released", RELEASED, "pending"],
  ["snoozed", snoozed(1_000), "scheduled"],
  ["cancelled", CANCELLED, "cancelled"],
];

export function fencesTheme(rule: Rule): void {
  describe("fences", () => {
    rule("T4 each claim raises the fence by one and it is never reset, not even by a manual retry", async (world) => {
      const first = await world.running({ maxAttempts: 1 });
      await world.settle(first, failed());
      await world.retry(first.jobId);
      const second = await world.claimOne();
      await world.settle(second, RELEASED);
      const third = await world.claimOne();
      expect([first.fence, second.fence, third.fence]).toEqual([1, 2, 3]);
    });

    const locks: readonly (readonly [string, (world: World, jobId: string) => Promise<unknown>])[] = [
      ["after a rescue", (world) => world.lose()],
      ["after a force cancel", (world, jobId) => world.cancel(jobId, { force: true })],
      ["after a rescue and another claim", async (world) => [await world.lose(), await world.claimOne()]],
    ];
    for (const [when, lockOut] of locks) {
      rule(`T5 the former holder is told lost and changes nothing ${when}`, async (world) => {
        const stale = await world.running();
        await lockOut(world, stale.jobId);
        const before = await world.picture(stale.jobId);
        expect(await world.extend(stale)).toBe("lost");
        expect(await world.report(stale, { percent: 50, logs: [{ message: "still here", fields: null }] })).toBe(
          "lost",
        );
        for (const [name, outcome] of ENDINGS) {
          expect(await world.settle(stale, outcome), name).toMatchObject({ answer: "lost" });
        }
        expect(await world.picture(stale.jobId)).toEqual(before);
      });
    }

    rule("L2 a settlement that is refused does not hide the running attempt from the sweep", async (world) => {
      const stale = await world.running();
      await world.lose();
      const held = await world.claimOne({ workerId: "w2" });
      await world.settle(stale, COMPLETED);
      expect(await world.settle(held, CANCELLED)).toMatchObject({ answer: "illegal" });
      // A claim tidies up after those before it.
      expect(await world.claimIds()).toEqual([]);
      expect(await world.lose()).toMatchObject({ rescued: [{ jobId: held.jobId, fence: held.fence }] });
    });

    rule("T5 a former holder does not renew the lease of the present one", async (world) => {
      const stale = await world.running();
      await world.lose();
      const { jobId, leaseExpiresAt } = await world.claimOne({ workerId: "w2" });
      await world.clock.advance(10_000);
      expect(await world.extend(stale)).toBe("lost");
      expect((await world.read(jobId)).leaseExpiresAt).toBe(leaseExpiresAt);
    });

    rule("T5 a fence that was never given counts for nothing", async (world) => {
      const held = await world.running();
      for (const fence of [0, held.fence + 1]) {
        const guess = { jobId: held.jobId, fence };
        expect(await world.extend(guess)).toBe("lost");
        expect(await world.report(guess, { percent: 1 })).toBe("lost");
        expect(await world.settle(guess, COMPLETED)).toEqual({ answer: "lost", status: "processing" });
      }
      expect(await world.settle({ jobId: world.newJob().jobId, fence: 1 }, COMPLETED)).toEqual({
        answer: "lost",
        status: null,
      });
    });

    rule("T5 the holder is told held, and cancelRequested once somebody has asked", async (world) => {
      const held = await world.running();
      expect(await world.extend(held)).toBe("held");
      expect(await world.report(held, { percent: 1 })).toBe("held");
      await world.cancel(held.jobId);
      expect(await world.extend(held)).toBe("cancelRequested");
      expect(await world.report(held, { percent: 2 })).toBe("cancelRequested");
    });

    rule("T5 extending moves the end of the lease, also of one that had run out unnoticed", async (world) => {
      const held = await world.running();
      await world.clock.advance(LEASE_MS + 5);
      expect(await world.extend(held)).toBe("held");
      expect((await world.store.sweep(10)).rescued).toEqual([]);
      expect((await world.read(held.jobId)).leaseExpiresAt).toBe(world.clock.now() + LEASE_MS);
    });

    for (const [name, outcome, status] of ENDINGS) {
      rule(`T6–T10, T16 the same ending told again is replayed and changes nothing: ${name}`, async (world) => {
        const held = await world.running();
        if (outcome.type === "cancelled") await world.cancel(held.jobId);
        expect(await world.settle(held, outcome)).toEqual({ answer: "settled", status, late: false });
        const before = await world.picture(held.jobId);
        await world.clock.advance(1);
        expect(await world.settle(held, outcome)).toEqual({ answer: "replayed", status });
        expect(await world.picture(held.jobId)).toEqual(before);
      });
    }

    rule("T8 a failure that could be retried is final when the attempts are used up", async (world) => {
      const first = await world.running({ maxAttempts: 2 });
      expect(await world.settle(first, failed({ retryInMs: 0 }))).toMatchObject({ status: "retrying" });
      const last = await world.claimOne();
      expect(await world.settle(last, failed({ retryInMs: 0 }))).toEqual({
        answer: "settled",
        status: "failed",
        late: false,
      });
      expect(await world.read(last.jobId)).toMatchObject({ attempt: 2, error: { code: "broken" } });
      expect((await world.trail(last.jobId)).at(-1)?.event).toBe("fail");
    });

    rule("T7 an ending told again is replayed even when another fence rules by now", async (world) => {
      const first = await world.running();
      await world.settle(first, failed({ retryInMs: 0 }));
      await world.claimOne();
      expect(await world.settle(first, failed({ retryInMs: 0 }))).toEqual({ answer: "replayed", status: "processing" });
      expect(await world.settle(first, COMPLETED)).toEqual({ answer: "lost", status: "processing" });
    });

    rule("T6 the same settlement twice in one batch is settled once and replayed once", async (world) => {
      const { jobId, fence } = await world.running();
      const twice = { jobId, fence, outcome: COMPLETED };
      expect((await world.store.settle([twice, twice])).map((a) => a.answer)).toEqual(["settled", "replayed"]);
      expect(await world.events(jobId)).toEqual(["enqueue", "claim", "complete"]);
    });

    rule("a different ending for an ended attempt keeps the first and leaves one conflict remark", async (world) => {
      const held = await world.running();
      await world.settle(held, COMPLETED);
      const first = await world.read(held.jobId);
      await world.clock.advance(1);
      expect(await world.settle(held, failed())).toEqual({ answer: "conflict", status: "completed" });
      expect(await world.settle(held, RELEASED)).toEqual({ answer: "conflict", status: "completed" });
      const after = await world.read(held.jobId);
      expect(after).toMatchObject({
        status: "completed",
        result: first.result,
        error: null,
        finishedAt: first.finishedAt,
      });
      expect(after.seq).toBe(4);
      const trail = await world.trail(held.jobId);
      expect(trail.map((row) => row.event)).toEqual(["enqueue", "claim", "complete", "conflict"]);
      expect(trail[3]).toMatchObject({ from: "completed", to: "completed", fence: held.fence });
      expect(await world.settle(held, COMPLETED)).toEqual({ answer: "replayed", status: "completed" });
    });

    rule("a different ending is lost while the job goes on", async (world) => {
      const held = await world.running();
      await world.settle(held, FAIL_RETRY);
      const before = await world.picture(held.jobId);
      expect(await world.settle(held, COMPLETED)).toEqual({ answer: "lost", status: "retrying" });
      expect(await world.picture(held.jobId)).toEqual(before);
    });

    rule("a result whose lease has run out is accepted, and marked late in the trail", async (world) => {
      const held = await world.running();
      await world.clock.advance(LEASE_MS);
      expect(await world.settle(held, COMPLETED)).toEqual({ answer: "settled", status: "completed", late: true });
      expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "complete", reason: "late" });
    });

    rule("a result one millisecond before the end of its lease is not late", async (world) => {
      const held = await world.running();
      await world.clock.advance(LEASE_MS - 1);
      expect((await world.store.sweep(10)).rescued).toEqual([]);
      expect(await world.settle(held, COMPLETED)).toMatchObject({ answer: "settled", late: false });
      expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "complete", reason: null });
    });

    rule("T16 to confirm a cancel that nobody asked for is illegal and writes nothing", async (world) => {
      const held = await world.running();
      const before = await world.picture(held.jobId);
      expect(await world.settle(held, CANCELLED)).toEqual({ answer: "illegal", status: "processing" });
      expect(await world.picture(held.jobId)).toEqual(before);
    });

    rule("T6 success after a cancel request is recorded as completed", async (world) => {
      const held = await world.running();
      await world.cancel(held.jobId);
      expect(await world.settle(held, COMPLETED)).toMatchObject({ answer: "settled", status: "completed" });
      expect(await world.events(held.jobId)).toEqual(["enqueue", "claim", "request_cancel", "complete"]);
    });

    const badEnds: readonly (readonly [string, Outcome])[] = [
      ["failed", FAIL_RETRY],
      ["released", RELEASED],
      ["snoozed", snoozed(1_000)],
    ];
    for (const [name, outcome] of badEnds) {
      rule(`T13 an attempt that ends ${name} while cancel is asked ends the job cancelled`, async (world) => {
        const held = await world.running();
        await world.cancel(held.jobId);
        expect(await world.settle(held, outcome)).toMatchObject({ answer: "settled", status: "cancelled" });
        expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "fail_cancel", from: "processing" });
        expect(await world.read(held.jobId)).toMatchObject({ error: null, errorDetail: null, attempt: 1 });
        expect(await world.settle(held, outcome)).toEqual({ answer: "replayed", status: "cancelled" });
      });
    }
  });

  describe("lost leases", () => {
    rule("T11 a lost job is retried at once, with the error lost, while attempts remain", async (world) => {
      const held = await world.running();
      const { rescued, paused } = await world.lose();
      expect(paused).toBe(false);
      expect(rescued).toEqual([{ jobId: held.jobId, kind: "kind", fence: 1, to: "retrying" }]);
      const job = await world.read(held.jobId);
      expect(job).toMatchObject({ status: "retrying", attempt: 1, lostCount: 1, workerId: null, leaseExpiresAt: null });
      expect(job.error).toMatchObject({ code: "lost", retryable: true });
      expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "lose_retry", actor: "rescuer", fence: 1 });
      expect(await world.claimOne()).toMatchObject({ jobId: held.jobId, attempt: 2, fence: 2, lostCount: 1 });
    });

    rule("T12 a job that is lost with its attempts used up fails with the code lost", async (world) => {
      const held = await world.running({ maxAttempts: 1 });
      await world.lose();
      expect(await world.read(held.jobId)).toMatchObject({ status: "failed", error: { code: "lost" }, attempt: 1 });
    });

    rule(`T12 a job lost ${POISON_LIMIT} times in a row fails with the code poisoned`, async (world) => {
      const jobId = await world.add({ maxAttempts: 10 });
      for (let i = 0; i < POISON_LIMIT; i++) {
        expect(await world.claimOne()).toMatchObject({ jobId, lostCount: i });
        await world.lose();
      }
      const job = await world.read(jobId);
      expect(job).toMatchObject({ status: "failed", lostCount: POISON_LIMIT, error: { code: "poisoned" } });
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ event: "lose_fail", error: { code: "poisoned" } });
    });

    rule("T12 an attempt that its holder ended breaks the row of losses", async (world) => {
      const jobId = await world.add({ maxAttempts: 10 });
      for (let i = 0; i < POISON_LIMIT - 1; i++) {
        await world.claimOne();
        await world.lose();
      }
      await world.settle(await world.claimOne(), failed({ retryInMs: 0 }));
      expect((await world.read(jobId)).lostCount).toBe(0);
      await world.claimOne();
      await world.lose();
      expect(await world.read(jobId)).toMatchObject({ status: "retrying", lostCount: 1 });
    });

    rule("T11, T18 one sweep takes a lost job back and ends it when it is out of time", async (world) => {
      const { jobId } = await world.running({ maxAttempts: 3, expiresInMs: 1_000 });
      await world.clock.advance(LEASE_MS);
      const { rescued, expired } = await world.store.sweep(10);
      expect([rescued.map(({ to }) => to), expired.map(({ to }) => to)]).toEqual([["retrying"], ["expired"]]);
      expect(await world.read(jobId)).toMatchObject({ status: "expired" });
    });

    rule("T12 giving a job back, unstarted, does not break it", async (world) => {
      const jobId = await world.add({ maxAttempts: 10 });
      for (let i = 0; i < POISON_LIMIT; i++) {
        await world.settle(await world.claimOne(), RELEASED);
        expect(await world.claimOne()).toMatchObject({ jobId, lostCount: i });
        await world.lose();
      }
      expect(await world.read(jobId)).toMatchObject({ status: "failed", error: { code: "poisoned" } });
    });

    rule("T12 a former holder is told lost, not conflict, when the loss ended the job", async (world) => {
      const held = await world.running({ maxAttempts: 1 });
      await world.lose();
      const before = await world.picture(held.jobId);
      for (const [name, outcome] of ENDINGS) {
        expect(await world.settle(held, outcome), name).toEqual({ answer: "lost", status: "failed" });
      }
      expect(await world.picture(held.jobId)).toEqual(before);
    });

    rule("T13 a job that is lost while cancel is asked ends cancelled", async (world) => {
      const held = await world.running();
      await world.cancel(held.jobId);
      await world.lose();
      expect(await world.read(held.jobId)).toMatchObject({ status: "cancelled", error: null });
      expect((await world.trail(held.jobId)).at(-1)?.event).toBe("lose_cancel");
    });

    rule("T11 a sweep takes at most the number asked for, and the next one the rest", async (world) => {
      for (let i = 0; i < 5; i++) await world.running();
      await world.clock.advance(LEASE_MS);
      expect((await world.store.sweep(3)).rescued).toHaveLength(3);
      expect((await world.store.sweep(3)).rescued).toHaveLength(2);
      expect((await world.store.sweep(3)).rescued).toEqual([]);
    });
  });
}
