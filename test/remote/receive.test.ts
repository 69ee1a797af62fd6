/** What is made of a service's result: once, and before anybody reads "completed". */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { JobError } from "../../src/index.js";
import { openScene, type Scene, type SceneOptions } from "./scene.js";

let folder: string;
let app: InstanceType<typeof DatabaseSync>;
let scene: Scene;
/** Called inside the application's transaction, after it wrote. */
let inTransaction: () => void;

beforeEach(async () => {
  inTransaction = () => {};
  folder = await mkdtemp(join(tmpdir(), "waymark-receive-"));
  app = new DatabaseSync(join(folder, "app.db"));
  app.exec(`create table stories (job_id text primary key, owner text not null, rows integer not null);
    create table users (name text primary key, stories integer not null);
    insert into users values ('ann', 0)`);
});
afterEach(async () => {
  await scene.close();
  app.close();
  await rm(folder, { recursive: true });
});

/** The pattern of docs/outside-services.md: product and counter in one transaction, unique by job. */
const jobs: SceneOptions["jobs"] = (analyze) => [
  analyze.receive((result, job) => {
    const { rows } = result as { rows: number };
    if (rows === 0) throw new JobError({ code: "empty_file", message: "The file has no rows.", category: "input" });
    app.exec("begin immediate");
    try {
      const made = app
        .prepare("insert into stories values (?, ?, ?) on conflict do nothing")
        .run(job.jobId, String(job.owner), rows);
      if (made.changes === 1)
        app.prepare("update users set stories = stories + 1 where name = ?").run(String(job.owner));
      inTransaction();
      app.exec("commit");
    } catch (error) {
      app.exec("rollback");
      throw error;
    }
    return { rows: rows * 10 };
  }),
];
const open = async (options: SceneOptions = {}): Promise<Scene> => {
  scene = await openScene({ jobs, ...options });
  return scene;
};
const made = () => ({
  stories: app.prepare("select job_id, rows from stories").all(),
  count: (app.prepare("select stories from users").get() as { stories: number }).stories,
});
const status = (jobId: string) => scene.waymark.tracker.getStatus(jobId);
const DONE = { seq: 1, type: "completed", result: { rows: 7 } };

describe("receiving a result", () => {
  it("E5 makes the product once and counts it once, and the job's result is what was made", async () => {
    await open();
    const jobId = await scene.dispatched();
    expect((await scene.tell(jobId, DONE)).body).toEqual({ applied: true });
    expect(made()).toEqual({ stories: [{ job_id: jobId, rows: 7 }], count: 1 });
    expect(await status(jobId)).toMatchObject({ status: "completed", result: { rows: 70 } });
  });

  it("E5 once also when the callback comes twice, one after the other or both at once", async () => {
    await open();
    const first = await scene.dispatched();
    await scene.tell(first, DONE, { id: "same" });
    await scene.tell(first, DONE, { id: "same" });
    await scene.tell(first, { ...DONE, seq: 2 }, { id: "another" });
    expect(made().count).toBe(1);
    const second = await scene.dispatched();
    const answers = await Promise.all([
      scene.tell(second, DONE, { id: "twin" }),
      scene.tell(second, DONE, { id: "twin" }),
      scene.tell(second, { ...DONE, seq: 2 }, { id: "sibling" }),
    ]);
    expect(answers.filter(({ body }) => body["applied"] === true)).toHaveLength(1);
    expect(made()).toMatchObject({ count: 2, stories: { length: 2 } });
  });

  it("E5 a crash after the product and before the job's end loses nothing: the service reports again", async () => {
    await open();
    const jobId = await scene.dispatched();
    vi.spyOn(scene.store, "callback").mockRejectedValueOnce(new Error("the process died here"));
    expect((await scene.tell(jobId, DONE, { id: "one" })).status).toBe(503);
    expect(made().count).toBe(1);
    expect(await status(jobId)).toMatchObject({ status: "processing" });
    expect((await scene.tell(jobId, DONE, { id: "one" })).body).toEqual({ applied: true });
    expect(made().count).toBe(1);
    expect(await status(jobId)).toMatchObject({ status: "completed", result: { rows: 70 } });
  });

  it("E5 and should it never report again, the next attempt finds the product made", async () => {
    await open({ timeout: "30s" });
    const jobId = await scene.dispatched();
    vi.spyOn(scene.store, "callback").mockRejectedValueOnce(new Error("the process died here"));
    await scene.tell(jobId, DONE);
    await scene.clock.advance(41_000);
    await vi.waitFor(() => expect(scene.service.dispatches).toHaveLength(2));
    expect((await scene.tell(jobId, { ...DONE, fence: 2 })).body).toEqual({ applied: true });
    expect(made()).toMatchObject({ count: 1, stories: [{ job_id: jobId }] });
  });

  it("E5 a crash within the application's transaction leaves no half of it", async () => {
    await open();
    const jobId = await scene.dispatched();
    inTransaction = () => {
      throw new Error("the process died here");
    };
    expect((await scene.tell(jobId, DONE, { id: "one" })).status).toBe(503);
    expect(made()).toEqual({ stories: [], count: 0 });
    expect(await status(jobId)).toMatchObject({ status: "processing" });
    expect(scene.events).toContainEqual(expect.objectContaining({ type: "trouble", part: "callback", jobId }));
    inTransaction = () => {};
    expect((await scene.tell(jobId, DONE, { id: "one" })).body).toEqual({ applied: true });
    expect(made().count).toBe(1);
  });

  it("E5 nothing is made of a result that does not count: too late, overtaken, or of an ended job", async () => {
    await open({ timeout: "30s" });
    const jobId = await scene.dispatched();
    await scene.tell(jobId, { seq: 5, type: "started" });
    expect((await scene.tell(jobId, DONE)).body).toEqual({ applied: false, reason: "stale" });
    expect((await scene.tell(jobId, { ...DONE, fence: 9 })).body).toEqual({ applied: false, reason: "unknown" });
    await scene.clock.advance(41_000);
    await vi.waitFor(() => expect(scene.service.dispatches).toHaveLength(2));
    expect((await scene.tell(jobId, { ...DONE, seq: 6 })).body).toEqual({ applied: false, reason: "lost" });
    await scene.waymark.cancel(jobId, { actor: "ops", force: true });
    expect((await scene.tell(jobId, { ...DONE, fence: 2 })).body).toEqual({ applied: false, reason: "lost" });
    expect(made()).toEqual({ stories: [], count: 0 });
  });

  it("E6 a JobError of the receiver fails the job in its words", async () => {
    await open();
    const jobId = await scene.dispatched();
    const answer = await scene.tell(jobId, { ...DONE, result: { rows: 0 } });
    expect(answer.body).toEqual({ applied: true });
    expect(await status(jobId)).toMatchObject({
      status: "failed",
      error: { code: "empty_file", message: "The file has no rows.", category: "input" },
    });
  });

  it("E5 the receiver is told whose job it is, and what it was given", async () => {
    const seen: unknown[] = [];
    await open({
      jobs: (analyze) => [
        analyze.receive((result, job) => {
          seen.push(result, job);
          return { rows: job.input.path.length };
        }),
      ],
    });
    const jobId = await scene.dispatched();
    await scene.tell(jobId, { ...DONE, result: "anything" });
    const job = { jobId, kind: "analyze", owner: "ann", generation: 1, attempt: 1, fence: 1, metadata: {} };
    expect(seen).toEqual(["anything", { ...job, input: { path: "a.csv" } }]);
    expect(await status(jobId)).toMatchObject({ result: { rows: 5 } });
  });
});
