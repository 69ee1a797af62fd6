/** The work protocol: workers in any language, under the same leases and fences. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineJob } from "../../src/core/define-job.js";
import type { JobEvent } from "../../src/core/job-events.js";
import { openWorld, story, type World } from "./world.js";

const checked = defineJob({ kind: "checked", output: z.object({ total: z.number() }) });
const hidden = defineJob({ kind: "hidden" });

describe("the work protocol", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld({ work: [story, checked] });
  });
  afterEach(() => world.close());
  const post = async (path: string, body: unknown): Promise<{ status: number; body: any }> => {
    const response = await world.call("POST", `/api/work${path}`, "worker:w1", { body });
    return { status: response.status, body: await response.json() };
  };
  const claim = async (more: Record<string, unknown> = {}): Promise<any> =>
    (await post("/claim", { workerId: "w1", ...more })).body;

  it("takes a job, reports, and ends it; the owner sees all of it", async () => {
    const ref = await world.waymark.enqueue(story, { rows: 3 }, { owner: "ada", metadata: { file: "a.csv" } });
    const { jobs } = await claim();
    expect(jobs).toMatchObject([
      {
        jobId: ref.jobId,
        kind: "story",
        input: { rows: 3 },
        metadata: { file: "a.csv" },
        fence: 1,
        attempt: 1,
        leaseMs: 30_000,
      },
    ]);
    const { fence } = jobs[0];
    const report = { fence, stage: "writing", done: 1, total: 2, message: "Halfway" };
    expect(await post(`/${ref.jobId}/progress`, report)).toEqual({ status: 200, body: { answer: "held" } });
    expect(await world.waymark.tracker.getStatus(ref.jobId)).toMatchObject({
      status: "processing",
      progress: { stage: "writing", percent: 75, done: 1, total: 2, message: "Halfway" },
    });
    const done = { fence, result: { storyId: "s9" } };
    expect(await post(`/${ref.jobId}/complete`, done)).toEqual({
      status: 200,
      body: { status: "completed", replayed: false },
    });
    expect(await post(`/${ref.jobId}/complete`, done)).toEqual({
      status: 200,
      body: { status: "completed", replayed: true },
    });
    expect(await world.waymark.tracker.getStatus(ref.jobId)).toMatchObject({ result: { storyId: "s9" } });
  });

  it("two claims never share a job, and an idle one hears when to ask again", async () => {
    for (let i = 0; i < 5; i++) await world.make("ada");
    const both = await Promise.all([claim({ limit: 3 }), claim({ workerId: "w2", limit: 3 })]);
    const ids = both.flatMap(({ jobs }) => jobs.map((job: { jobId: string }) => job.jobId));
    expect(new Set(ids).size).toBe(5);
    await world.waymark.enqueue(story, {}, { delay: "10s" });
    expect(await claim()).toEqual({ jobs: [], nextDueInMs: 10_000 });
  });

  it("a claim for nothing says that the worker lives", async () => {
    const id = await world.make("ada");
    expect(await world.waymark.tracker.getStatus(id)).toMatchObject({ waiting: { reason: "no_worker" } });
    await claim({ limit: 0 });
    expect(await world.waymark.tracker.getStatus(id)).toMatchObject({ waiting: { reason: "position", ahead: 0 } });
  });

  it("whoever lost the lease is told so, and changes nothing", async () => {
    const id = await world.make("ada");
    const [{ fence }] = (await claim({ leaseMs: 5_000 })).jobs;
    expect((await post(`/${id}/extend`, { fence, leaseMs: 20_000 })).body).toEqual({ answer: "held" });
    await world.clock.advance(20_001);
    await world.store.sweep(10);
    for (const [path, body] of [
      ["extend", { fence }],
      ["progress", { fence, message: "late" }],
      ["complete", { fence, result: 1 }],
      ["fail", { fence, error: { code: "x", message: "y" } }],
    ] as const) {
      expect(await post(`/${id}/${path}`, body)).toMatchObject({ status: 409, body: { code: "lease_lost" } });
    }
    expect(await world.waymark.tracker.getStatus(id)).toMatchObject({ status: "failed", error: { code: "lost" } });
  });

  it("is told when the owner wants it to stop", async () => {
    const id = await world.make("ada");
    const [{ fence }] = (await claim()).jobs;
    await world.call("POST", `/api/jobs/${id}/cancel`);
    expect((await post(`/${id}/extend`, { fence })).body).toEqual({ answer: "cancelRequested" });
    expect((await post(`/${id}/fail`, { fence, error: { code: "stopped", message: "Stopped." } })).body).toMatchObject({
      status: "cancelled",
    });
  });

  it("E6 a failure keeps its code and safe words, is redacted, and comes again while that may help", async () => {
    const ref = await world.waymark.enqueue(checked, {}, { owner: "ada" });
    const [{ fence }] = (await claim()).jobs;
    const error = { code: "busy", message: "Busy. password=hunter2", category: "temporary", retryAfterMs: 5_000 };
    expect((await post(`/${ref.jobId}/fail`, { fence, error })).body).toMatchObject({ status: "retrying" });
    const info = await world.waymark.tracker.getStatus(ref.jobId);
    expect(info).toMatchObject({ status: "retrying", lastError: { code: "busy", category: "temporary" } });
    expect(JSON.stringify(info)).not.toContain("hunter2");
    expect((await claim()).nextDueInMs).toBe(5_000);
  });

  it("D7 its attempts are told of like those of a worker here, once each, and estimates learn from them", async () => {
    const told: JobEvent[] = [];
    world.waymark.on((event) => void told.push(event));
    const attempt = async (path: string, body: Record<string, unknown>): Promise<string> => {
      const id = await world.make("ada");
      const [{ fence }] = (await claim({ kinds: ["story"] })).jobs;
      await world.clock.advance(2_000);
      for (let twice = 0; twice < 2; twice++) await post(`/${id}/${path}`, { fence, ...body });
      return id;
    };
    const done = await attempt("complete", { result: { storyId: "s1" } });
    const failed = await attempt("fail", { error: { code: "no_rows", message: "No rows.", category: "input" } });
    await post(`/${failed}/fail`, { fence: 9, error: { code: "x", message: "x" } });
    expect(told.filter(({ type }) => /started|ended|lease_lost/.test(type))).toMatchObject([
      { type: "started", jobId: done, kind: "story", fence: 1, attempt: 1 },
      { type: "ended", jobId: done, status: "completed", durationMs: 2_000, errorCode: null, late: false },
      { type: "started", jobId: failed },
      { type: "ended", jobId: failed, status: "failed", errorCode: "no_rows" },
      { type: "lease_lost", jobId: failed, fence: 9, during: "failed" },
    ]);
    const [learned] = await world.store.learned(["story"]);
    expect(learned?.counts).toMatchObject([{ measure: "run", stage: null, count: 1 }]);
  });

  it("a result the kind's schema refuses, a stage it does not have, a kind not offered: typed refusals", async () => {
    const ref = await world.waymark.enqueue(checked, {});
    const [{ fence }] = (await claim()).jobs;
    expect(await post(`/${ref.jobId}/complete`, { fence, result: { total: "x" } })).toMatchObject({
      status: 400,
      body: { code: "invalid_request", issues: [{ path: "total" }] },
    });
    expect((await post(`/${ref.jobId}/progress`, { fence, stage: "other" })).body).toMatchObject({
      code: "unknown_stage",
    });
    expect((await post("/claim", { workerId: "w1", kinds: ["hidden"] })).body).toMatchObject({ code: "unknown_kind" });
    const other = await world.waymark.enqueue(hidden, {});
    expect(await claim()).toMatchObject({ jobs: [] });
    expect((await post(`/${other.jobId}/complete`, { fence: 1 })).status).toBe(404);
  });
});
