/** What enqueue answers: keys, ids, batches. */
import { describe, expect } from "vitest";
import { JOB_STATUSES } from "../../core/lifecycle.js";
import { build } from "./moves.js";
import type { Rule } from "./world.js";
import { COMPLETED, MINUTE_MS } from "./world.js";

export function enqueuesTheme(rule: Rule): void {
  describe("enqueue", () => {
    rule("A1, A2 a job can be read as soon as it was enqueued, with all its facts", async (world) => {
      const now = world.clock.now();
      const parent = world.newJob().jobId;
      const job = world.newJob({
        owner: "ann",
        priority: 5,
        maxAttempts: 4,
        expiresInMs: MINUTE_MS,
        payload: '{"x":1}',
        metadata: '{"file":"x"}',
        uniqueKey: "u",
        idempotencyKey: "i",
        concurrencyKey: "c",
        concurrencyLimit: 2,
        parentId: parent,
        rerunOf: parent,
      });
      const { runAt: _runAt, expiresInMs: _expiresInMs, ...kept } = job;
      const facts = { jobId: job.jobId, kind: "kind", queue: "queue", scheduledAt: null };
      expect(await world.enqueue(job)).toEqual({ answer: "created", ...facts });
      const { waiting, ...record } = await world.read(job.jobId);
      expect(record).toEqual({
        ...kept,
        status: "pending",
        generation: 1,
        attempt: 0,
        lostCount: 0,
        fence: 0,
        workerId: null,
        leaseExpiresAt: null,
        runAt: now,
        scheduledAt: null,
        expiresAt: now + MINUTE_MS,
        createdAt: now,
        firstStartedAt: null,
        startedAt: null,
        finishedAt: null,
        updatedAt: now,
        seq: 1,
        cancelRequestedAt: null,
        progress: null,
        stageStartedAt: null,
        payloadBytes: 7,
        result: null,
        error: null,
        errorDetail: null,
        readAt: now,
      });
      expect(waiting).not.toBeNull();
      expect(await world.trail(job.jobId)).toEqual([
        {
          jobId: job.jobId,
          seq: 1,
          at: now,
          from: null,
          to: "pending",
          event: "enqueue",
          actor: "producer",
          attempt: 0,
          fence: 0,
          generation: 1,
          reason: null,
          requestId: null,
          error: null,
        },
      ]);
    });

    rule("B1 a job for later answers with its run time and is scheduled", async (world) => {
      const scheduledAt = world.clock.now() + MINUTE_MS;
      const job = world.newJob({ runAt: { inMs: MINUTE_MS } });
      expect(await world.enqueue(job)).toMatchObject({ answer: "created", scheduledAt });
      expect(await world.read(job.jobId)).toMatchObject({ status: "scheduled", scheduledAt, runAt: scheduledAt });
      expect(await world.events(job.jobId)).toEqual(["enqueue_later"]);
    });

    rule("an id that is taken answers exists and leaves that job alone", async (world) => {
      const jobId = await world.add();
      const before = await world.picture(jobId);
      expect(await world.enqueue(world.newJob({ jobId, kind: "other" }))).toEqual({ answer: "exists", jobId });
      expect(await world.picture(jobId)).toEqual(before);
    });

    for (const status of JOB_STATUSES) {
      const live = ["scheduled", "pending", "processing", "retrying"].includes(status);
      rule(`I19 a ${status} job ${live ? "holds its unique key" : "has let go of its unique key"}`, async (world) => {
        const { jobId } = await build(world, status, { job: { uniqueKey: "u" } });
        const { kind, queue, scheduledAt } = await world.read(jobId);
        const second = world.newJob({ uniqueKey: "u", kind: "other", queue: "elsewhere" });
        const answer = await world.enqueue(second);
        if (live) expect(answer).toEqual({ answer: "duplicate", jobId, kind, queue, scheduledAt });
        else expect(answer).toMatchObject({ answer: "created", jobId: second.jobId });
        expect(await world.find(second.jobId)).toEqual(live ? null : expect.anything());
      });

      rule(`I20 a ${status} job keeps its idempotency key`, async (world) => {
        const job = { idempotencyKey: "i", payload: '{"first":true}' };
        const { jobId } = await build(world, status, { job });
        const answer = await world.enqueue(world.newJob({ idempotencyKey: "i", payload: '{"second":true}' }));
        expect(answer).toMatchObject({
          answer: "known",
          jobId,
          kind: "kind",
          queue: "queue",
          payload: '{"first":true}',
        });
      });
    }

    rule("I19, I20 keys belong to an owner, and jobs without an owner share one scope", async (world) => {
      const keys = { uniqueKey: "u", idempotencyKey: "i" };
      const ann = await world.add({ ...keys, owner: "ann" });
      await world.add({ ...keys, owner: "bob" });
      const nobody = await world.add(keys);
      expect(await world.enqueue(world.newJob({ uniqueKey: "u", owner: "ann" }))).toMatchObject({
        answer: "duplicate",
        jobId: ann,
      });
      expect(await world.enqueue(world.newJob({ uniqueKey: "u" }))).toMatchObject({
        answer: "duplicate",
        jobId: nobody,
      });
      expect(await world.enqueue(world.newJob({ idempotencyKey: "i" }))).toMatchObject({
        answer: "known",
        jobId: nobody,
      });
    });

    rule("I19 the same unique key twice in one batch makes one job", async (world) => {
      const [a, b] = [world.newJob({ uniqueKey: "u" }), world.newJob({ uniqueKey: "u" })];
      const answers = await world.store.enqueue([a, b]);
      expect(answers).toMatchObject([
        { answer: "created", jobId: a.jobId },
        { answer: "duplicate", jobId: a.jobId },
      ]);
      expect(await world.find(b.jobId)).toBeNull();
    });

    rule("I20 the same idempotency key twice in one batch makes one job", async (world) => {
      const a = world.newJob({ idempotencyKey: "i", payload: "1" });
      const b = world.newJob({ idempotencyKey: "i", payload: "2" });
      expect(await world.store.enqueue([a, b])).toMatchObject([
        { answer: "created", jobId: a.jobId },
        { answer: "known", jobId: a.jobId, payload: "1" },
      ]);
    });

    rule("I19, I20 enqueues that race for one key make one job", async (world) => {
      const race = (keys: object): Promise<string[]> =>
        Promise.all(
          Array.from({ length: 8 }, async () => (await world.enqueue(world.newJob({ ...keys, owner: "ann" }))).answer),
        );
      expect((await race({ uniqueKey: "u" })).filter((answer) => answer === "created")).toHaveLength(1);
      expect((await race({ idempotencyKey: "i" })).filter((answer) => answer === "created")).toHaveLength(1);
      expect((await world.store.counts({})).pending).toBe(2);
    });

    rule("the idempotency key answers before the unique key", async (world) => {
      const known = await world.add({ idempotencyKey: "i" });
      await world.add({ uniqueKey: "u" });
      const both = world.newJob({ idempotencyKey: "i", uniqueKey: "u" });
      expect(await world.enqueue(both)).toMatchObject({ answer: "known", jobId: known });
    });
  });

  describe("batches", () => {
    rule("a refused job does not disturb its neighbours, and answers come in the order of the calls", async (world) => {
      const taken = await world.add();
      const [a, b, c] = [world.newJob(), world.newJob({ kind: "b" }), world.newJob({ runAt: { inMs: 5 } })];
      const answers = await world.store.enqueue([a, world.newJob({ jobId: taken }), b, a, c]);
      expect(answers.map((answer) => [answer.answer, "jobId" in answer ? answer.jobId : null])).toEqual([
        ["created", a.jobId],
        ["exists", taken],
        ["created", b.jobId],
        ["exists", a.jobId],
        ["created", c.jobId],
      ]);
    });

    rule("settlements, reports and renewals are each judged on their own, in order", async (world) => {
      const [x, y] = [await world.running(), await world.running()];
      const stranger = { jobId: world.newJob().jobId, fence: 1 };
      const stale = { jobId: y.jobId, fence: 9 };
      const leases = [x, stranger, stale, y].map(({ jobId, fence }) => ({ jobId, fence }));
      expect(await world.store.report(leases.map((lease) => ({ ...lease, percent: 5 })))).toEqual([
        "held",
        "lost",
        "lost",
        "held",
      ]);
      expect(await world.store.extend({ worker: null, leaseMs: 1, leases })).toEqual(["held", "lost", "lost", "held"]);
      const answers = await world.store.settle(leases.map((lease) => ({ ...lease, outcome: COMPLETED })));
      expect(answers.map((answer) => answer.answer)).toEqual(["settled", "lost", "lost", "settled"]);
    });

    rule("people's requests are each judged on their own, in order", async (world) => {
      const [waiting, ended] = [await world.add(), (await build(world, "completed", { job: { kind: "k2" } })).jobId];
      const ask = [waiting, world.newJob().jobId, ended].map((jobId) => ({ jobId, actor: "op", requestId: null }));
      const cancels = await world.store.cancel(ask.map((request) => ({ ...request, reason: null, force: false })));
      expect(cancels.map((answer) => answer.answer)).toEqual(["done", "notFound", "illegal"]);
      const none = { onlyRetryable: false, maxGenerations: null };
      const retries = await world.store.retry(ask.map((request) => ({ ...request, ...none })));
      expect(retries.map((answer) => answer.answer)).toEqual(["done", "notFound", "illegal"]);
      const removals = await world.store.remove(ask);
      expect(removals.map((answer) => answer.answer)).toEqual(["illegal", "notFound", "done"]);
    });

    rule("empty arrays answer empty arrays", async (world) => {
      const { store } = world;
      const rules = { rules: [], limit: 10, tombstoneMs: 0, actor: "retention" };
      const answers = await Promise.all([
        store.enqueue([]),
        store.start([]),
        store.extend({ worker: null, leaseMs: 1_000, leases: [] }),
        store.report([]),
        store.settle([]),
        store.cancel([]),
        store.retry([]),
        store.remove([]),
        store.purge(rules),
        store.read({ jobIds: [], view: "info" }),
        store.list({ limit: 10 }),
        store.trail([]),
        store.tombstones(null, 10),
        store.logs(world.newJob().jobId),
        store.queues(),
        store.workers(),
        store.kinds(),
      ]);
      expect(answers.filter((answer) => answer.length > 0)).toEqual([]);
      expect(await store.sweep(10)).toEqual({ rescued: [], expired: [], paused: false });
    });

    rule("maxAttempts outside 1 to 1000 is refused by name, and nothing of the call is stored", async (world) => {
      for (const maxAttempts of [0, -1, 1.5, Number.NaN, 1_001, 1e12, "3" as unknown as number]) {
        const refused = world.store.enqueue([world.newJob(), world.newJob({ maxAttempts })]);
        await expect(refused).rejects.toMatchObject({ code: "invalid_option", details: { option: "maxAttempts" } });
      }
      expect((await world.store.counts({})).pending).toBe(0);
      expect((await world.read(await world.add({ maxAttempts: 1_000 }))).maxAttempts).toBe(1_000);
    });
  });
}
