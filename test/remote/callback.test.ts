/** What an outside service may tell us, and what becomes of it. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { openScene, type Scene, type SceneOptions } from "./scene.js";
import { callbackOf, NEW_SECRET, OTHER_SECRET, SECRET, signature } from "./service.js";

let scene: Scene;
const open = async (options?: SceneOptions): Promise<Scene> => {
  scene = await openScene(options);
  return scene;
};
afterEach(() => scene.close());

const status = (jobId: string) => scene.waymark.tracker.getStatus(jobId);
const APPLIED = { status: 200, body: { applied: true } };
const refused = (reason: string) => ({ status: 200, body: { applied: false, reason } });

describe("callbacks", () => {
  it("E4 report stage, progress and completion", async () => {
    await open();
    const jobId = await scene.dispatched();
    expect(await scene.tell(jobId, { seq: 1, type: "started" })).toMatchObject(APPLIED);
    expect(await status(jobId)).toMatchObject({ status: "processing", progress: { percent: null } });
    expect(await scene.tell(jobId, { seq: 2, type: "progress", stage: "writing" })).toMatchObject(APPLIED);
    expect(await status(jobId)).toMatchObject({ progress: { percent: 25, stage: "writing" } });
    await scene.tell(jobId, { seq: 3, type: "progress", progress: 60, message: "Row 600 of 1,000" });
    expect(await status(jobId)).toMatchObject({ progress: { percent: 60, message: "Row 600 of 1,000" } });
    await scene.tell(jobId, { seq: 4, type: "progress", progress: 10 });
    expect(await status(jobId)).toMatchObject({ progress: { percent: 60 } });
    await scene.tell(jobId, { seq: 5, type: "progress", progress: 100 });
    expect(await status(jobId)).toMatchObject({ progress: { percent: 99 } });
    expect(await scene.tell(jobId, { seq: 6, type: "completed", result: { rows: 7 } })).toMatchObject(APPLIED);
    expect(await status(jobId)).toMatchObject({ status: "completed", result: { rows: 7 }, attempt: 1 });
    expect(scene.events.filter(({ type }) => type === "ended")).toMatchObject([
      { jobId, status: "completed", fence: 1 },
    ]);
    const learned = await scene.store.learned([(await status(jobId))!.kind]);
    expect(learned[0]!.counts).toMatchObject([{ measure: "run", stage: null, count: 1 }]);
  });

  it("E4 report a failure in words for the owner, with details for operators", async () => {
    await open();
    const jobId = await scene.dispatched();
    const error = {
      code: "bad_header",
      message: "The file has no header row. Mail ann@example.com.",
      category: "input",
      details: { line: 1, password: "hunter2" },
    };
    expect(await scene.tell(jobId, { seq: 1, type: "failed", error })).toMatchObject(APPLIED);
    expect(await status(jobId)).toMatchObject({
      status: "failed",
      error: { code: "bad_header", category: "input", message: "The file has no header row. Mail [redacted]." },
    });
    const [record] = await scene.store.read({ jobIds: [jobId], view: "full" });
    expect(record).toMatchObject({ errorDetail: expect.stringContaining('"line":1') });
    expect(JSON.stringify(record)).not.toContain("hunter2");
  });

  it("E4 a temporary failure is tried again by the definition's back-off, under the next fence", async () => {
    await open();
    const jobId = await scene.dispatched();
    const error = { code: "busy", message: "Busy.", category: "temporary" };
    await scene.tell(jobId, { seq: 1, type: "failed", error });
    expect(await status(jobId)).toMatchObject({ status: "retrying", lastError: { code: "busy" } });
    await scene.clock.advance(15_000);
    await vi.waitFor(() => expect(scene.service.dispatches).toHaveLength(2));
    expect(scene.service.dispatches[1]!.body).toMatchObject({ jobId, fence: 2, attempt: 2 });
  });

  it("E4 whatever order callbacks arrive in, and however often, the job ends the same", async () => {
    await open();
    const steps: Record<string, unknown>[] = [
      { seq: 1, type: "started" },
      { seq: 2, type: "progress", progress: 10 },
      { seq: 3, type: "progress", progress: 60 },
      { seq: 4, type: "completed", result: { rows: 1 } },
      { seq: 5, type: "failed", error: { code: "late", message: "Late.", category: "input" } },
      { fence: 7, seq: 1, type: "completed", result: { rows: 666 } },
    ];
    const orders = [
      [0, 1, 2, 3, 4, 5],
      [5, 0, 2, 1, 3, 4],
      [3, 0, 1, 2, 4, 5],
      [2, 2, 1, 5, 3, 3, 4, 0],
      [0, 0, 1, 1, 3, 4, 2, 3],
    ];
    for (const order of orders) {
      const jobId = await scene.dispatched();
      const seen: unknown[] = [];
      for (const i of order) {
        const answer = await scene.tell(jobId, steps[i]!, { id: `msg_${jobId}_${i}` });
        expect(answer.status).toBe(200);
        seen.push(answer.body);
      }
      const firstEnd = order.indexOf(3);
      expect(seen[firstEnd]).toEqual({ applied: true });
      expect(await status(jobId), order.join()).toMatchObject({ status: "completed", result: { rows: 1 } });
    }
  });

  it("W4 the same callback sent again is a duplicate, whatever has happened since", async () => {
    await open();
    const jobId = await scene.dispatched();
    const started = { seq: 1, type: "started" };
    expect(await scene.tell(jobId, started, { id: "one" })).toMatchObject(APPLIED);
    expect(await scene.tell(jobId, started, { id: "one" })).toMatchObject(refused("duplicate"));
    const end = { seq: 2, type: "completed", result: { rows: 1 } };
    expect(await scene.tell(jobId, end, { id: "two" })).toMatchObject(APPLIED);
    expect(await scene.tell(jobId, end, { id: "two" })).toMatchObject(refused("duplicate"));
    expect(await scene.tell(jobId, started, { id: "one" })).toMatchObject(refused("duplicate"));
    expect((await scene.store.callbacks([jobId]))[0]).toMatchObject([
      { id: "one", seq: 1 },
      { id: "two", seq: 2 },
    ]);
  });

  it("W5 a service's key opens its own jobs alone, and another's job is as unknown as none", async () => {
    await open({ others: { other: { secrets: [OTHER_SECRET] } } });
    const jobId = await scene.dispatched();
    const stranger = await scene.tell(jobId, { seq: 1, type: "completed" }, { secret: OTHER_SECRET });
    const nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";
    const unknown = await scene.tell(nobodys, { seq: 1, type: "completed" }, { secret: OTHER_SECRET });
    expect(stranger).toEqual({ ...unknown, headers: stranger.headers });
    expect([...stranger.headers]).toEqual([...unknown.headers]);
    expect(unknown).toMatchObject(refused("unknown"));
    expect(await status(jobId)).toMatchObject({ status: "processing" });
    // After the end no lease says whose it was; the trail does.
    await scene.tell(jobId, { seq: 1, type: "completed", result: { rows: 1 } });
    expect(await scene.tell(jobId, { seq: 2, type: "started" }, { secret: OTHER_SECRET })).toMatchObject(
      refused("unknown"),
    );
    expect(await scene.tell(jobId, { seq: 2, type: "started" })).toMatchObject(refused("ended"));
  });

  it("W5 local jobs and recorded ones are no service's, whatever their worker is called", async () => {
    await open();
    const ref = await scene.waymark.recorder.enqueued({ kind: "elsewhere" });
    await scene.waymark.recorder.started(ref.jobId, { runner: "service:python" });
    expect(await scene.tell(ref.jobId, { seq: 1, type: "completed" })).toMatchObject(refused("unknown"));
    expect(await status(ref.jobId)).toMatchObject({ status: "processing" });
  });

  it("W5 two keys are live during a rotation, and the old one is dead after it", async () => {
    await open({ options: { secrets: [NEW_SECRET, SECRET] } });
    const jobId = await scene.dispatched();
    const { raw, headers } = scene.service.dispatches[0]!;
    const [id, timestamp] = [String(headers["webhook-id"]), String(headers["webhook-timestamp"])];
    const both = [NEW_SECRET, SECRET].map((secret) => signature(secret, id, timestamp, raw)).join(" ");
    expect(headers["webhook-signature"]).toBe(both);
    expect(await scene.tell(jobId, { seq: 1, type: "started" }, { secret: SECRET })).toMatchObject(APPLIED);
    expect(await scene.tell(jobId, { seq: 2, type: "started" }, { secret: NEW_SECRET })).toMatchObject(APPLIED);
    await scene.close();
    await open({ options: { secrets: [NEW_SECRET] } });
    const next = await scene.dispatched();
    expect((await scene.tell(next, { seq: 1, type: "started" }, { secret: SECRET })).status).toBe(401);
    expect(await scene.tell(next, { seq: 1, type: "started" }, { secret: NEW_SECRET })).toMatchObject(APPLIED);
  });

  it("W6 a bad signature is 401 without a reason, for every way in which it is bad", async () => {
    await open();
    const jobId = await scene.dispatched();
    const body = { seq: 1, type: "started" };
    const answers = await Promise.all([
      scene.tell(jobId, body, { secret: OTHER_SECRET }),
      scene.tell(jobId, body, { nowMs: scene.clock.now() - 301_000 }),
      scene.tell(jobId, body, { headers: { "webhook-signature": "" } }),
      scene.tell(jobId, body, { headers: { "webhook-id": "another" } }),
      scene.tell("01890a5d-ac96-774b-bcce-b302099a8057", body, { secret: OTHER_SECRET }),
      scene.tell("not an id", body, { secret: OTHER_SECRET }),
    ]);
    for (const answer of answers) expect(answer).toEqual({ ...answers[0], headers: answer.headers });
    expect(answers[0]).toMatchObject({ status: 401, body: { status: 401, code: "unauthorized" } });
    expect(await scene.store.callbacks([jobId])).toEqual([[]]);
  });

  it.each<[string, Record<string, unknown> | string]>([
    ["no JSON", "{"],
    ["no object", "null"],
    ["no seq", { type: "started" }],
    ["seq 0", { seq: 0, type: "started" }],
    ["a fence that is no number", { fence: "1", seq: 1, type: "started" }],
    ["an unknown type", { seq: 1, type: "exploded" }],
    ["progress above 100", { seq: 1, type: "progress", progress: 101 }],
    ["progress that is no number", { seq: 1, type: "progress", progress: "50" }],
    ["a failure without error", { seq: 1, type: "failed" }],
    ["an unknown category", { seq: 1, type: "failed", error: { code: "a", message: "b", category: "weather" } }],
    ["a stage that is not declared", { seq: 1, type: "progress", stage: "dancing" }],
    ["a result that the output schema refuses", { seq: 1, type: "completed", result: { rows: "many" } }],
    ["no result where the output schema wants one", { seq: 1, type: "completed" }],
    ["the id of another job", { jobId: "01890a5d-ac96-774b-bcce-b302099a8057", seq: 1, type: "started" }],
  ])("W6 %s is 400 with what is wrong, and nothing happens", async (_what, body) => {
    await open();
    const jobId = await scene.dispatched();
    const sending = { nowMs: scene.clock.now() };
    const request = callbackOf(typeof body === "string" ? body : { jobId, fence: 1, ...body }, sending);
    const response = await scene.waymark.remote!.callback(request, jobId);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status: 400, detail: expect.stringMatching(/./) });
    expect(await status(jobId)).toMatchObject({ status: "processing" });
    expect(await scene.store.callbacks([jobId])).toEqual([[]]);
  });

  it("W3 more than 256 KiB are not read to the end, whatever the header says", async () => {
    await open();
    const jobId = await scene.dispatched();
    const padded = (bytes: number) => {
      const text = JSON.stringify({ jobId, fence: 1, seq: 1, type: "started", pad: "" });
      return `${text.slice(0, -2)}${"x".repeat(bytes - text.length)}"}`;
    };
    const post = (text: string) =>
      scene.waymark.remote!.callback(callbackOf(text, { nowMs: scene.clock.now() }), jobId);
    expect((await post(padded(262_144))).status).toBe(200);
    expect((await post(padded(262_145))).status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const { headers } = callbackOf("{}", { nowMs: scene.clock.now() });
    const streamed = new Request("http://app.test/", {
      method: "POST",
      headers,
      body: endless,
      duplex: "half",
    });
    expect((await scene.waymark.remote!.callback(streamed, jobId)).status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  it("W6 when the store is down the answer is 503 with Retry-After, and the next sending counts", async () => {
    await open();
    const jobId = await scene.dispatched();
    const down = vi.spyOn(scene.store, "callback").mockRejectedValueOnce(new Error("select secret from table"));
    const sending = { id: "again" };
    const answer = await scene.tell(jobId, { seq: 1, type: "started" }, sending);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(down).toHaveBeenCalledTimes(1);
    expect(await scene.tell(jobId, { seq: 1, type: "started" }, sending)).toMatchObject(APPLIED);
  });

  it("tells the service that the owner wants the job to stop, and a failure then ends it as cancelled", async () => {
    await open();
    const jobId = await scene.dispatched();
    await scene.waymark.cancel(jobId, { actor: "ann", owner: "ann" });
    const answer = await scene.tell(jobId, { seq: 1, type: "progress", progress: 5 });
    expect(answer.body).toEqual({ applied: true, cancelRequested: true });
    const error = { code: "stopped", message: "Stopped." };
    expect(await scene.tell(jobId, { seq: 2, type: "failed", error })).toMatchObject(APPLIED);
    expect(await status(jobId)).toMatchObject({ status: "cancelled" });
  });
});
