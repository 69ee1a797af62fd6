/** The commands of the property test: each does one thing to the store and to the model, and compares the answers. */
import type * as FastCheck from "fast-check";
import { expect } from "vitest";
import type { Outcome } from "../../core/store.js";
import type { Model, ModelJob, Told } from "./model.js";
import { CANCELLED, COMPLETED, DAY_MS, failed, LEASE_MS, RELEASED, snoozed, type World } from "./world.js";

type Command = FastCheck.AsyncCommand<Model, World>;

/** A command; `pick` names one of the jobs so far, so it needs at least one. */
function command(text: string, run: (model: Model, world: World) => Promise<void>, needsJob: boolean): Command {
  return {
    check: (model) => !needsJob || model.jobs.length > 0,
    async run(model, world) {
      model.now = world.clock.now();
      await run(model, world);
      model.now = world.clock.now();
      await compare(model, world, text);
    },
    toString: () => text,
  };
}

function picked(model: Model, pick: number): ModelJob {
  return model.jobs[pick % model.jobs.length] as ModelJob;
}

/** All that the model knows must be what the store reads, of every job. */
async function compare(model: Model, world: World, text: string): Promise<void> {
  const read = await world.store.read({ jobIds: model.jobs.map((job) => job.jobId), view: "full" });
  for (const [i, job] of model.jobs.entries()) {
    const record = read[i];
    const where = `job ${i} after ${text}`;
    if (record === null || record === undefined || "purgedAt" in record) {
      expect(job.gone, where).toBe(true);
      expect(record, where).toMatchObject({ jobId: job.jobId, status: job.status });
      continue;
    }
    expect(
      {
        status: record.status,
        generation: record.generation,
        attempt: record.attempt,
        lostCount: record.lostCount,
        fence: record.fence,
        seq: record.seq,
        asked: record.cancelRequestedAt !== null,
        runAt: record.runAt,
        expiresAt: record.expiresAt,
        leaseExpiresAt: record.leaseExpiresAt,
        finishedAt: record.finishedAt,
        updatedAt: record.updatedAt,
        errorCode: record.error?.code ?? null,
        percent: record.progress === null ? undefined : record.progress.percent,
      },
      where,
    ).toEqual({
      status: job.status,
      generation: job.generation,
      attempt: job.attempt,
      lostCount: job.lostCount,
      fence: job.fence,
      seq: job.seq,
      asked: job.asked,
      runAt: job.runAt,
      expiresAt: job.expiresAt,
      leaseExpiresAt: job.leaseExpiresAt,
      finishedAt: job.finishedAt,
      updatedAt: job.updatedAt,
      errorCode: job.errorCode,
      // What an ended job that waited last tells of its progress is left open.
      percent: ["expired", "cancelled"].includes(job.status) ? record.progress?.percent : job.percent,
    });
  }
}

function outcomeOf(told: Told, retryInMs: number | null, retryable: boolean): Outcome {
  if (told === "completed") return COMPLETED;
  if (told === "released") return RELEASED;
  if (told === "cancelled") return CANCELLED;
  return told === "snoozed" ? snoozed(retryInMs ?? 0) : failed({ code: "told", retryInMs, retryable });
}

/** The commands, each with its arguments drawn by fast-check. Claims and settles come more often than the rest. */
export function commandsOf(fc: typeof FastCheck): FastCheck.Arbitrary<Command>[] {
  const pick = fc.nat(9);
  const back = fc.constantFrom(0, 0, 0, 0, 1);
  const enqueue = fc
    .record({
      priority: fc.constantFrom(-1, 0, 0, 1),
      inMs: fc.constantFrom(0, 0, 1_000, 60_000),
      maxAttempts: fc.integer({ min: 1, max: 5 }),
      expiresInMs: fc.constantFrom(null, null, null, 45_000),
      uniqueKey: fc.constantFrom(null, null, "u"),
      limit: fc.constantFrom(null, null, 1, 2),
    })
    .map(({ limit: drawn, ...rest }) => ({ ...rest, limit: rest.uniqueKey === null ? drawn : null }))
    .map(({ inMs, limit, ...parts }) =>
      command(
        `enqueue ${JSON.stringify({ inMs, limit, ...parts })}`,
        async (model, world) => {
          // Whether a duplicate's limit counts is left open, so a job has a unique key or a concurrency key.
          const key = { concurrencyKey: limit === null ? null : "k", concurrencyLimit: limit };
          const job = world.newJob({ ...parts, ...key, runAt: { inMs } });
          expect((await world.enqueue(job)).answer).toBe(model.enqueue(job));
        },
        false,
      ),
    );
  const claim = fc.integer({ min: 1, max: 3 }).map((limit) =>
    command(
      `claim ${limit}`,
      async (model, world) => {
        const { jobs, nextDueInMs } = await world.claim({ limit });
        const expected = model.claim(limit, LEASE_MS);
        expect(jobs.map((job) => job.jobId)).toEqual(expected.ids);
        // Whether a job that will expire before it is due counts as next due is left open.
        const isOpen = model.living.some((job) => job.expiresAt !== null && job.runAt >= job.expiresAt);
        if (!isOpen) expect(nextDueInMs).toBe(expected.nextDueInMs);
      },
      true,
    ),
  );
  const extend = fc.tuple(pick, back).map(([i, old]) =>
    command(
      `extend ${i}, fence −${old}`,
      async (model, world) => {
        const job = picked(model, i);
        const fence = job.fence - old;
        expect(await world.extend({ jobId: job.jobId, fence })).toBe(model.extend(job, fence, LEASE_MS));
      },
      true,
    ),
  );
  const report = fc.tuple(pick, back, fc.integer({ min: 0, max: 99 })).map(([i, old, percent]) =>
    command(
      `report ${i}, fence −${old}, ${percent} %`,
      async (model, world) => {
        const job = picked(model, i);
        const fence = job.fence - old;
        expect(await world.report({ jobId: job.jobId, fence }, { percent })).toBe(model.report(job, fence, percent));
      },
      true,
    ),
  );
  const told = fc.constantFrom<Told>("completed", "failed", "failed", "failed", "released", "snoozed", "cancelled");
  const settle = fc
    .tuple(pick, back, told, fc.constantFrom(null, 0, 1_000, 20_000), fc.boolean())
    .map(([i, old, how, retryInMs, retryable]) =>
      command(
        `settle ${i}, fence −${old}, ${how} ${retryInMs}`,
        async (model, world) => {
          const job = picked(model, i);
          const fence = job.fence - old;
          const answer = await world.settle({ jobId: job.jobId, fence }, outcomeOf(how, retryInMs, retryable));
          expect(answer.answer).toBe(model.settle(job, fence, how, retryInMs, retryable));
        },
        true,
      ),
    );
  const cancel = fc.tuple(pick, fc.boolean()).map(([i, force]) =>
    command(
      `cancel ${i}${force ? " by force" : ""}`,
      async (model, world) => {
        const job = picked(model, i);
        expect((await world.cancel(job.jobId, { force })).answer).toBe(model.cancel(job, force));
      },
      true,
    ),
  );
  const retry = fc.tuple(pick, fc.constantFrom(null, "r1", "r2"), fc.boolean()).map(([i, requestId, onlyRetryable]) =>
    command(
      `retry ${i} ${requestId}${onlyRetryable ? " if retryable" : ""}`,
      async (model, world) => {
        const job = picked(model, i);
        const { answer } = await world.retry(job.jobId, { requestId, onlyRetryable });
        expect(answer).toBe(model.retry(job, requestId, onlyRetryable));
      },
      true,
    ),
  );
  const advance = fc
    .constantFrom(1, 1_000, 20_000, LEASE_MS, 60_000)
    .map((ms) => command(`advance ${ms}`, (_model, world) => world.clock.advance(ms), false));
  const sweep = fc.constant(
    command(
      "sweep",
      async (model, world) => {
        expect((await world.store.sweep(100)).paused).toBe(false);
        model.sweep();
      },
      false,
    ),
  );
  const purge = fc.integer({ min: 1, max: 3 }).map((keep) =>
    command(
      `purge all but ${keep}`,
      async (model, world) => {
        const statuses = ["completed", "failed", "cancelled", "expired"] as const;
        const rules = statuses.map((status) => ({ status, keep, olderThanMs: null }));
        const purged = await world.store.purge({ rules, limit: 100, tombstoneMs: DAY_MS, actor: "retention" });
        expect(purged.map((tombstone) => tombstone.jobId).sort()).toEqual(model.purge(keep).sort());
      },
      true,
    ),
  );
  return [enqueue, enqueue, claim, claim, extend, report, settle, settle, settle, cancel, retry, advance, sweep, purge];
}
