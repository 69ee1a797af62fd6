/** PROMISES A: what the in-process job queue promised. */
import { expect, it } from "vitest";
import { z } from "zod";
import { isLegalMove } from "../../src/core/lifecycle.js";
import { defineJob, isTerminal, isWaymarkError, JobError } from "../../src/index.js";
import { onEveryStore } from "./on-every-store.js";

const double = defineJob({ kind: "double", input: z.object({ n: z.number() }), output: z.number(), maxAttempts: 2 });
const UNKNOWN = "0192f0c1-2345-7abc-8def-0123456789ab";

onEveryStore("A: in-process queue", (world) => {
  it("A1 a finished job has id, created and finished time, status, result and attempts; a failed one its message", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(double, { n: 21 });
    const broken = await waymark.enqueue(double, { n: -1 });
    waymark.work([
      double.handle(({ n }) => {
        if (n < 0) throw new JobError({ code: "negative", message: "Give a number from 0.", category: "input" });
        return n * 2;
      }),
    ]);
    await until(async () => (await waymark.tracker.isComplete(ref)) && waymark.tracker.isComplete(broken));
    const info = await waymark.tracker.getStatus(ref);
    expect(info).toMatchObject({ jobId: ref.jobId, status: "completed", result: 42, attempt: 1, generation: 1 });
    expect(info!.createdAt).toBeInstanceOf(Date);
    expect(info).toHaveProperty("finishedAt", expect.any(Date));
    expect(await waymark.tracker.getStatus(broken)).toMatchObject({
      status: "failed",
      errorMessage: "Give a number from 0.",
      error: { code: "negative", category: "input" },
    });
  });

  it("A2 a status read right after enqueue never misses, even while workers race for the job", async () => {
    const { waymark } = world();
    waymark.work([double.handle(({ n }) => n * 2)], { concurrency: 50 });
    for (let n = 0; n < 30; n++) {
      const ref = await waymark.enqueue(double, { n });
      expect(await waymark.tracker.getStatusOnly(ref)).not.toBe("not_found");
    }
  });

  it("A3 enqueue returns the id and the job exists when it resolves", async () => {
    const { waymark, another } = world();
    const ref = await waymark.enqueue(double, { n: 1 });
    expect(await (await another()).tracker.exists(ref.jobId)).toBe(true);
  });

  it("A4 an unknown id, and text that is none, answer null without an exception", async () => {
    const { tracker } = world().waymark;
    for (const id of [UNKNOWN, "", "no id", "'; drop table jobs", "x".repeat(10_240)]) {
      expect(await tracker.getStatus(id)).toBeNull();
      expect(await tracker.getStatusOnly(id)).toBe("not_found");
      expect(await tracker.history(id)).toBeNull();
      expect(await tracker.explain(id)).toBeNull();
      expect(await tracker.awaitCompletion(id, { timeout: "1s" })).toBeNull();
    }
  });

  it("A5 the status is lower case in JSON, with created, finished, result, message and attempts in it", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(double, { n: 4 });
    waymark.work([double.handle(({ n }) => n * 2)]);
    await until(() => waymark.tracker.isComplete(ref));
    const json = JSON.parse(JSON.stringify(await waymark.tracker.getStatus(ref))) as Record<string, unknown>;
    expect(json).toMatchObject({ status: "completed", result: 8, attempt: 1 });
    expect(json["createdAt"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(json["finishedAt"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it("A6 every move in the trail of a job that failed, was retried and completed is a legal one", async () => {
    const { waymark, until } = world();
    let runs = 0;
    const ref = await waymark.enqueue(double, { n: 1 });
    waymark.work([
      double.handle(({ n }) => {
        if (runs++ < 2) throw new JobError({ code: "later", message: "Not now.", category: "temporary" });
        return n;
      }),
    ]);
    await until(() => waymark.tracker.isComplete(ref), 500);
    expect(await waymark.tracker.getStatusOnly(ref)).toBe("failed");
    await waymark.retry(ref.jobId, { actor: "ana" });
    await until(() => waymark.tracker.isComplete(ref), 500);
    const history = (await waymark.tracker.history(ref))!;
    expect(history.every((row) => isLegalMove(row.from, row.event, row.to))).toBe(true);
    expect(history.map((row) => row.event)).toEqual([
      "enqueue",
      "claim",
      "fail_retry",
      "claim",
      "fail",
      "retry",
      "claim",
      "complete",
    ]);
    const info = (await waymark.tracker.getStatus(ref))!;
    expect(isTerminal(info) && info.finishedAt >= info.createdAt).toBe(true);
  });

  it("A7 reads, writes and enqueues may be concurrent, and each caller gets its own answer", async () => {
    const { waymark, until } = world();
    waymark.work([double.handle(({ n }) => n * 2)], { concurrency: 20 });
    const refs = await Promise.all(Array.from({ length: 200 }, (_, n) => waymark.enqueue(double, { n })));
    await Promise.all(refs.map((ref) => waymark.tracker.getStatus(ref)));
    await until(async () => (await waymark.tracker.counts()).completed === 200);
    const done = await Promise.all(refs.map((ref) => waymark.tracker.getStatus(ref)));
    expect(done.map((info) => (info?.status === "completed" ? info.result : null))).toEqual(refs.map((_, n) => n * 2));
  });

  it("A8 the trail tells each transition with time, attempt, actor and reason", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(double, { n: 1 }, { owner: "ana" });
    await waymark.cancel(ref.jobId, { actor: "ana", owner: "ana", reason: "wrong file" });
    expect(await waymark.tracker.history(ref)).toMatchObject([
      { seq: 1, from: null, to: "pending", event: "enqueue", actor: "producer", at: expect.any(Date), attempt: 0 },
      {
        seq: 2,
        from: "pending",
        to: "cancelled",
        event: "cancel",
        actor: "ana",
        reason: "wrong file",
        requestId: expect.any(String),
      },
    ]);
  });

  it("A3 L3 bad input is refused with a typed error before anything is written", async () => {
    const { waymark } = world();
    const refused = async (run: Promise<unknown>, code: string) =>
      expect(
        await run.then(
          () => "accepted",
          (error: unknown) => (isWaymarkError(error) ? error.code : error),
        ),
      ).toBe(code);
    await refused(waymark.enqueue(double, { n: "one" as unknown as number }), "invalid_input");
    await refused(waymark.enqueue(double, { n: 1 }, { queue: "no spaces" }), "invalid_option");
    await refused(waymark.enqueue(double, { n: 1 }, { priority: 0.5 }), "invalid_option");
    await refused(waymark.enqueue(double, { n: 1 }, { owner: "" }), "invalid_option");
    await refused(waymark.enqueue(double, { n: 1 }, { delay: "soon" as "1s" }), "invalid_duration");
    await refused(waymark.enqueue(double, { n: 1 }, { delay: 1, runAt: new Date() }), "invalid_option");
    await refused(waymark.enqueue(double, { n: 1 }, { metadata: { big: "x".repeat(9_000) } }), "too_large");
    await refused(waymark.enqueue(double, { n: 1 }, { metadata: { when: Number.NaN } }), "value_not_storable");
    await refused(waymark.enqueueMany(double, [{ n: 1 }, { n: null as unknown as number }]), "invalid_input");
    expect((await waymark.tracker.list()).jobs).toEqual([]);
  });
});
