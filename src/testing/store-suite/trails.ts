/** The trail over random walks of a job's life, and the times that every change moves. */
import { describe, expect } from "vitest";
import type { JobRecord } from "../../core/job.js";
import { isLegalMove, isTerminalStatus } from "../../core/lifecycle.js";
import { attemptsOf, isEnding, type TrailEvent } from "../../core/trail.js";
import type { Rule, World } from "./world.js";
import { CANCELLED, COMPLETED, failed, HOUR_MS, LEASE_MS, RELEASED, snoozed } from "./world.js";

/** What must hold of any job and its trail (invariants I1–I17, as far as one job shows them). */
export function checkTrail(job: JobRecord, trail: readonly TrailEvent[]): void {
  expect(trail.map((row) => row.seq)).toEqual(trail.map((_, i) => i + 1));
  expect(job.seq, "I2").toBe(trail.length);
  expect(job.status, "I2").toBe(trail.at(-1)?.to);
  for (const [i, row] of trail.entries()) {
    const before = trail[i - 1];
    expect(row.from, "I2").toBe(before?.to ?? null);
    expect(isLegalMove(row.from, row.event, row.to), `I1 ${row.from} ${row.event} ${row.to}`).toBe(true);
    expect(row.at, "I3").toBeGreaterThanOrEqual(before?.at ?? 0);
  }
  expect(job.finishedAt !== null, "I4").toBe(isTerminalStatus(job.status));
  expect(job.leaseExpiresAt !== null && job.workerId !== null, "I5").toBe(job.status === "processing");
  expect(job.leaseExpiresAt === null, "I5").toBe(job.workerId === null);

  const attempts = attemptsOf(trail);
  const running = attempts.filter((attempt) => attempt.outcome === null);
  expect(
    running.map((attempt) => attempt.fence),
    "I6",
  ).toEqual(job.status === "processing" ? [job.fence] : []);
  for (const [i, attempt] of attempts.entries()) {
    expect(attempt.fence, "I7").toBeGreaterThan(attempts[i - 1]?.fence ?? 0);
    if (attempt.outcome !== null) expect(attempt.durationMs ?? 0, "I14").toBeGreaterThanOrEqual(0);
  }
  for (let generation = 1; generation <= job.generation; generation++) {
    const endings = trail.filter((row) => row.generation === generation && isEnding(row)).length;
    expect(endings, "I8").toBe(generation < job.generation || isTerminalStatus(job.status) ? 1 : 0);
  }
  const current = attempts.filter((attempt) => attempt.generation === job.generation);
  expect(job.status === "completed", "I9").toBe(current.at(-1)?.outcome === "succeeded");
  const charged = current.filter((attempt) => attempt.outcome !== "released" && attempt.outcome !== "snoozed");
  expect(job.attempt, "I10").toBe(charged.length);
  expect(job.attempt, "I10").toBeLessThanOrEqual(job.maxAttempts);
  if (job.status === "retrying") expect(job.attempt, "I11").toBeLessThan(job.maxAttempts);
  if (["scheduled", "pending"].includes(job.status)) expect(job.attempt, "I12").toBeLessThan(job.maxAttempts);
  expect(job.error !== null, "I15, I16").toBe(job.status === "failed" || job.status === "retrying");
  if (job.result !== null) expect(job.status, "I15").toBe("completed");
  if (job.status === "cancelled") {
    const asked = trail.some((row) => ["cancel", "request_cancel", "force_cancel"].includes(row.event));
    expect(asked, "I17").toBe(true);
  }
}

/** One random thing that may happen to the job; most of them are refused in most statuses. */
async function step(world: World, jobId: string): Promise<void> {
  const { fence } = await world.read(jobId);
  const stale = world.clock.random() < 0.15;
  const lease = { jobId, fence: stale ? fence - 1 : fence };
  const steps: readonly (() => Promise<unknown>)[] = [
    () => world.claim(),
    () => world.claim(),
    () => world.claim(),
    () => world.settle(lease, failed({ retryInMs: 1_000 })),
    () => world.settle(lease, failed({ retryInMs: 0 })),
    () => world.settle(lease, failed()),
    () => world.settle(lease, RELEASED),
    () => world.settle(lease, snoozed(2_000)),
    () => world.settle(lease, CANCELLED),
    () => (world.clock.random() < 0.3 ? world.settle(lease, COMPLETED) : world.extend(lease)),
    () => world.report(lease, { percent: world.clock.random() * 100 }),
    () => world.cancel(jobId, { force: world.clock.random() < 0.3 }),
    () => world.retry(jobId),
    () => world.retry(jobId),
    () => world.lose(),
    () => world.clock.advance(1_500),
  ];
  await steps[Math.floor(world.clock.random() * steps.length)]?.();
}

export function trailsTheme(rule: Rule): void {
  describe("trail", () => {
    rule("A8, I1–I17 the trail is legal and without gaps, whatever happens to a job", async (world) => {
      const ends = new Set<string>();
      for (let walk = 0; walk < 12; walk++) {
        const jobId = await world.add({ maxAttempts: 4, expiresInMs: walk % 3 === 0 ? HOUR_MS / 10 : null });
        for (let i = 0; i < 25; i++) await step(world, jobId);
        const job = await world.read(jobId);
        checkTrail(job, await world.trail(jobId));
        for (const row of await world.trail(jobId)) ends.add(row.event);
        // Out of the way of the next walk, whose claims would take this job.
        if (!isTerminalStatus(job.status)) await world.cancel(jobId, { force: true });
        checkTrail(await world.read(jobId), await world.trail(jobId));
      }
      // A walk that stays in one place would prove nothing.
      expect(ends.size).toBeGreaterThan(8);
    });

    rule("A8 the trail says who did what, when, in which attempt and why", async (world) => {
      const t0 = world.clock.now();
      const held = await world.running();
      await world.clock.advance(10);
      await world.settle(held, failed({ code: "no_disk", retryInMs: 0 }));
      await world.clock.advance(10);
      const again = await world.claimOne({ workerId: "w2" });
      await world.clock.advance(10);
      await world.cancel(held.jobId, { actor: "user:ann", reason: "enough", requestId: "r9" });
      await world.settle(again, CANCELLED);
      const plain = { jobId: held.jobId, generation: 1, reason: null, requestId: null, error: null };
      const { error } = (await world.trail(held.jobId))[2] as TrailEvent;
      expect(error).toMatchObject({ code: "no_disk", message: "It is no_disk.", reference: "ref-no_disk" });
      const [w1, w2] = [
        { ...plain, actor: "worker:w1", attempt: 1, fence: 1 },
        { ...plain, actor: "worker:w2", attempt: 2, fence: 2 },
      ];
      const asked = { actor: "user:ann", reason: "enough", requestId: "r9" };
      const enqueued = { actor: "producer", attempt: 0, fence: 0, from: null, to: "pending", event: "enqueue" };
      expect(await world.trail(held.jobId)).toEqual([
        { ...plain, seq: 1, at: t0, ...enqueued },
        { ...w1, seq: 2, at: t0, from: "pending", to: "processing", event: "claim" },
        { ...w1, seq: 3, at: t0 + 10, from: "processing", to: "retrying", event: "fail_retry", error },
        { ...w2, seq: 4, at: t0 + 20, from: "retrying", to: "processing", event: "claim" },
        { ...w2, seq: 5, at: t0 + 30, from: "processing", to: "processing", event: "request_cancel", ...asked },
        { ...w2, seq: 6, at: t0 + 30, from: "processing", to: "cancelled", event: "confirm_cancel" },
      ]);
    });

    rule("D2 updatedAt moves with every change and with nothing else; createdAt never moves", async (world) => {
      const jobId = await world.add();
      const { createdAt } = await world.read(jobId);
      let last = createdAt;
      const expectMove = async (moves: boolean, what: string, act: () => Promise<unknown>): Promise<void> => {
        await world.clock.advance(3);
        await act();
        const job = await world.read(jobId);
        expect(job.updatedAt, what).toBe(moves ? world.clock.now() : last);
        expect(job.createdAt, what).toBe(createdAt);
        last = job.updatedAt;
      };
      const first = { jobId, fence: 1 };
      const second = { jobId, fence: 2 };
      await expectMove(true, "claim", () => world.claimOne());
      await expectMove(false, "heartbeat", () => world.extend(first));
      await expectMove(true, "progress", () => world.report(first, { percent: 10 }));
      await expectMove(true, "stage", () => world.report(first, { stage: "b" }));
      await expectMove(true, "fail", () => world.settle(first, failed({ retryInMs: 0 })));
      await expectMove(false, "replay", () => world.settle(first, failed({ retryInMs: 0 })));
      await expectMove(true, "claim again", () => world.claimOne());
      await expectMove(false, "stale write", () => world.report(first, { percent: 90 }));
      await expectMove(true, "cancel request", () => world.cancel(jobId));
      await expectMove(false, "cancel again", () => world.cancel(jobId));
      await expectMove(true, "cancelled", () => world.settle(second, CANCELLED));
      await expectMove(true, "retry", () => world.retry(jobId, { requestId: "r" }));
      await expectMove(false, "retry again", () => world.retry(jobId, { requestId: "r" }));
      await expectMove(true, "claim in generation 2", () => world.claimOne());
      await expectMove(true, "lost", async () => {
        await world.clock.advance(LEASE_MS);
        await world.store.sweep(10);
      });
      await expectMove(true, "expired lease, new claim", () => world.claimOne());
      await expectMove(true, "completed", () => world.settle({ jobId, fence: 4 }, COMPLETED));
      await expectMove(true, "conflict", () => world.settle({ jobId, fence: 4 }, failed()));
      await expectMove(false, "conflict again", () => world.settle({ jobId, fence: 4 }, failed()));
    });

    rule("startedAt is the start of the newest attempt, firstStartedAt that of the first", async (world) => {
      const held = await world.running();
      const first = world.clock.now();
      await world.clock.advance(10);
      await world.settle(held, failed({ retryInMs: 0 }));
      expect(await world.read(held.jobId)).toMatchObject({ startedAt: first, firstStartedAt: first });
      await world.clock.advance(10);
      const again = await world.claimOne();
      await world.settle(again, failed());
      await world.retry(held.jobId);
      expect(await world.read(held.jobId)).toMatchObject({ startedAt: first + 20, firstStartedAt: first });
      await world.clock.advance(10);
      await world.claimOne();
      expect(await world.read(held.jobId)).toMatchObject({ startedAt: first + 30, firstStartedAt: first });
    });
  });
}
