/** What goes and what stays: purge by age and by count, tombstones, removal by id. */
import { describe, expect } from "vitest";
import { JOB_STATUSES } from "../../core/lifecycle.js";
import type { PurgeRequest, RetentionRule } from "../../core/store.js";
import { build } from "./moves.js";
import type { Rule, World } from "./world.js";
import { COMPLETED, DAY_MS, failed, HOUR_MS, MINUTE_MS } from "./world.js";

const byAge = (status: RetentionRule["status"], olderThanMs: number): RetentionRule => ({
  status,
  olderThanMs,
  keep: null,
});
const byCount = (status: RetentionRule["status"], keep: number): RetentionRule => ({ status, olderThanMs: null, keep });

async function purge(world: World, rules: RetentionRule[], parts: Partial<PurgeRequest> = {}): Promise<string[]> {
  const tombstones = await world.store.purge({ rules, limit: 100, tombstoneMs: DAY_MS, actor: "retention", ...parts });
  return tombstones.map((tombstone) => tombstone.jobId);
}

async function completedOnes(world: World, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const held = await world.running();
    await world.settle(held, COMPLETED);
    ids.push(held.jobId);
    await world.clock.advance(MINUTE_MS);
  }
  return ids;
}

export function retentionTheme(rule: Rule): void {
  describe("retention", () => {
    rule(
      "I29 purge by age takes finished jobs older than the rule of their status, and nothing else",
      async (world) => {
        const built: Record<string, string> = {};
        for (const status of JOB_STATUSES) {
          const job = { kind: status, concurrencyKey: null };
          built[status] = (await build(world, status, { job, leaseMs: DAY_MS })).jobId;
        }
        await world.clock.advance(HOUR_MS / 2);
        expect(await purge(world, [byAge("completed", HOUR_MS), byAge("failed", HOUR_MS)])).toEqual([]);
        await world.clock.advance(HOUR_MS);
        expect(await purge(world, [byAge("completed", HOUR_MS)])).toEqual([built["completed"]]);
        const rest = (["failed", "cancelled", "expired"] as const).map((status) => byAge(status, HOUR_MS));
        const gone = await purge(world, rest);
        expect(new Set(gone)).toEqual(new Set([built["failed"], built["cancelled"], built["expired"]]));
        for (const status of ["scheduled", "pending", "processing", "retrying"]) {
          expect((await world.read(built[status] as string)).status).toBe(status);
        }
      },
    );

    rule("I29 purge by count keeps the newest of the status", async (world) => {
      const ids = await completedOnes(world, 5);
      const held = await world.running();
      await world.settle(held, failed());
      expect(await purge(world, [byCount("completed", 2)])).toEqual(ids.slice(0, 3));
      expect(await purge(world, [byCount("completed", 2)])).toEqual([]);
      expect((await world.store.counts({})).failed).toBe(1);
    });

    rule("a job goes when any rule of its status says so, and a rule without limits takes nothing", async (world) => {
      const ids = await completedOnes(world, 4);
      expect(await purge(world, [{ status: "completed", olderThanMs: null, keep: null }])).toEqual([]);
      const both = { status: "completed", olderThanMs: 3.5 * MINUTE_MS, keep: 3 } as const;
      expect(await purge(world, [both])).toEqual(ids.slice(0, 1));
      expect(await purge(world, [byAge("completed", DAY_MS), byCount("completed", 1)])).toEqual(ids.slice(1, 3));
    });

    rule("D6 purge takes the oldest first, at most the number asked for", async (world) => {
      const ids = await completedOnes(world, 4);
      await world.clock.advance(HOUR_MS);
      const all = [byAge("completed", MINUTE_MS)];
      expect(await purge(world, all, { limit: 3 })).toEqual(ids.slice(0, 3));
      expect(await purge(world, all, { limit: 3 })).toEqual(ids.slice(3));
    });

    rule("T20 a purged job leaves a tombstone that says what became of it, and nothing else", async (world) => {
      const held = await world.running({ owner: "ann", idempotencyKey: "i", payload: '"secret"' });
      await world.report(held, { percent: 10, logs: [{ message: "line", fields: null }] });
      await world.settle(held, failed({ code: "empty_file" }));
      const { createdAt, finishedAt } = await world.read(held.jobId);
      await world.clock.advance(HOUR_MS);
      const tombstone = {
        jobId: held.jobId,
        kind: "kind",
        owner: "ann",
        status: "failed",
        errorCode: "empty_file",
        createdAt,
        finishedAt,
        purgedAt: world.clock.now(),
      };
      const request = { rules: [byAge("failed", MINUTE_MS)], limit: 10, tombstoneMs: DAY_MS, actor: "retention" };
      expect(await world.store.purge(request)).toEqual([tombstone]);
      expect(await world.find(held.jobId)).toEqual(tombstone);
      expect(await world.find(held.jobId, { view: "status", owner: "ann" })).toEqual(tombstone);
      expect(await world.find(held.jobId, { owner: "bob" })).toBeNull();
      expect(await world.trail(held.jobId)).toEqual([]);
      expect(await world.store.logs(held.jobId)).toEqual([]);
      expect(await world.store.list({ limit: 10 })).toEqual([]);
      expect((await world.store.counts({})).failed).toBe(0);
    });

    rule("T20 a purged job can no longer be worked on or controlled, and its keys are free", async (world) => {
      const held = await world.running({ idempotencyKey: "i", uniqueKey: "u" });
      await world.settle(held, COMPLETED);
      await world.clock.advance(HOUR_MS);
      await purge(world, [byAge("completed", MINUTE_MS)]);
      expect(await world.settle(held, COMPLETED)).toMatchObject({ answer: "lost" });
      expect(await world.extend(held)).toBe("lost");
      expect(await world.cancel(held.jobId)).toEqual({ answer: "notFound" });
      expect(await world.retry(held.jobId)).toEqual({ answer: "notFound" });
      expect(await world.enqueue(world.newJob({ idempotencyKey: "i", uniqueKey: "u" }))).toMatchObject({
        answer: "created",
      });
    });

    rule("tombstones go when they are older than asked", async (world) => {
      const [jobId = ""] = await completedOnes(world, 1);
      await purge(world, [byCount("completed", 0)]);
      await world.clock.advance(HOUR_MS);
      await purge(world, [], { tombstoneMs: HOUR_MS + 1 });
      expect(await world.find(jobId)).toMatchObject({ jobId, status: "completed" });
      await purge(world, [], { tombstoneMs: HOUR_MS - 1 });
      expect(await world.find(jobId)).toBeNull();
    });

    rule("I23 tombstones are listed by id, in pages", async (world) => {
      const ids = await completedOnes(world, 5);
      await purge(world, [byCount("completed", 1)], { limit: 2 });
      await purge(world, [byCount("completed", 1)], { limit: 2 });
      const gone = ids.slice(0, 4).sort();
      const first = await world.store.tombstones(null, 3);
      expect(first.map((tombstone) => tombstone.jobId)).toEqual(gone.slice(0, 3));
      const rest = await world.store.tombstones(gone[2] as string, 3);
      expect(rest).toEqual([await world.find(gone[3] as string)]);
      expect(await world.store.tombstones(gone[3] as string, 3)).toEqual([]);
    });

    rule("D1 a finished job can be removed by id, a live one cannot", async (world) => {
      for (const status of JOB_STATUSES) {
        const { jobId } = await build(world, status, { job: { kind: status } });
        const terminal = ["completed", "failed", "cancelled", "expired"].includes(status);
        const answer = await world.remove(jobId);
        if (!terminal) {
          expect(answer, status).toEqual({ answer: "illegal", status });
          expect((await world.read(jobId)).status).toBe(status);
          continue;
        }
        expect(answer, status).toEqual({ answer: "done", status });
        expect(await world.find(jobId), status).toMatchObject({ jobId, status, purgedAt: world.clock.now() });
        expect(await world.remove(jobId), status).toEqual({ answer: "replayed", status });
      }
      expect(await world.remove(world.newJob().jobId)).toEqual({ answer: "notFound" });
    });
  });
}
