/** Attempts that an outside service makes: how they go out, and what silence means. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { defineJob, openWaymark } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { analyzeAt, openScene, type Scene, type SceneOptions } from "./scene.js";
import { NEW_SECRET, OTHER_SECRET, SECRET, signature } from "./service.js";

let scene: Scene;
const open = async (options?: SceneOptions): Promise<Scene> => {
  scene = await openScene(options);
  return scene;
};
afterEach(() => scene.close());

const status = (jobId: string) => scene.waymark.tracker.getStatus(jobId);
const until = (check: () => Promise<void> | void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const answering = (code: number, headers: Record<string, string> = {}): SceneOptions => ({
  answer: (_dispatch, response) => void response.writeHead(code, headers).end("told: no"),
});

describe("dispatch", () => {
  it("E4 posts the attempt, signed, with all the service needs to answer", async () => {
    await open({ timeout: "30s" });
    const jobId = await scene.dispatched();
    const { body, headers, raw } = scene.service.dispatches[0]!;
    expect(body).toEqual({
      jobId,
      fence: 1,
      kind: "analyze",
      attempt: 1,
      maxAttempts: 3,
      stages: ["reading", "writing"],
      input: { path: "a.csv" },
      callbackUrl: `http://app.test/api/jobs/${jobId}/callback`,
      deadline: new Date(scene.clock.now() + 30_000).toISOString(),
    });
    expect(headers["webhook-id"]).toBe(`${jobId}_1`);
    const timestamp = String(headers["webhook-timestamp"]);
    expect(headers["webhook-signature"]).toBe(signature(SECRET, `${jobId}_1`, timestamp, raw));
  });

  it("E3 a service that does not answer holds up neither enqueue nor other work", async () => {
    await open({ answer: () => {} });
    const ref = await scene.waymark.enqueue(scene.analyze, { path: "a.csv" });
    await until(async () => expect(await status(ref.jobId)).toMatchObject({ status: "processing" }));
    const local = defineJob({ kind: "local" });
    scene.waymark.work([local.handle(() => "done")]);
    const other = await scene.waymark.enqueue(local, null);
    await scene.clock.advance(100);
    expect(await status(other.jobId)).toMatchObject({ status: "completed" });
  });

  it("E4 frees the worker once the service has the job, and says in the trail who that is", async () => {
    await open({ work: false });
    const worker = scene.waymark.work([scene.analyze], { concurrency: 1 });
    const first = await scene.dispatched();
    const second = await scene.dispatched();
    await until(() => expect(worker.running).toBe(0));
    expect(await status(first)).toMatchObject({ status: "processing" });
    expect(await status(second)).toMatchObject({ status: "processing" });
    const trail = await scene.waymark.tracker.history(first);
    expect(trail?.at(-1)).toMatchObject({ event: "claim", actor: "worker:service:python" });
    const waiting = await scene.waymark.enqueue(scene.analyze, { path: "b.csv" }, { delay: "1h" });
    expect((await scene.store.read({ jobIds: [waiting.jobId], view: "info" }))[0]).toMatchObject({
      waiting: { liveWorkers: 1 },
    });
  });

  it("B10 the explanation names the service, and what its silence would mean", async () => {
    await open({ timeout: "30s" });
    const jobId = await scene.dispatched();
    const explanation = await scene.waymark.tracker.explain(jobId);
    expect(explanation?.summary).toContain("The outside service python has it");
    const lease = explanation?.checks.find(({ what }) => what === "lease");
    expect(lease?.detail).toBe(
      "Good for 30 s more, and only the service's reports can renew it. If it stays silent, the job is taken back and tried again (2 of 3).",
    );
  });

  it("E4 silence until the deadline is a lost attempt; the next goes out under the next fence, and the first is too late", async () => {
    await open({ timeout: "30s" });
    const jobId = await scene.dispatched();
    // A report does not stretch the timeout of the attempt.
    await scene.clock.advance(15_000);
    await scene.tell(jobId, { seq: 1, type: "progress", progress: 50 });
    await scene.clock.advance(14_000);
    expect(await status(jobId)).toMatchObject({ status: "processing" });
    await scene.clock.advance(12_000);
    await until(() => expect(scene.service.dispatches).toHaveLength(2));
    expect(scene.service.dispatches[1]!.body).toMatchObject({ jobId, fence: 2, attempt: 2 });
    expect(await status(jobId)).toMatchObject({ status: "processing", attempt: 2, progress: { percent: null } });
    const late = await scene.tell(jobId, { seq: 2, type: "completed", result: { rows: 1 } });
    expect(late).toMatchObject({ status: 200, body: { applied: false, reason: "lost" } });
    const now = await scene.tell(jobId, { fence: 2, seq: 1, type: "completed", result: { rows: 2 } });
    expect(now.body).toEqual({ applied: true });
    expect(await status(jobId)).toMatchObject({ status: "completed", result: { rows: 2 } });
  });

  it("E4 without a timeout five minutes of silence count, and each report begins them anew", async () => {
    await open();
    const jobId = await scene.dispatched();
    for (let seq = 1; seq <= 4; seq++) {
      await scene.clock.advance(280_000);
      expect(await scene.tell(jobId, { seq, type: "started" })).toMatchObject({ body: { applied: true } });
    }
    expect(await status(jobId)).toMatchObject({ status: "processing", attempt: 1 });
    await scene.clock.advance(311_000);
    await until(() => expect(scene.service.dispatches).toHaveLength(2));
  });

  it("E10 a service that is silent every time fails the job like any worker that is", async () => {
    await open({ timeout: "30s", maxAttempts: 2 });
    const jobId = await scene.dispatched();
    await scene.clock.advance(41_000);
    await until(() => expect(scene.service.dispatches).toHaveLength(2));
    await scene.clock.advance(41_000);
    expect(await status(jobId)).toMatchObject({ status: "failed", error: { code: "lost", category: "temporary" } });
  });

  it.each([400, 401, 404, 422, 302])(
    "E4 an answer of %i ends the job, in words that are safe to show",
    async (code) => {
      await open(answering(code, { location: "http://127.0.0.1:1/" }));
      const jobId = await scene.dispatched();
      await until(async () => expect(await status(jobId)).toMatchObject({ status: "failed" }));
      expect(await status(jobId)).toMatchObject({
        error: { code: "service_refused", message: "The service that does this work did not accept the job." },
      });
      const [record] = await scene.store.read({ jobIds: [jobId], view: "full" });
      expect(record).toMatchObject({ errorDetail: expect.stringContaining("told: no") });
      expect(JSON.stringify(await status(jobId))).not.toContain("told: no");
    },
  );

  it.each([500, 503, 408, 429])("E4 an answer of %i is tried again by back-off", async (code) => {
    await open(answering(code));
    const jobId = await scene.dispatched();
    await until(async () => expect(await status(jobId)).toMatchObject({ status: "retrying" }));
    expect(await status(jobId)).toMatchObject({ attempt: 1, lastError: { code: "service_unavailable" } });
  });

  it("E4 Retry-After is heeded", async () => {
    await open(answering(503, { "retry-after": "120" }));
    const jobId = await scene.dispatched();
    await until(async () => expect(await status(jobId)).toMatchObject({ status: "retrying" }));
    const info = await status(jobId);
    expect(info).toMatchObject({ retry: { nextAttemptAt: new Date(scene.clock.now() + 120_000) } });
  });

  it("E4 a service that cannot be reached, or hangs, is tried again", async () => {
    await open({ answer: () => {} });
    const hung = await scene.dispatched();
    await scene.clock.advance(10_001);
    await until(async () => expect(await status(hung)).toMatchObject({ lastError: { code: "service_unreachable" } }));
    await scene.service.close();
    const { jobId } = await scene.waymark.enqueue(scene.analyze, { path: "a.csv" });
    await until(async () => expect(await status(jobId)).toMatchObject({ lastError: { code: "service_unreachable" } }));
    expect(await status(jobId)).toMatchObject({ status: "retrying", lastError: { category: "temporary" } });
  });

  it("O2 an address that may not be called ends the job before a byte is sent", async () => {
    await open({ options: { allowLoopback: false } });
    const { jobId } = await scene.waymark.enqueue(scene.analyze, { path: "a.csv" });
    await until(async () => expect(await status(jobId)).toMatchObject({ status: "failed" }));
    expect(await status(jobId)).toMatchObject({ error: { code: "service_not_allowed" }, retry: { eligible: false } });
    expect(scene.service.dispatches).toEqual([]);
  });

  it("E4 stopping in the middle of a dispatch gives the job back, uncharged", async () => {
    await open({ answer: () => {}, work: false });
    const worker = scene.waymark.work([scene.analyze], { shutdownGraceMs: 1_000 });
    const jobId = await scene.dispatched();
    const stopping = worker.stop();
    await scene.clock.advance(1_000);
    await until(() => expect(worker.running).toBe(0));
    await scene.clock.advance(1);
    await stopping;
    expect(await status(jobId)).toMatchObject({ status: "pending", attempt: 0 });
  });
});

describe("configuration", () => {
  const store = () => memoryStore();
  const service = { secrets: [SECRET], origins: ["http://127.0.0.1:9"], callbackBase: "http://app.test" };
  const opening = (services: Record<string, typeof service | Record<string, unknown>>) =>
    openWaymark({ store: store(), logger: silentLogger, services: services as never });

  it("W2 without services there is no door for callbacks, and remote work does not start", async () => {
    await open({ work: false });
    await using waymark = await openWaymark({ store: store(), logger: silentLogger });
    expect(waymark.remote).toBeNull();
    expect(() => waymark.work([analyzeAt("http://127.0.0.1:9/")])).toThrow(/services/);
  });

  it.each<[string, Record<string, unknown>]>([
    ["no secret", { secrets: [] }],
    ["an empty secret", { secrets: [""] }],
    ["three secrets", { secrets: [SECRET, NEW_SECRET, OTHER_SECRET] }],
    ["a short secret", { secrets: ["whsec_c2hvcnQ="] }],
    ["an origin with a path", { origins: ["http://127.0.0.1:9/run"] }],
    ["an origin that is none", { origins: ["*"] }],
  ])("W2 %s stops the start", async (_what, change) => {
    await open({ work: false });
    await expect(opening({ python: { ...service, ...change } })).rejects.toMatchObject({ code: "invalid_option" });
  });

  it("W5 two services cannot share a secret", async () => {
    await open({ work: false });
    await expect(opening({ a: service, b: service })).rejects.toThrow(/same secret/);
  });

  it("O1 a job whose address is not on its service's list does not start to work", async () => {
    await open({ work: false });
    await using waymark = await opening({ python: service });
    expect(waymark.remote!.services).toEqual(["python"]);
    expect(() => waymark.work([analyzeAt("http://127.0.0.1:10/")])).toThrow(/origins/);
    const other = defineJob({ kind: "other", remote: { url: "http://127.0.0.1:9/", service: "nobody" } });
    expect(() => waymark.work([other])).toThrow(/nobody/);
    expect(() => waymark.work([defineJob({ kind: "plain" })])).toThrow(/neither a handler/);
  });

  it("a definition is either handled or remote, and its address is one", async () => {
    await open({ work: false });
    expect(() => analyzeAt("http://127.0.0.1:9/").handle(() => ({ rows: 1 }))).toThrow(/no handler/);
    expect(() => defineJob({ kind: "plain" }).receive(() => 1)).toThrow(/remote/);
    for (const url of ["run", "ftp://a.example/", "http://a:b@c.example/"]) {
      expect(() => analyzeAt(url), url).toThrow(/invalid|remote\.url/);
    }
  });
});
