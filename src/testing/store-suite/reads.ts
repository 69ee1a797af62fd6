/** The read side: views, owners, lists, counts, and the facts by which a waiting job explains itself. */
import { describe, expect } from "vitest";
import { currentStatus, type WaitingFacts } from "../../core/job.js";
import { JOB_STATUSES } from "../../core/lifecycle.js";
import type { ListQuery, Outcome, WorkerFacts } from "../../core/store.js";
import { build } from "./moves.js";
import type { Rule, World } from "./world.js";
import { COMPLETED, DAY_MS, failed, HOUR_MS, LEASE_MS } from "./world.js";

export const WORKER: WorkerFacts = {
  workerId: "w1",
  host: "host",
  pid: 42,
  kinds: ["kind"],
  queues: null,
  concurrency: 5,
  running: 0,
  accepting: true,
};

const ids = async (world: World, query: Partial<ListQuery> = {}): Promise<string[]> =>
  (await world.store.list({ limit: 100, ...query })).map((job) => job.jobId);
const waiting = async (world: World, jobId: string): Promise<WaitingFacts | null> =>
  (await world.read(jobId, "info")).waiting;
const beat = (world: World, parts: Partial<WorkerFacts> = {}, leaseMs: number = LEASE_MS): Promise<unknown> =>
  world.store.extend({ worker: { ...WORKER, ...parts }, leaseMs, leases: [] });

export function readsTheme(rule: Rule): void {
  describe("read", () => {
    rule("A4 an unknown id reads as null, among known ones and in their order", async (world) => {
      const [a, b] = [await world.add(), await world.add()];
      const asked = [b, world.newJob().jobId, a, b];
      const answers = await world.store.read({ jobIds: asked, view: "status" });
      expect(answers.map((job) => job?.jobId ?? null)).toEqual([b, null, a, b]);
      expect(await world.store.trail([world.newJob().jobId, a])).toMatchObject([[], [{ event: "enqueue" }]]);
    });

    rule("B6 each view reads what it names and leaves the rest null", async (world) => {
      const done = await world.running({ payload: '"in"', metadata: '{"m":1}' });
      await world.settle(done, COMPLETED);
      const lost = await world.running();
      await world.settle(lost, failed({ code: "bad" }));
      const waits = await world.add();

      const status = await world.read(done.jobId, "status");
      expect(status).toMatchObject({ status: "completed", payload: null, result: null });
      const info = await world.read(done.jobId, "info");
      expect(info).toMatchObject({ payload: null, result: '{"ok":true}', metadata: '{"m":1}', waiting: null });
      expect(await world.read(done.jobId, "full")).toMatchObject({ payload: '"in"', result: '{"ok":true}' });

      for (const view of ["status", "info", "full"] as const) {
        const read = await world.read(lost.jobId, view);
        expect(read.error, view).toMatchObject({ code: "bad", retryable: true, reference: "ref-bad" });
        expect(read.errorDetail === null, view).toBe(view !== "full");
        expect((await world.read(waits, view)).waiting === null, view).toBe(view === "status");
      }
    });

    rule("S2, S3 with an owner, a job of somebody else reads as null and is in no list or count", async (world) => {
      const ann = await world.add({ owner: "ann" });
      const bob = await world.add({ owner: "bob" });
      const nobody = await world.add();
      const read = await world.store.read({ jobIds: [ann, bob, nobody], view: "full", owner: "ann" });
      expect(read.map((job) => job?.jobId ?? null)).toEqual([ann, null, null]);
      expect(await ids(world, { owner: "ann" })).toEqual([ann]);
      expect((await world.store.counts({ owner: "ann" })).pending).toBe(1);
      expect((await world.store.counts({ owner: "" })).pending).toBe(0);
      expect((await world.store.counts({})).pending).toBe(3);
    });

    rule("what a store answers is a copy: changing it changes nothing", async (world) => {
      const held = await world.running();
      await world.report(held, { percent: 5 });
      const before = await world.picture(held.jobId);
      const job = (await world.read(held.jobId)) as { status: string; progress: { percent: number } };
      job.status = "completed";
      job.progress.percent = 99;
      ((await world.trail(held.jobId))[0] as { event: string }).event = "purged";
      expect(await world.picture(held.jobId)).toEqual(before);
    });

    rule(
      "C5 the error is set while retrying and when failed, and cleared by a new attempt and by success",
      async (world) => {
        const held = await world.running();
        await world.settle(held, failed({ code: "first", retryInMs: 0 }));
        expect(await world.read(held.jobId)).toMatchObject({
          error: { code: "first" },
          errorDetail: expect.any(String),
        });
        const again = await world.claimOne();
        expect(await world.read(held.jobId)).toMatchObject({ error: null, errorDetail: null });
        await world.settle(again, COMPLETED);
        const job = await world.read(held.jobId);
        expect(job).toMatchObject({ status: "completed", result: '{"ok":true}', error: null, errorDetail: null });
      },
    );

    rule("A7 reads, enqueues, claims and settles may run at the same time", async (world) => {
      const work = async (): Promise<void> => {
        for (let i = 0; i < 5; i++) {
          const jobId = await world.add();
          expect(await world.find(jobId, { view: "status" })).not.toBeNull();
          for (const job of (await world.claim({ limit: 3 })).jobs) {
            expect(await world.settle(job, COMPLETED)).toMatchObject({ answer: "settled" });
            // I28: a terminal status is visible to every read that starts after the settle call returned.
            expect(await world.status(job.jobId)).toBe("completed");
          }
        }
      };
      await Promise.all([work(), work(), work(), work()]);
      for (const job of (await world.claim({ limit: 100 })).jobs) await world.settle(job, COMPLETED);
      expect(await world.store.counts({})).toMatchObject({ completed: 20, pending: 0, processing: 0 });
    });
  });

  describe("list and counts", () => {
    rule("list goes newest first by id, in pages that a later job does not shift", async (world) => {
      const all: string[] = [];
      for (let i = 0; i < 5; i++) all.push(await world.add());
      const newestFirst = [...all].sort().reverse();
      const first = await ids(world, { limit: 2 });
      await world.add();
      const second = await ids(world, { limit: 2, before: first[1] as string });
      const third = await ids(world, { limit: 2, before: second[1] as string });
      expect([...first, ...second, ...third]).toEqual(newestFirst);
      expect(await ids(world, { limit: 2, before: third[0] as string })).toEqual([]);
    });

    rule("list mixes endings with unfinished jobs, newest first and in pages, by kind and owner too", async (world) => {
      const made: string[] = [];
      const end = async (kind: string, outcome: Outcome, owner: string | null = null): Promise<void> => {
        const job = await world.running({ kind, owner });
        await world.settle(job, outcome);
        made.push(job.jobId);
        await world.clock.advance(1);
      };
      await end("a", failed());
      await end("a", COMPLETED);
      made.push(await world.add({ kind: "c" }));
      await world.clock.advance(1);
      await end("b", failed(), "ann");
      made.push(await world.add({ kind: "c" }));
      await world.cancel(made[4]!);
      const newest = [made[4], made[3], made[2], made[0]];
      const status = ["failed", "cancelled", "pending"] as const;
      expect(await ids(world, { status })).toEqual(newest);
      expect(await ids(world, { status, limit: 2 })).toEqual(newest.slice(0, 2));
      expect(await ids(world, { status, limit: 2, before: made[3]! })).toEqual(newest.slice(2));
      expect(await ids(world, { status: ["failed"] })).toEqual([made[3], made[0]]);
      expect(await ids(world, { status: ["failed", "expired"], kind: "a" })).toEqual([made[0]]);
      expect(await ids(world, { status: ["failed"], owner: "ann" })).toEqual([made[3]]);
      expect(await ids(world, { status: ["expired"] })).toEqual([]);
    });

    rule("list answers the view info without waiting facts", async (world) => {
      await beat(world, { workerId: "w" });
      const jobId = await world.add({ payload: '"secret"' });
      const [listed] = await world.store.list({ limit: 1 });
      expect(listed).toEqual({ ...(await world.read(jobId, "info")), waiting: null });
    });

    rule("list and counts filter by kind, queue, owner and status together", async (world) => {
      const wanted = { kind: "a", queue: "q", owner: "ann" };
      const jobId = await world.add(wanted);
      for (const other of [{ kind: "b" }, { queue: "r" }, { owner: "bob" }]) await world.add({ ...wanted, ...other });
      expect(await ids(world, { ...wanted, status: ["pending"] })).toEqual([jobId]);
      expect(await ids(world, { ...wanted, status: ["completed"] })).toEqual([]);
      expect(await world.store.counts(wanted)).toMatchObject({ pending: 1, completed: 0 });
    });

    rule("list and counts go by the status as it reads: a scheduled job that is due is pending", async (world) => {
      const built: Record<string, string> = {};
      const leaseMs = DAY_MS;
      for (const status of JOB_STATUSES) {
        built[status] = (await build(world, status, { leaseMs, job: { kind: status } })).jobId;
      }
      const onlyOne = Object.fromEntries(JOB_STATUSES.map((status) => [status, 1]));
      expect(await world.store.counts({})).toEqual(onlyOne);
      for (const status of JOB_STATUSES)
        expect(await ids(world, { status: [status] }), status).toEqual([built[status]]);

      await world.clock.advance(HOUR_MS);
      expect(await world.store.counts({})).toEqual({ ...onlyOne, scheduled: 0, pending: 2 });
      expect(await ids(world, { status: ["scheduled"] })).toEqual([]);
      const pending = await world.store.list({ status: ["pending"], limit: 9 });
      expect(new Set(pending.map((job) => job.jobId))).toEqual(new Set([built["scheduled"], built["pending"]]));
      expect(pending.map(currentStatus)).toEqual(["pending", "pending"]);
      expect(await ids(world, { status: ["pending", "completed"] })).toHaveLength(3);
      expect(await ids(world, { status: [] })).toEqual([]);
    });
  });

  describe("waiting facts", () => {
    rule("B10 ahead counts the due jobs of the same queue that stand before this one", async (world) => {
      await beat(world, { workerId: "w" });
      await world.add({ queue: "elsewhere", priority: -9 });
      await world.add({ recorded: true, priority: -9 });
      const first = await world.add({ priority: 1 });
      const mine = await world.add({ priority: 5 });
      await world.add({ priority: 5 });
      await world.add({ kind: "other", priority: 2 });
      await world.add({ priority: 3, runAt: { inMs: 1_000 } });
      expect((await waiting(world, first))?.ahead).toBe(0);
      expect((await waiting(world, mine))?.ahead).toBe(2);
      await world.clock.advance(1_000);
      expect((await waiting(world, mine))?.ahead).toBe(3);
      await world.claim({ kinds: ["kind"], queues: ["queue"] });
      expect((await waiting(world, mine))?.ahead).toBe(2);
    });

    rule("B10 a paused queue says since when and by whom, until it is resumed", async (world) => {
      const jobId = await world.add();
      const pausedAt = world.clock.now();
      await world.store.pauseQueue("queue", "user:op");
      await world.clock.advance(5);
      await world.store.pauseQueue("queue", "user:other");
      expect(await waiting(world, jobId)).toMatchObject({ queuePausedAt: pausedAt, queuePausedBy: "user:op" });
      await world.store.resumeQueue("queue", "user:op");
      expect(await waiting(world, jobId)).toMatchObject({ queuePausedAt: null, queuePausedBy: null });
    });

    rule(
      "B10 live workers are those that take this kind from this queue and were heard from within their lease",
      async (world) => {
        const jobId = await world.add();
        expect(await waiting(world, jobId)).toMatchObject({ liveWorkers: 0, workerSeenAt: null });
        const seenAt = world.clock.now();
        await beat(world, { workerId: "all-queues" });
        await beat(world, { workerId: "this-queue", queues: ["queue"] });
        await beat(world, { workerId: "other-queue", queues: ["elsewhere"] });
        await beat(world, { workerId: "other-kind", kinds: ["other"] });
        await beat(world, { workerId: "stopping", accepting: false });
        expect(await waiting(world, jobId)).toMatchObject({ liveWorkers: 2, workerSeenAt: seenAt });
        await world.clock.advance(LEASE_MS);
        await beat(world, { workerId: "this-queue", queues: ["queue"] });
        expect(await waiting(world, jobId)).toMatchObject({ liveWorkers: 1, workerSeenAt: seenAt + LEASE_MS });
        await world.clock.advance(LEASE_MS);
        expect(await waiting(world, jobId)).toMatchObject({ liveWorkers: 0, workerSeenAt: seenAt + LEASE_MS });
      },
    );

    rule("B10 a full concurrency key names the jobs that hold it", async (world) => {
      await beat(world, { workerId: "w" });
      const key = { concurrencyKey: "k", concurrencyLimit: 2 };
      const holders = [await world.running(key), await world.running(key)];
      const jobId = await world.add(key);
      const named = (await waiting(world, jobId))?.keyHolders ?? [];
      expect([...named].sort()).toEqual(holders.map((job) => job.jobId).sort());
      await world.settle(holders[0] as (typeof holders)[0], COMPLETED);
      expect((await waiting(world, jobId))?.keyHolders).toEqual([]);
    });
  });
}
