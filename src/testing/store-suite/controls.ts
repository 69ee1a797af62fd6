/** What people ask for: cancel, retry by hand, remove. */
import { describe, expect } from "vitest";
import { POISON_LIMIT } from "../../core/lifecycle.js";
import { build } from "./moves.js";
import type { Rule } from "./world.js";
import { COMPLETED, failed, MINUTE_MS, only } from "./world.js";

export function controlsTheme(rule: Rule): void {
  describe("cancel", () => {
    rule(
      "T14 cancelling a waiting job ends it, and asking again is replayed and keeps the first time",
      async (world) => {
        const jobId = await world.add();
        const asked = { actor: "user:ann", reason: "changed my mind", requestId: "r1" };
        expect(await world.cancel(jobId, asked)).toEqual({ answer: "done", status: "cancelled" });
        const finishedAt = world.clock.now();
        const before = await world.picture(jobId);
        await world.clock.advance(5);
        expect(await world.cancel(jobId, { actor: "user:bob" })).toEqual({ answer: "replayed", status: "cancelled" });
        expect(await world.picture(jobId)).toEqual(before);
        expect(await world.read(jobId)).toMatchObject({ finishedAt, cancelRequestedAt: finishedAt });
        expect((await world.trail(jobId)).at(-1)).toMatchObject({ event: "cancel", ...asked });
      },
    );

    rule("T15 cancelling a running job sets a flag once, and keeps the first time", async (world) => {
      const held = await world.running();
      const first = world.clock.now();
      expect(await world.cancel(held.jobId, { reason: "stop" })).toEqual({ answer: "requested", status: "processing" });
      const before = await world.picture(held.jobId);
      await world.clock.advance(5);
      expect(await world.cancel(held.jobId)).toEqual({ answer: "replayed", status: "processing" });
      expect(await world.picture(held.jobId)).toEqual(before);
      expect(await world.read(held.jobId)).toMatchObject({ status: "processing", cancelRequestedAt: first });
      expect((await world.trail(held.jobId)).at(-1)).toMatchObject({ event: "request_cancel", reason: "stop" });
    });

    rule("T17 force cancel ends a running job at once, with a fence that nobody holds", async (world) => {
      const held = await world.running();
      await world.cancel(held.jobId);
      const asked = (await world.read(held.jobId)).cancelRequestedAt;
      await world.clock.advance(5);
      const force = { force: true, actor: "user:op" };
      expect(await world.cancel(held.jobId, force)).toEqual({ answer: "done", status: "cancelled" });
      const job = await world.read(held.jobId);
      expect(job).toMatchObject({
        status: "cancelled",
        fence: held.fence + 1,
        cancelRequestedAt: asked,
        workerId: null,
      });
      const last = (await world.trail(held.jobId)).at(-1);
      expect(last).toMatchObject({ event: "force_cancel", actor: "user:op", fence: held.fence });
      expect(await world.cancel(held.jobId, force)).toEqual({ answer: "replayed", status: "cancelled" });
    });

    rule("S2 cancel, retry and remove treat a job of somebody else like an unknown one", async (world) => {
      const { jobId } = await build(world, "failed", { job: { owner: "ann" } });
      const live = await world.add({ owner: "ann", kind: "live" });
      const before = [await world.picture(jobId), await world.picture(live)];
      for (const owner of ["bob", ""]) {
        expect(await world.cancel(live, { owner })).toEqual({ answer: "notFound" });
        expect(await world.retry(jobId, { owner })).toEqual({ answer: "notFound" });
        expect(await world.remove(jobId, { owner })).toEqual({ answer: "notFound" });
      }
      expect([await world.picture(jobId), await world.picture(live)]).toEqual(before);
      expect(await world.cancel(live, { owner: "ann" })).toMatchObject({ answer: "done" });
      expect(await world.retry(jobId, { owner: "ann" })).toMatchObject({ answer: "done" });
    });
  });

  describe("retry by hand", () => {
    rule("T19 retry opens the next generation on the same id, with all attempts ahead", async (world) => {
      const { jobId } = await build(world, "failed", { job: { maxAttempts: 1, priority: 3 } });
      await world.clock.advance(10);
      const asked = { actor: "user:ann", requestId: "click-1" };
      expect(await world.retry(jobId, asked)).toEqual({ answer: "done", status: "pending" });
      const job = await world.read(jobId);
      const reset = { generation: 2, attempt: 0, lostCount: 0, finishedAt: null, error: null, errorDetail: null };
      expect(job).toMatchObject({
        status: "pending",
        fence: 1,
        seq: 4,
        priority: 3,
        runAt: world.clock.now(),
        ...reset,
      });
      expect(job).toMatchObject({ progress: null, cancelRequestedAt: null, result: null });
      expect((await world.trail(jobId)).at(-1)).toMatchObject({ event: "retry", generation: 2, attempt: 0, ...asked });
      expect(await world.claimOne()).toMatchObject({ jobId, generation: 2, attempt: 1, fence: 2 });
    });

    rule("T19 a poisoned job that is retried by hand may be lost again as often as at first", async (world) => {
      const jobId = await world.add({ maxAttempts: 9 });
      for (let i = 0; i < POISON_LIMIT; i++) {
        await world.claimOne();
        await world.lose();
      }
      await world.retry(jobId);
      expect(await world.claimOne()).toMatchObject({ jobId, generation: 2, attempt: 1, lostCount: 0 });
      await world.lose();
      expect(await world.read(jobId)).toMatchObject({ status: "retrying", lostCount: 1 });
    });

    rule("T19 a request key makes a double click one retry, whatever became of the job since", async (world) => {
      const { jobId } = await build(world, "failed");
      await world.retry(jobId, { requestId: "click" });
      expect(await world.retry(jobId, { requestId: "click" })).toEqual({ answer: "replayed", status: "pending" });
      await world.settle(await world.claimOne(), failed());
      expect(await world.retry(jobId, { requestId: "click" })).toEqual({ answer: "replayed", status: "failed" });
      expect((await world.read(jobId)).generation).toBe(2);
      expect(await world.retry(jobId, { requestId: "other" })).toMatchObject({ answer: "done" });
      expect(await world.retry(jobId)).toEqual({ answer: "illegal", status: "pending" });
    });

    rule("T19 the same request key twice in one batch is one retry", async (world) => {
      const { jobId } = await build(world, "failed");
      const click = { jobId, actor: "user:ann", requestId: "c", onlyRetryable: false, maxGenerations: null };
      expect((await world.store.retry([click, click])).map((a) => a.answer)).toEqual(["done", "replayed"]);
      expect((await world.read(jobId)).generation).toBe(2);
    });

    rule("T19 a retry that would break a unique key names the job that holds it", async (world) => {
      const { jobId } = await build(world, "failed", { job: { uniqueKey: "u", owner: "ann" } });
      const holder = await world.add({ uniqueKey: "u", owner: "ann" });
      const before = await world.picture(jobId);
      expect(await world.retry(jobId)).toEqual({ answer: "uniqueConflict", jobId: holder });
      expect(await world.picture(jobId)).toEqual(before);
      await world.cancel(holder);
      expect(await world.retry(jobId)).toMatchObject({ answer: "done" });
    });

    rule("E7 the number of generations can be capped, and the refusal says so", async (world) => {
      const { jobId } = await build(world, "failed");
      await world.retry(jobId);
      await world.settle(await world.claimOne(), failed());
      const refused = { answer: "notRetryable", status: "failed", reason: "generations" };
      expect(await world.retry(jobId, { maxGenerations: 2 })).toEqual(refused);
      expect(await world.retry(jobId, { maxGenerations: 3 })).toMatchObject({ answer: "done" });
    });

    rule("E7 an error that trying again cannot help is refused to owners, not to operators", async (world) => {
      const held = await world.running();
      await world.settle(held, failed({ retryable: false }));
      const refused = { answer: "notRetryable", status: "failed", reason: "error" };
      expect(await world.retry(held.jobId, { onlyRetryable: true })).toEqual(refused);
      expect(await world.retry(held.jobId, { onlyRetryable: false })).toMatchObject({ answer: "done" });
      for (const status of ["cancelled", "expired"] as const) {
        const { jobId } = await build(world, status);
        expect(await world.retry(jobId, { onlyRetryable: true }), status).toMatchObject({ answer: "done" });
      }
    });

    rule("T19 a retried job has its time to live again, and a cancel request is forgotten", async (world) => {
      const held = await world.running({ expiresInMs: MINUTE_MS });
      await world.cancel(held.jobId);
      await world.settle(held, { type: "cancelled" });
      await world.clock.advance(2 * MINUTE_MS);
      await world.retry(held.jobId);
      const job = await world.read(held.jobId);
      expect(job).toMatchObject({ expiresAt: world.clock.now() + MINUTE_MS, cancelRequestedAt: null });
      expect((await world.store.sweep(10)).expired).toEqual([]);
      expect(await world.extend(await world.claimOne())).toBe("held");
    });

    rule("T19 every manual retry grants the time to live of the enqueue, not more", async (world) => {
      const jobId = await world.add({ expiresInMs: MINUTE_MS });
      for (let generation = 2; generation < 5; generation++) {
        await world.clock.advance(1_000);
        await world.cancel(jobId);
        await world.retry(jobId);
        expect(await world.read(jobId)).toMatchObject({ generation, expiresAt: world.clock.now() + MINUTE_MS });
      }
    });
  });

  describe("expire", () => {
    rule("T18 the sweeper ends waiting jobs past their expiry, at most the number asked for", async (world) => {
      const ids = [];
      for (let i = 0; i < 3; i++) ids.push(await world.add({ expiresInMs: MINUTE_MS }));
      await world.clock.advance(MINUTE_MS - 1);
      expect((await world.store.sweep(10)).expired).toEqual([]);
      await world.clock.advance(1);
      const [first, second] = [await world.store.sweep(2), await world.store.sweep(2)];
      expect(first.expired).toHaveLength(2);
      expect([...first.expired, ...second.expired].map((job) => job.jobId).sort()).toEqual([...ids].sort());
      expect(second.expired[0]).toMatchObject({ kind: "kind", fence: 0, to: "expired" });
      const job = await world.read(only(second.expired).jobId);
      expect(job).toMatchObject({ status: "expired", finishedAt: world.clock.now(), error: null });
      expect((await world.trail(job.jobId)).at(-1)).toMatchObject({ event: "expire", actor: "sweeper" });
    });

    rule("T18 a running job may finish after its expiry", async (world) => {
      const held = await world.running({ expiresInMs: 1_000 });
      await world.clock.advance(2_000);
      expect(await world.store.sweep(10)).toMatchObject({ expired: [], rescued: [] });
      expect(await world.settle(held, COMPLETED)).toMatchObject({ status: "completed" });
    });
  });
}
