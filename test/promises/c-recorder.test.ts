/** PROMISES C: recording jobs that another queue runs. */
import { expect, it } from "vitest";
import { JobError } from "../../src/index.js";
import { onEveryStore } from "./on-every-store.js";

const UNKNOWN = "0192f0c1-2345-7abc-8def-0123456789ab";

onEveryStore("C: recorder", (world) => {
  const mail = (owner = "ana") => world().waymark.recorder.enqueued({ kind: "mail", owner, metadata: { to: "team" } });
  const status = (jobId: string) => world().waymark.tracker.getStatus(jobId);

  it("C1 one implementation serves every store; a recorded job is never claimed by a worker of ours", async () => {
    const { waymark, store } = world();
    const { jobId } = await mail();
    const claim = await store.claim({ workerId: UNKNOWN, kinds: ["mail"], queues: null, limit: 10, leaseMs: 30_000 });
    expect(claim.jobs).toEqual([]);
    expect(await waymark.recorder.started(jobId, { runner: "consumer-1", attempt: 1 })).toMatchObject({
      applied: true,
      status: "processing",
    });
    expect((await waymark.tracker.history(jobId))!.at(-1)).toMatchObject({
      event: "claim",
      actor: "recorder:consumer-1",
    });
  });

  it("C2 C8 started and completed: retry count, processing time, start and end are stored", async () => {
    const { waymark, clock } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId);
    await clock.advance(1_234);
    await waymark.recorder.completed(jobId, { result: { sent: 3 } });
    const info = (await status(jobId))!;
    expect(info).toMatchObject({ status: "completed", attempt: 1, processingMs: 1_234, result: { sent: 3 } });
    expect(info.startedAt!.getTime() + 1_234).toBe((info as { finishedAt: Date }).finishedAt.getTime());
  });

  it("C8 started only is processing, with the time so far", async () => {
    const { waymark, clock } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId);
    await clock.advance(500);
    expect(await status(jobId)).toMatchObject({ status: "processing", processingMs: 500 });
  });

  it("C2 C8 failed with a start: the message for the user and the details for operators", async () => {
    const { waymark, store } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId);
    await waymark.recorder.failed(
      jobId,
      new JobError({
        code: "bounced",
        message: "The address does not exist.",
        category: "input",
        details: { password: "hunter2", smtp: 550 },
      }),
    );
    expect(await status(jobId)).toMatchObject({
      status: "failed",
      error: { code: "bounced", message: "The address does not exist." },
    });
    const [record] = await store.read({ jobIds: [jobId], view: "full" });
    const detail = (record as { errorDetail: string }).errorDetail;
    expect(detail).toContain("550");
    expect(detail, "C6 details are redacted before they are written").not.toContain("hunter2");
  });

  it("C8 completed and failed without a start never throw, and the time taken is unknown", async () => {
    const { waymark } = world();
    const done = await mail();
    await waymark.recorder.completed(done.jobId);
    expect(await status(done.jobId)).toMatchObject({ status: "completed", processingMs: null, attempt: 1 });
    expect(await status(done.jobId)).not.toHaveProperty("startedAt");
    const broken = await mail();
    await waymark.recorder.failed(broken.jobId, "just a text");
    expect(await status(broken.jobId)).toMatchObject({
      status: "failed",
      processingMs: null,
      error: { code: "internal_error" },
    });
  });

  it("C8 an unknown id is a typed error, and nothing is written", async () => {
    const { waymark } = world();
    const { recorder } = waymark;
    for (const call of [
      () => recorder.started(UNKNOWN),
      () => recorder.progress(UNKNOWN, { percent: 1 }),
      () => recorder.completed(UNKNOWN),
      () => recorder.failed(UNKNOWN, new Error("x")),
      () => recorder.retrying(UNKNOWN, new Error("x")),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "not_found" });
    }
    await expect(recorder.started("no id")).rejects.toMatchObject({ code: "invalid_job_id" });
    expect((await waymark.tracker.list()).jobs).toEqual([]);
  });

  it("C3 a transition changes only its own facts", async () => {
    const { waymark, store, clock } = world();
    const { jobId } = await mail();
    const read = async () =>
      (await store.read({ jobIds: [jobId], view: "full" }))[0] as unknown as Record<string, unknown>;
    const before = await read();
    await clock.advance(10);
    await waymark.recorder.started(jobId, { runner: "r" });
    const after = await read();
    const changed = Object.keys(after).filter((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]));
    expect(changed.sort()).toEqual(
      [
        "attempt",
        "fence",
        "firstStartedAt",
        "leaseExpiresAt",
        "readAt",
        "seq",
        "startedAt",
        "status",
        "updatedAt",
        "waiting",
        "workerId",
      ].sort(),
    );
  });

  it("C4 the processing time is never negative, even when the wall clock went back", async () => {
    const { waymark, clock } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId);
    clock.jump(-3_600_000);
    await waymark.recorder.completed(jobId);
    const info = (await status(jobId))!;
    expect(info.processingMs).toBeGreaterThanOrEqual(0);
    expect(info.createdAt.toISOString()).toMatch(/Z$/);
  });

  it("C5 the error is there only while failed or retrying, and cleared by a later success", async () => {
    const { waymark } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId, { attempt: 1 });
    await waymark.recorder.retrying(
      jobId,
      new JobError({ code: "busy", message: "The server is busy.", category: "temporary" }),
      { delay: "10s" },
    );
    expect(await status(jobId)).toMatchObject({ status: "retrying", lastError: { message: "The server is busy." } });
    await waymark.recorder.started(jobId, { attempt: 2 });
    expect(await status(jobId)).not.toHaveProperty("lastError");
    await waymark.recorder.completed(jobId);
    const info = await status(jobId);
    expect(info).not.toHaveProperty("error");
    expect(await waymark.tracker.getErrorMessage(jobId)).toBeNull();
    const [record] = await world().store.read({ jobIds: [jobId], view: "full" });
    expect(record).toMatchObject({ error: null, errorDetail: null });
  });

  it("C6 C7 an endless error text is cut on a code point, redacted, and never an exception", async () => {
    const { waymark, store } = world();
    const { jobId } = await mail();
    const text = `authorization: Bearer ${"k".repeat(60)} mail ana@example.com ${"🙂".repeat(400_000)}`;
    await waymark.recorder.failed(jobId, new Error(text));
    const [record] = await store.read({ jobIds: [jobId], view: "full" });
    const detail = (record as { errorDetail: string }).errorDetail;
    expect(new TextEncoder().encode(detail).length).toBeLessThanOrEqual(16_384);
    expect(detail).toContain("cut");
    expect(detail).not.toContain("kkkkkk");
    expect(detail).not.toContain("ana@example.com");
    expect(JSON.stringify(JSON.parse(detail))).not.toMatch(/\\ud[89ab]/i);
  });

  it("C9 late, repeated and unordered events of one attempt fold into one true status", async () => {
    const { waymark } = world();
    const { recorder, tracker } = waymark;
    const { jobId } = await mail();
    await recorder.started(jobId, { attempt: 1 });
    expect(await recorder.started(jobId, { attempt: 1 })).toMatchObject({ applied: false });
    await recorder.completed(jobId, { result: 1 });
    expect(await recorder.completed(jobId, { result: 1 })).toMatchObject({ applied: false, status: "completed" });
    expect(await recorder.started(jobId, { attempt: 1 })).toMatchObject({ applied: false, status: "completed" });
    expect(await recorder.progress(jobId, { percent: 10 })).toMatchObject({ applied: false });
    expect(await recorder.failed(jobId, new Error("late"))).toMatchObject({ applied: false, status: "completed" });
    expect(await recorder.failed(jobId, new Error("late"))).toMatchObject({ applied: false, status: "completed" });
    expect((await tracker.history(jobId))!.map((row) => row.event)).toEqual([
      "enqueue",
      "claim",
      "complete",
      "conflict",
    ]);
    expect(await status(jobId)).toMatchObject({ status: "completed", result: 1 });
  });

  it("C9 a new delivery without an end of the last one opens a new attempt and a new fence", async () => {
    const { waymark } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId, { attempt: 1 });
    await waymark.recorder.started(jobId, { attempt: 2 });
    const history = (await waymark.tracker.history(jobId))!;
    expect(history.map((row) => row.event)).toEqual(["enqueue", "claim", "fail_retry", "claim"]);
    expect(history.map((row) => row.fence)).toEqual([0, 1, 1, 2]);
    expect(await status(jobId)).toMatchObject({ status: "processing", attempt: 2 });
  });

  it("C1 progress of the running attempt is shown and never reads 100 before the end", async () => {
    const { waymark } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId);
    await waymark.recorder.progress(jobId, { stage: "sending", percent: 100, message: "2 of 2" });
    expect((await status(jobId))!.progress).toMatchObject({ percent: 99, stage: "sending", message: "2 of 2" });
    await waymark.recorder.completed(jobId);
    expect((await status(jobId))!.progress).toMatchObject({ percent: 100 });
  });

  it("C1 E7 its owner cannot retry it here, where nobody would run it; the status says so", async () => {
    const { waymark } = world();
    const { jobId } = await mail();
    await waymark.recorder.failed(jobId, new JobError({ code: "busy", message: "Busy.", category: "temporary" }));
    expect((await status(jobId))!.retry).toMatchObject({ eligible: false, reason: "not_retryable" });
    await expect(waymark.retry(jobId, { actor: "ana", owner: "ana" })).rejects.toMatchObject({ code: "not_retryable" });
    await expect(waymark.retry(jobId, { actor: "ben", owner: "ben" })).rejects.toMatchObject({ code: "not_found" });
    expect(await waymark.retry(jobId, { actor: "operator" })).toMatchObject({ status: "pending" });
  });

  it("C1 a runner that falls silent loses its attempt", async () => {
    const { waymark, until } = world();
    const { jobId } = await mail();
    await waymark.recorder.started(jobId, { silence: "1m" });
    await until(async () => (await waymark.tracker.getStatusOnly(jobId)) === "retrying", 1_000);
    expect(await status(jobId)).toMatchObject({ lastError: { code: "lost" }, waiting: { reason: "outside" } });
  });
});
