/** Bad input always gets a typed error with a stable code, and nothing is written. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { silentLogger } from "../../src/core/logger.js";
import { defineJob, isWaymarkError, openWaymark, WaymarkError } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { onEveryStore } from "./on-every-store.js";

const job = defineJob({ kind: "job" });
const UNKNOWN = "0192f0c1-2345-7abc-8def-0123456789ab";
// What a caller without types, or with a cast, may pass.
const wrong = (value: unknown): never => value as never;

const codeOf = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
    return "accepted";
  } catch (error) {
    return isWaymarkError(error) ? error.code : error;
  }
};

onEveryStore("wrong buttons", (world) => {
  it("S1 an owner that is there but empty is a mistake, and never means everybody's jobs", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(job, 1, { owner: "ben" });
    for (const owner of [undefined, null, "", 7]) {
      const options = { owner: wrong(owner) };
      expect(await codeOf(() => waymark.tracker.list(options))).toBe("invalid_option");
      expect(await codeOf(() => waymark.tracker.counts(options))).toBe("invalid_option");
      expect(await codeOf(() => waymark.tracker.find(ref, options))).toBe("invalid_option");
      expect(await codeOf(() => waymark.cancel(ref, { actor: "ana", ...options }))).toBe("invalid_option");
      expect(await codeOf(() => waymark.retry(ref, { actor: "ana", ...options }))).toBe("invalid_option");
      expect(await codeOf(() => waymark.remove(ref, { actor: "ana", ...options }))).toBe("invalid_option");
    }
    expect(await waymark.tracker.getStatusOnly(ref)).toBe("pending");
  });

  it("each wrong call answers with a code", async () => {
    const { waymark } = world();
    const { tracker, recorder } = waymark;
    expect(await codeOf(() => waymark.enqueue(wrong("greet"), 1))).toBe("invalid_definition");
    expect(await codeOf(() => waymark.enqueue(wrong(job.handle(() => 1)), 1))).toBe("invalid_definition");
    expect(await codeOf(() => waymark.work(wrong(job.handle(() => 1))))).toBe("invalid_option");
    expect(await codeOf(() => waymark.work(wrong([7])))).toBe("invalid_option");
    expect(await codeOf(() => waymark.cancel(UNKNOWN, wrong(undefined)))).toBe("invalid_option");
    expect(await codeOf(() => waymark.cancel(wrong(undefined), { actor: "ana" }))).toBe("invalid_job_id");
    expect(await codeOf(() => waymark.track({ kind: "x" }, wrong(undefined)))).toBe("invalid_option");
    expect(await tracker.getStatus(wrong(undefined))).toBeNull();
    for (const maxAttempts of [0, -1, Number.NaN, "x", 1_001]) {
      expect(await codeOf(() => recorder.enqueued({ kind: "mail", maxAttempts: wrong(maxAttempts) }))).toBe(
        "invalid_option",
      );
    }
    expect((await tracker.list()).jobs).toEqual([]);
  });

  it("L3 what a recorder is told of progress is checked and cut", async () => {
    const { waymark } = world();
    const { recorder } = waymark;
    const { jobId } = await recorder.enqueued({ kind: "mail" });
    await recorder.started(jobId);
    for (const event of [
      { stage: "s".repeat(300) },
      { stage: "a\0b" },
      { percent: "7" },
      { percent: Number.NaN },
      { percent: 101 },
    ]) {
      expect(await codeOf(() => recorder.progress(jobId, wrong(event)))).toBe("invalid_option");
    }
    await recorder.progress(jobId, { message: `nul \0 ${"m".repeat(70_000)}` });
    const message = (await waymark.tracker.getStatus(jobId))!.progress!.message!;
    expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(1_024);
  });

  it("C8 a recorded id that another job has is told, not taken over", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(job, 1);
    expect(await codeOf(() => waymark.recorder.enqueued({ jobId: ref.jobId, kind: "mail" }))).toBe("job_exists");
    const mail = await waymark.recorder.enqueued({ kind: "mail" });
    expect(await waymark.recorder.enqueued({ jobId: mail.jobId, kind: "mail" })).toMatchObject({ deduplicated: true });
  });

  it("P4 the reason of a cancel is redacted before it is stored", async () => {
    const { waymark } = world();
    const ref = await waymark.enqueue(job, 1);
    await waymark.cancel(ref, { actor: "ana", reason: `Bearer ${"k".repeat(40)} is mine` });
    expect(JSON.stringify(await waymark.tracker.history(ref))).not.toContain("kkkk");
  });
});

describe("opening and defining", () => {
  it("refuses what cannot work, before anything is opened", async () => {
    expect(await codeOf(() => openWaymark(wrong(undefined)))).toBe("invalid_option");
    expect(await codeOf(() => openWaymark(wrong({})))).toBe("invalid_option");
    expect(await codeOf(() => openWaymark({ store: "redis://x" }))).toBe("invalid_store_url");
    expect(await codeOf(() => openWaymark({ store: "memory:", limits: { payloadBytes: wrong("1mb") } }))).toBe(
      "invalid_option",
    );
    expect(await codeOf(() => openWaymark({ store: "memory:", limits: wrong({ payload: 5 }) }))).toBe("invalid_option");
    expect(await codeOf(() => openWaymark({ store: "memory:", retention: { default: wrong("soon") } }))).toBe(
      "invalid_duration",
    );
    expect(await codeOf(() => defineJob({ kind: "x", input: wrong({ name: "string" }) }))).toBe("invalid_definition");
    expect(await codeOf(() => defineJob({ kind: "x", input: z.string() }).handle(wrong(undefined)))).toBe(
      "invalid_definition",
    );
  });

  it("B7 a waiter bears a store that does not answer for a moment, but not one that never did", async () => {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    const waymark = await openWaymark({ store, clock, logger: silentLogger });
    const ref = await waymark.enqueue(job, 1);
    const read = store.read.bind(store);
    const away = () => Promise.reject(new WaymarkError("store_unavailable", { problem: "it is away" }));
    store.read = away;
    expect(await codeOf(() => waymark.tracker.awaitCompletion(ref))).toBe("store_unavailable");
    store.read = read;
    let status: string | undefined;
    void waymark.tracker.awaitCompletion(ref).then((info) => (status = info?.status));
    await clock.advance(200);
    store.read = away;
    await clock.advance(3_000);
    await waymark.cancel(ref, { actor: "op" });
    await clock.advance(1_000);
    expect(status).toBeUndefined();
    store.read = read;
    await clock.advance(1_000);
    expect(status).toBe("cancelled");
    await waymark.close();
  });
});
