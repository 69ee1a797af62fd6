/** PROMISES B: what the job tracker promised. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Store } from "../../src/core/store.js";
import {
  defineJob,
  isActive,
  isScheduled,
  isSuccessful,
  isTerminal,
  JobError,
  type JobStatusInfo,
} from "../../src/index.js";
import { onEveryStore } from "./on-every-store.js";

const report = defineJob({
  kind: "report",
  input: z.object({ rows: z.number() }),
  output: z.object({ pages: z.number() }),
  stages: ["reading", { name: "writing", weight: 3 }],
  queue: "reports",
});

onEveryStore("B: job tracker", (world) => {
  it("B1 enqueue returns a reference with a version 7 id; later enqueues sort after earlier ones", async () => {
    const { waymark } = world();
    const refs = await waymark.enqueueMany(
      report,
      Array.from({ length: 500 }, (_, rows) => ({ rows })),
    );
    expect(refs[0]).toMatchObject({ kind: "report", queue: "reports", scheduledAt: null, deduplicated: false });
    for (const { jobId } of refs)
      expect(jobId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const ids = refs.map((ref) => ref.jobId);
    expect([...ids].sort()).toEqual(ids);
    const later = await waymark.enqueue(report, { rows: 1 }, { delay: "1h" });
    expect(isScheduled(later)).toBe(true);
    expect(isScheduled(refs[0]!)).toBe(false);
  });

  it("B2 a job with a future run time is scheduled, pending when due, processing on claim, then ends", async () => {
    const { waymark, clock, until } = world();
    const ref = await waymark.enqueue(report, { rows: 1 }, { delay: "1h" });
    expect(await waymark.tracker.getStatusOnly(ref)).toBe("scheduled");
    await clock.advance(3_600_000);
    expect(await waymark.tracker.getStatusOnly(ref)).toBe("pending");
    let finish = (): void => {};
    waymark.work([report.handle(() => new Promise((resolve) => (finish = () => resolve({ pages: 1 }))))]);
    await until(async () => (await waymark.tracker.getStatusOnly(ref)) === "processing");
    finish();
    await until(() => waymark.tracker.isComplete(ref));
    expect(await waymark.tracker.getStatusOnly(ref)).toBe("completed");
  });

  it("B2 a scheduled job starts on time although no hint comes", async () => {
    const { waymark, clock, until } = world();
    const startedAt: number[] = [];
    waymark.work([
      report.handle(() => {
        startedAt.push(clock.now());
        return { pages: 1 };
      }),
    ]);
    const due = clock.now() + 60_000;
    const ref = await waymark.enqueue(report, { rows: 1 }, { runAt: new Date(due) });
    await until(() => waymark.tracker.isComplete(ref), 250);
    expect(startedAt[0]).toBeGreaterThanOrEqual(due);
    expect(startedAt[0]).toBeLessThanOrEqual(due + 5_500);
  });

  it("B3 the picture carries its facts and only those of its status", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(
      report,
      { rows: 3 },
      { priority: -5, owner: "ana", metadata: { filename: "a.csv" } },
    );
    const info = (await waymark.tracker.getStatus(ref))!;
    expect(info).toMatchObject({
      jobId: ref.jobId,
      status: "pending",
      kind: "report",
      queue: "reports",
      priority: -5,
      owner: "ana",
      attempt: 0,
      maxAttempts: 3,
      metadata: { filename: "a.csv" },
      progress: {
        percent: null,
        stage: null,
        stages: [
          { name: "reading", state: "upcoming", weight: 1 },
          { name: "writing", state: "upcoming", weight: 3 },
        ],
      },
      estimate: null,
    });
    for (const absent of ["finishedAt", "startedAt", "errorMessage", "error", "result", "payload"])
      expect(info).not.toHaveProperty(absent);
  });

  it("B5 the lower priority number goes first", async () => {
    const { waymark, until } = world();
    const order: number[] = [];
    await waymark.enqueue(report, { rows: 1 }, { priority: 10 });
    await waymark.enqueue(report, { rows: 2 }, { priority: 0 });
    const last = await waymark.enqueue(report, { rows: 3 }, { priority: -10 });
    waymark.work([report.handle(({ rows }) => (order.push(rows), { pages: rows }))], { concurrency: 1 });
    await until(() => waymark.tracker.isComplete(last));
    await until(() => order.length === 3);
    expect(order).toEqual([3, 2, 1]);
  });

  it("B6 isComplete is true for every terminal state, false while active and when unknown", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(report, { rows: 1 });
    expect(await waymark.tracker.isComplete(ref)).toBe(false);
    expect(await waymark.tracker.getErrorMessage(ref)).toBeNull();
    await waymark.cancel(ref.jobId, { actor: "op" });
    expect(await waymark.tracker.isComplete(ref)).toBe(true);
    expect(await waymark.tracker.exists(ref.jobId.toUpperCase())).toBe(true);
    expect(await waymark.tracker.isComplete("0192f0c1-2345-7abc-8def-0123456789ab")).toBe(false);
  });

  it("B7 awaitCompletion answers the finished, the still running and the unknown job", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(report, { rows: 2 });
    let answer: JobStatusInfo<{ pages: number }> | null | undefined;
    void waymark.tracker.awaitCompletion(ref, { timeout: "2s" }).then((info) => (answer = info));
    await until(() => answer !== undefined);
    expect(answer).toMatchObject({ status: "pending" });

    let ended: JobStatusInfo<{ pages: number }> | null | undefined;
    void waymark.tracker.awaitCompletion(ref).then((info) => (ended = info));
    waymark.work([report.handle(({ rows }) => ({ pages: rows }))]);
    await until(() => ended !== undefined);
    expect(ended !== null && isTerminal(ended!) && isSuccessful(ended) && ended.result.pages).toBe(2);
  });

  it("B7 another process is told of the end, and null when the job is purged meanwhile", async () => {
    const { waymark, another, until } = world();
    const reader = await another();
    const ref = await waymark.enqueue(report, { rows: 2 });
    let ended: JobStatusInfo | null | undefined;
    void reader.tracker.awaitCompletion(ref.jobId).then((info) => (ended = info));
    await until(() => true);
    await waymark.cancel(ref.jobId, { actor: "op" });
    await until(() => ended !== undefined);
    expect(ended).toMatchObject({ status: "cancelled" });
    await waymark.remove(ref.jobId, { actor: "op" });
    expect(await reader.tracker.awaitCompletion(ref.jobId)).toBeNull();
    expect(await reader.tracker.getTombstone(ref.jobId)).toMatchObject({ status: "cancelled", kind: "report" });
  });

  it("B7 a lost push delays the answer by one poll at most", async () => {
    const { waymark, another, store, until, clock } = world();
    const asking = new Set<Promise<unknown>>();
    const reader = await another({ store: deaf(store, asking) });
    const ref = await waymark.enqueue(report, { rows: 2 });
    let endedAt: number | undefined;
    void reader.tracker.awaitCompletion(ref.jobId, { pollInterval: "200ms" }).then(() => (endedAt = clock.now()));
    await clock.advance(50);
    await waymark.cancel(ref.jobId, { actor: "op" });
    const cancelledAt = clock.now();
    // The clock stands while the database answers: how long that takes is no part of the promise.
    await until(async () => {
      while (asking.size > 0) await Promise.allSettled(asking);
      return endedAt !== undefined;
    }, 5);
    expect(endedAt! - cancelledAt).toBeLessThanOrEqual(250);
  });

  it("B7 an aborted wait rejects with the code aborted", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(report, { rows: 2 });
    const stop = new AbortController();
    let code: string | undefined;
    void waymark.tracker
      .awaitCompletion(ref, { signal: stop.signal })
      .catch((error: { code: string }) => (code = error.code));
    stop.abort();
    await until(() => code !== undefined);
    expect(code).toBe("aborted");
  });

  it("B8 a retrying job shows attempt n of m, the last safe error and when the next try is due", async () => {
    const { waymark, until, clock } = world();
    const ref = await waymark.enqueue(report, { rows: 1 });
    waymark.work([
      report.handle(() => {
        throw new JobError({
          code: "mail_down",
          message: "The mail server does not answer.",
          category: "temporary",
          retryAfter: "40s",
        });
      }),
    ]);
    await until(async () => (await waymark.tracker.getStatusOnly(ref)) === "retrying");
    const info = (await waymark.tracker.getStatus(ref))!;
    expect(info).toMatchObject({
      status: "retrying",
      attempt: 1,
      maxAttempts: 3,
      lastError: { code: "mail_down", message: "The mail server does not answer.", category: "temporary" },
      waiting: { reason: "retry" },
      retry: { eligible: false, reason: "not_ended", attemptsLeft: 2 },
    });
    expect(info.retry.nextAttemptAt!.getTime() - clock.now()).toBeGreaterThan(30_000);
    expect(info).not.toHaveProperty("errorMessage");
  });

  describe("B10 a waiting job says why", () => {
    it("B10 no live worker takes its kind, and when one was last heard from", async () => {
      const { waymark, until, clock } = world();
      const ref = await waymark.enqueue(report, { rows: 1 }, { queue: "elsewhere" });
      expect(await waymark.tracker.getStatus(ref)).toMatchObject({
        waiting: { reason: "no_worker", kind: "report", lastSeenAt: null },
      });
      const worker = waymark.work([report.handle(() => ({ pages: 1 }))], { queues: ["reports"] });
      await until(async () => (await waymark.store.workers()).length === 1);
      expect(await waymark.tracker.getStatus(ref)).toMatchObject({ waiting: { reason: "no_worker" } });
      let stopped = false;
      void worker.stop().then(() => (stopped = true));
      await until(() => stopped);
      await clock.advance(31_000);
      expect(await waymark.tracker.getStatus(ref)).toMatchObject({ waiting: { reason: "no_worker" } });
    });

    it("B10 its queue is paused, its place in line, its run time, its concurrency key", async () => {
      const { waymark, until } = world();
      const blocker = await waymark.enqueue(report, { rows: 0 }, { concurrencyKey: "ana", priority: -1 });
      let finish = (): void => {};
      waymark.work([report.handle(() => new Promise((resolve) => (finish = () => resolve({ pages: 0 }))))], {
        concurrency: 1,
        queues: ["reports"],
      });
      await until(async () => (await waymark.tracker.getStatusOnly(blocker)) === "processing");
      const first = await waymark.enqueue(report, { rows: 1 });
      const second = await waymark.enqueue(report, { rows: 2 });
      const keyed = await waymark.enqueue(report, { rows: 3 }, { concurrencyKey: "ana" });
      const later = await waymark.enqueue(report, { rows: 4 }, { delay: "5m" });
      const why = async (ref: { jobId: string }) => {
        const info = await waymark.tracker.getStatus(ref.jobId);
        return info !== null && isActive(info) && "waiting" in info ? info.waiting : null;
      };
      expect(await why(first)).toEqual({ reason: "position", ahead: 0 });
      expect(await why(second)).toEqual({ reason: "position", ahead: 1 });
      expect(await why(keyed)).toEqual({ reason: "concurrency", key: "ana", limit: 1, holders: [blocker.jobId] });
      expect(await why(later)).toMatchObject({ reason: "scheduled", inMs: 300_000 });
      await waymark.pauseQueue("reports", { actor: "mara" });
      expect(await why(first)).toMatchObject({ reason: "queue_paused", queue: "reports", by: "mara" });
      await waymark.resumeQueue("reports");
      finish();
    });

    it("B10 B11 L2 a dead worker's job is taken over within one lease and one sweep, without an operator", async () => {
      const { waymark, another, until, clock, store } = world();
      const ref = await waymark.enqueue(report, { rows: 1 });
      // A worker that claims and is never heard from again.
      const { jobs } = await store.claim({
        workerId: "0192f0c1-2345-7abc-8def-0123456789ab",
        kinds: ["report"],
        queues: null,
        limit: 1,
        leaseMs: 30_000,
      });
      expect(jobs).toHaveLength(1);
      const diedAt = clock.now();
      const other = await another();
      other.work([report.handle(() => ({ pages: 7 }))]);
      // Small steps: each answer of a real database costs some of them.
      await until(() => waymark.tracker.isComplete(ref), 50);
      expect(clock.now() - diedAt).toBeLessThanOrEqual(30_000 + 10_000 + 6_000);
      expect(await waymark.tracker.getStatus(ref)).toMatchObject({
        status: "completed",
        result: { pages: 7 },
        attempt: 2,
      });
      expect((await waymark.tracker.history(ref))!.map((row) => row.event)).toEqual([
        "enqueue",
        "claim",
        "lose_retry",
        "claim",
        "complete",
      ]);
    });
  });

  it("B11 back-off doubles from its base to its cap with full jitter, and three attempts are the default", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(report, { rows: 1 });
    waymark.work([
      report.handle(() => {
        throw new Error("no");
      }),
    ]);
    await until(() => waymark.tracker.isComplete(ref), 100);
    const history = (await waymark.tracker.history(ref))!;
    const claims = history.filter((row) => row.event === "claim").map((row) => row.at.getTime());
    const fails = history.filter((row) => row.to === "retrying").map((row) => row.at.getTime());
    expect(claims).toHaveLength(3);
    expect(claims[1]! - fails[0]!).toBeLessThanOrEqual(5_000 + 6_000);
    expect(claims[2]! - fails[1]!).toBeLessThanOrEqual(10_000 + 6_000);
    expect(await waymark.tracker.getStatus(ref)).toMatchObject({
      status: "failed",
      error: { code: "internal_error", category: "internal" },
    });
  });

  it("watch yields the current picture, each change, and ends with the job", async () => {
    const { waymark, another, until } = world();
    const reader = await another();
    const ref = await waymark.enqueue(report, { rows: 4 });
    const seen: string[] = [];
    let over = false;
    void (async () => {
      for await (const info of reader.tracker.watch(ref)) seen.push(`${info.status}:${info.progress?.stage ?? "-"}`);
      over = true;
    })();
    await until(() => seen.length > 0);
    waymark.work([
      report.handle(async ({ rows }, ctx) => {
        await ctx.stage("reading");
        await until(() => seen.includes("processing:reading"));
        await ctx.stage("writing");
        await until(() => seen.includes("processing:writing"));
        return { pages: rows };
      }),
    ]);
    await until(() => over);
    expect(seen[0]).toBe("pending:-");
    expect(seen.at(-1)).toBe("completed:-");
  });

  it("list gives pages by key, newest first, filtered by owner and by the status as it reads", async () => {
    const { waymark, clock } = world();
    const mine = await waymark.enqueueMany(
      report,
      Array.from({ length: 5 }, (_, rows) => ({ rows })),
      { owner: "ana" },
    );
    await waymark.enqueue(report, { rows: 9 }, { owner: "ben" });
    const due = await waymark.enqueue(report, { rows: 9 }, { owner: "ana", delay: "10s" });
    const first = await waymark.tracker.list({ owner: "ana", status: "pending", limit: 3 });
    expect(first.jobs.map((job) => job.jobId)).toEqual(
      mine
        .map((ref) => ref.jobId)
        .reverse()
        .slice(0, 3),
    );
    const rest = await waymark.tracker.list({ owner: "ana", status: "pending", limit: 3, cursor: first.nextCursor! });
    expect(rest).toMatchObject({ nextCursor: null });
    expect(rest.jobs).toHaveLength(2);
    await clock.advance(10_000);
    expect((await waymark.tracker.list({ owner: "ana", status: "pending" })).jobs[0]!.jobId).toBe(due.jobId);
    expect(await waymark.tracker.counts({ owner: "ana" })).toMatchObject({ pending: 6, scheduled: 0 });
    await expect(waymark.tracker.list({ cursor: "page 2" })).rejects.toMatchObject({ code: "invalid_cursor" });
    await expect(waymark.tracker.list({ limit: 201 })).rejects.toMatchObject({ code: "invalid_option" });
  });
});

/** The same store, but its pushes never arrive. */
function deaf(store: Store, asking?: Set<Promise<unknown>>): Store {
  return new Proxy(store, {
    get: (target, key) => {
      if (key === "subscribe") return () => () => {};
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        const answer: unknown = value.apply(target, given);
        if (answer instanceof Promise) {
          asking?.add(answer);
          const done = (): void => void asking?.delete(answer);
          answer.then(done, done);
        }
        return answer;
      };
    },
  });
}
