/** What a status looks like over HTTP, and how a poller is spared work. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { retryAfterSeconds } from "../../src/http/retry-after.js";
import { historySchema, jobSchema, pageSchema, problemSchema, statusSchema } from "../../src/http/schemas.js";
import type { JobStatusInfo } from "../../src/index.js";
import { openWorld, story, type World } from "./world.js";

describe("status over HTTP", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world.close());
  const read = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ response: Response; body: any }> => {
    const response = await world.call("GET", path, "ada", { headers });
    const text = await response.text();
    return { response, body: text === "" ? null : JSON.parse(text) };
  };

  it("B9 GET /jobs/{id}/status answers 200 with the info, and 404 when unknown", async () => {
    const id = await world.make("ada");
    const { response, body } = await read(`/api/jobs/${id}/status`);
    expect(response.status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(await world.waymark.tracker.getStatus(id))));
    expect((await read("/api/jobs/0190aaaa-0000-7000-8000-000000000000/status")).response.status).toBe(404);
  });

  it("D4 GET /status/{id} has the times and progress, a completed job its result, a failed one its message", async () => {
    const done = await read(`/api/status/${await world.make("ada", "ok")}`);
    expect(done.body).toMatchObject({ status: "completed", result: { storyId: "s1" }, progress: { percent: 100 } });
    expect(Date.parse(done.body.createdAt)).toBeLessThanOrEqual(Date.parse(done.body.updatedAt));
    const failed = await read(`/api/status/${await world.make("ada", "input")}`);
    expect(failed.body).toMatchObject({ status: "failed", errorMessage: "The file has no rows." });
    const unknown = await read("/api/status/0190aaaa-0000-7000-8000-000000000000");
    expect(unknown.response.headers.get("content-type")).toBe("application/problem+json");
    expect(unknown.body).toEqual({
      type: "urn:waymark:not_found",
      title: "Not found",
      status: 404,
      code: "not_found",
      detail: "There is no such job, or it is not yours.",
    });
  });

  it("an expired job says until when it was good", async () => {
    const ref = await world.waymark.enqueue(story, {}, { owner: "ada", expiresIn: "5s" });
    const { expiresAt } = (await read(`/api/jobs/${ref.jobId}`)).body;
    await world.clock.advance(5_001);
    await world.store.sweep(10);
    expect((await read(`/api/jobs/${ref.jobId}`)).body).toMatchObject({ status: "expired", expiresAt });
  });

  it("E1 GET /jobs/{id} has status, percentage, stage; then the product's id, or the error and whether retry can help", async () => {
    const waiting = await read(`/api/jobs/${await world.make("ada")}`);
    expect(waiting.body).toMatchObject({ status: "pending", progress: { percent: null, stage: null } });
    expect((await read(`/api/jobs/${await world.make("ada", "ok")}`)).body).toMatchObject({
      status: "completed",
      result: { storyId: "s1" },
    });
    expect((await read(`/api/jobs/${await world.make("ada", "input")}`)).body).toMatchObject({
      error: { code: "empty_file", message: "The file has no rows." },
      retry: { eligible: false, reason: "not_retryable" },
    });
    expect((await read(`/api/jobs/${await world.make("ada", "later")}`)).body).toMatchObject({
      error: { code: "busy" },
      retry: { eligible: true },
    });
  });

  it("E8 tells what the job was started with: file name, storage key, size and number of rows", async () => {
    const metadata = { fileName: "sales.csv", storageKey: "uploads/17", fileSize: 20_480, rowCount: 312 };
    const ref = await world.waymark.enqueue(story, {}, { owner: "ada", metadata });
    for (const path of [`/jobs/${ref.jobId}`, `/jobs/${ref.jobId}/status`])
      expect((await read(`/api${path}`)).body).toMatchObject({ metadata });
    expect((await read("/api/jobs")).body).toMatchObject({ jobs: [{ jobId: ref.jobId, metadata }] });
  });

  it("P1 never has the input, whatever happened", async () => {
    const ref = await world.waymark.enqueue(story, { secret: "canary-7781" }, { owner: "ada" });
    for (const path of [`/jobs/${ref.jobId}`, `/jobs/${ref.jobId}/status`, `/jobs/${ref.jobId}/history`, "/jobs"]) {
      const { body } = await read(`/api${path}`);
      expect(JSON.stringify(body)).not.toContain("canary-7781");
    }
  });

  it("tells nothing of other people: not who holds a concurrency key, nor who paused a queue", async () => {
    const concurrencyKey = "shared";
    const first = await world.waymark.enqueue(story, {}, { owner: "bob", concurrencyKey });
    const second = await world.waymark.enqueue(story, {}, { owner: "ada", concurrencyKey });
    const live = { host: "h", pid: 1, kinds: ["story"], queues: null, concurrency: 1, running: 1, accepting: true };
    await world.store.extend({ worker: { workerId: "w", ...live }, leaseMs: 60_000, leases: [] });
    await world.store.claim({ workerId: "w", kinds: ["story"], queues: null, limit: 1, leaseMs: 60_000 });
    const waiting = (await read(`/api/jobs/${second.jobId}`)).body;
    expect(waiting.waiting).toMatchObject({ reason: "concurrency", holders: [] });
    expect(JSON.stringify(waiting)).not.toContain(first.jobId);
    await world.waymark.pauseQueue("default", { actor: "Olga of operations" });
    const paused = (await read(`/api/jobs/${second.jobId}`)).body;
    expect(paused.waiting).toMatchObject({ reason: "queue_paused", by: null });
  });

  it("L1 answers 304 to a poller that has this very picture, and 200 as soon as a viewer would see a change", async () => {
    const id = await world.make("ada");
    const first = await read(`/api/jobs/${id}`);
    const etag = first.response.headers.get("etag")!;
    expect(etag).toMatch(/^W\/"\d+-[0-9a-z]+"$/);
    await world.clock.advance(5_000);
    for (const tag of [etag, etag.slice(2), `"x", ${etag}`, "*"]) {
      const again = await read(`/api/jobs/${id}`, { "if-none-match": tag });
      expect([tag, again.response.status, again.body]).toEqual([tag, 304, null]);
      expect(again.response.headers.get("etag")).toBe(etag);
      expect(again.response.headers.get("retry-after")).toBe("2");
    }
    await world.waymark.cancel(id, { actor: "test" });
    const changed = await read(`/api/jobs/${id}`, { "if-none-match": etag });
    expect(changed.response.status).toBe(200);
    expect(changed.body.status).toBe("cancelled");
    expect(changed.response.headers.get("etag")).not.toBe(etag);
  });

  it("L1 Retry-After follows the estimate, the due time, or is 2 s; an ended job has none", async () => {
    const running = { status: "processing", estimate: null } as JobStatusInfo;
    const estimate = (low: number): JobStatusInfo => {
      const remainingMs = { low, high: low * 2 };
      return { ...running, estimate: { remainingMs, basedOn: 9, slowerThanUsual: false } };
    };
    expect(retryAfterSeconds(running)).toBe(2);
    expect([0, 4_000, 50_000, 9e9].map((ms) => retryAfterSeconds(estimate(ms)))).toEqual([1, 1, 10, 60]);
    const waiting = (inMs: number): JobStatusInfo =>
      ({ status: "scheduled", estimate: null, waiting: { reason: "scheduled", at: new Date(0), inMs } }) as never;
    expect([-5, 7_200, 9e9].map((ms) => retryAfterSeconds(waiting(ms)))).toEqual([1, 8, 60]);
    expect((await read(`/api/jobs/${await world.make("ada", "ok")}`)).response.headers.has("retry-after")).toBe(false);
    const ref = await world.waymark.enqueue(story, {}, { owner: "ada", delay: "30s" });
    expect((await read(`/api/jobs/${ref.jobId}`)).response.headers.get("retry-after")).toBe("30");
  });

  it("S2 a purged job of one's own answers 410 with its tombstone", async () => {
    const id = await world.make("ada", "purged");
    for (const path of [`/jobs/${id}`, `/jobs/${id}/status`, `/jobs/${id}/history`, `/jobs/${id}/events`]) {
      const { response, body } = await read(`/api${path}`);
      expect([path, response.status]).toEqual([path, 410]);
      expect(body).toMatchObject({ code: "job_purged", tombstone: { jobId: id, kind: "story", status: "completed" } });
      expect(problemSchema.parse(body)).toEqual(body);
    }
  });

  it("lists in pages that together hold every job once, newest first, under the same filters", async () => {
    const made = [];
    for (let i = 0; i < 7; i++) made.push(await world.make("ada"));
    await world.waymark.cancel(made[3]!, { actor: "test" });
    const seen: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await read(`/api/jobs?status=pending,scheduled&kind=story&limit=3${cursor}`);
      seen.push(...body.jobs.map((job: { jobId: string }) => job.jobId));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(made.filter((_, i) => i !== 3).toReversed());
    for (const bad of ["limit=0", "limit=201", "limit=x", "status=done", "cursor=x", "nonsense=1", "kind="]) {
      const { response, body } = await read(`/api/jobs?${bad}`);
      expect([bad, response.status]).toEqual([bad, 400]);
      expect(["invalid_request", "invalid_cursor"]).toContain(body.code);
    }
  });

  it("answers what its schemas say", async () => {
    for (const end of ["pending", "ok", "input", "later"] as const) {
      const id = await world.make("ada", end);
      const job = (await read(`/api/jobs/${id}`)).body;
      expect(jobSchema.parse(job)).toEqual(job);
      const status = (await read(`/api/jobs/${id}/status`)).body;
      expect(statusSchema.parse(status)).toEqual(status);
      const trail = (await read(`/api/jobs/${id}/history`)).body;
      expect(historySchema.parse(trail)).toEqual(trail);
    }
    const page = (await read("/api/jobs")).body;
    expect(pageSchema.parse(page)).toEqual(page);
  });

  it("every answer says no-store and nosniff, and HEAD has the headers of GET without the body", async () => {
    const id = await world.make("ada");
    for (const path of [`/api/jobs/${id}`, "/api/jobs", "/api/nothing", "/api/healthz", "/api/openapi.json"]) {
      const { response } = await read(path);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      const head = await world.call("HEAD", path);
      expect([head.status, await head.text()]).toEqual([response.status, ""]);
    }
    const events = await world.call("HEAD", `/api/jobs/${id}/events`);
    expect([events.status, await events.text()]).toEqual([200, ""]);
  });

  it("a path with other methods answers 405 and names them; an unknown path 404", async () => {
    const wrong = await world.call("PUT", "/api/jobs/x");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, DELETE"]);
    expect(await wrong.json()).toMatchObject({ code: "method_not_allowed" });
    expect(await (await world.call("GET", "/elsewhere")).json()).toMatchObject({ code: "route_not_found" });
  });
});
