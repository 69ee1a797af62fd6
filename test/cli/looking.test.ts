/** `waymark status`, `why` and `list` over a real SQLite file that another process writes to. */

import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defineJob } from "waymark";
import { attempt, build, json, jsonLines, Place } from "./cli.js";

const mail = defineJob({ kind: "send-mail", queue: "letters", stages: ["render", { name: "send", weight: 3 }] });
const UNKNOWN = "018f0000-0000-7000-8000-000000000000";

let place: Place;
beforeAll(build);
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());

describe("waymark status", () => {
  it("shows a waiting job, from the database of the folder", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1, { owner: "mara", metadata: { file: "a.csv" } });
    const ran = await place.run("status", jobId);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^○ Waiting to be picked up\nNo live worker takes send-mail\./);
    expect(ran.stdout).toContain(
      `job       ${jobId}\nkind      send-mail in letters\nowner     mara\nattempt   0 of 3\n`,
    );
    expect(ran.stdout).toContain('metadata  {"file":"a.csv"}');
  });

  it("shows where a running job is: stage, percent, count, attempt", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const { store } = place.waymark;
    const { jobs } = await store.claim({
      workerId: "w1",
      kinds: ["send-mail"],
      queues: null,
      limit: 1,
      leaseMs: 30_000,
    });
    await store.report([{ jobId, fence: jobs[0]!.fence, stage: "send", percent: 49.9, done: 931, total: 1461 }]);
    const { code, stdout } = await place.run("status", jobId);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^◆ Send · 49%\n━{19}◆┄{21}\n931 of 1,461\n/);
    expect(stdout).toContain("stages    render → [send]");
    expect(stdout).toContain("attempt   1 of 3");
  });

  it("ends with 1 for a job that failed, and says what to do", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await attempt(place.waymark, "send-mail", { code: "empty_file", message: "The file has no rows." });
    const { code, stdout } = await place.run("status", jobId);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✖ Failed\nThe file has no rows\.\n/);
    expect(stdout).toContain("error      empty_file (input)\nreference  ref-1\n");
    expect(stdout).toContain(`to retry   waymark retry ${jobId}`);
  });

  it("--json is the status info, with instants in ISO 8601 and nothing of the payload", async () => {
    const { jobId } = await place.waymark.enqueue(mail, { secret: "in-payload" });
    await attempt(place.waymark, "send-mail", { result: { sent: 3 } });
    const ran = await place.run("status", jobId, "--json");
    expect(ran.code).toBe(0);
    expect(json(ran)).toMatchObject({
      jobId,
      status: "completed",
      result: { sent: 3 },
      attempt: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(ran.stdout).not.toContain("in-payload");
  });

  it("--watch follows a job that another process works on, a line a change, and ends with it", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const watching = place.start("status", jobId, "--watch");
    await watching.until(/Waiting to be picked up/);
    const worker = place.waymark.work([
      mail.handle(async (_, ctx) => {
        await ctx.stage("send");
        await ctx.progress(1, 2);
        await watching.until(/Send · 62%/);
        return { sent: 1 };
      }),
    ]);
    const { code, stdout } = await watching.ended;
    await worker.stop();
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatch(/^\d\d:\d\d:\d\d {2}✔ Done {2}Finished in /);
    expect(new Set(lines.map((line) => line.slice(8))).size).toBe(lines.length);
  });

  it("--watch --json is one JSON document a change, and ends with 1 when the job is cancelled", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const watching = place.start("status", jobId, "--watch", "--json");
    await watching.until(/pending/);
    await place.waymark.cancel(jobId, { actor: "mara" });
    const ran = await watching.ended;
    expect(ran.code).toBe(1);
    expect(jsonLines(ran).map(({ status }) => status)).toEqual(["pending", "cancelled"]);
  });

  it("--watch stops at SIGINT with 130", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const watching = place.start("status", jobId, "--watch");
    await watching.until(/Waiting/);
    watching.child.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 130, stderr: "" });
  });

  it("ends with 3 for an unknown job, and tells what became of a purged one", async () => {
    const unknown = await place.run("status", UNKNOWN);
    expect(unknown).toMatchObject({ code: 3, stdout: "", stderr: `waymark: There is no job ${UNKNOWN}.\n` });
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await place.waymark.cancel(jobId, { actor: "mara" });
    await place.waymark.remove(jobId, { actor: "mara" });
    const purged = await place.run("status", jobId, "--json");
    expect(purged.code).toBe(3);
    expect(json(purged)).toMatchObject({
      error: { code: "purged", message: expect.stringContaining("It was cancelled at") },
    });
  });
});

describe("B10 waymark why", () => {
  it("says in one sentence why, marks the check that holds, and tells the story", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1, { delay: "2h" });
    const { code, stdout } = await place.run("why", jobId);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^It starts at (\d+ \w+ )?\d\d:\d\d:\d\d, in 1 h 59 min\.\n/);
    expect(stdout).toMatch(/\n◷ due time {14}It starts at/);
    expect(stdout).toMatch(/\n× worker for this kind {2}No live worker takes/);
    expect(stdout).toMatch(/\n✔ queue {17}Queue letters is open\./);
    expect(stdout).toMatch(/Enqueued in letters by producer, to start at/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("--json has the summary, the checks and the story", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const told = json(await place.run("why", jobId, "--json"));
    expect(told).toMatchObject({
      jobId,
      summary: expect.stringMatching(/^No live worker/),
      story: [expect.any(String)],
    });
    expect(told["checks"]).toContainEqual(
      expect.objectContaining({ what: "worker for this kind", ok: false, holds: true }),
    );
  });
});

describe("waymark list", () => {
  it("lists newest first, in at most 80 columns, with a cursor to the next page", async () => {
    const refs = await place.waymark.enqueueMany(defineJob({ kind: "k".repeat(128) }), [1, 2, 3]);
    const { code, stdout } = await place.run("list", "--limit", "2");
    const lines = stdout.trimEnd().split("\n");
    expect(code).toBe(0);
    expect(lines.map((line) => line.slice(0, 36).trim())).toEqual([
      "JOB",
      refs[2]!.jobId,
      refs[1]!.jobId,
      `More: add --cursor ${refs[1]!.jobId}`.slice(0, 36),
    ]);
    expect(lines.slice(0, 3).filter((line) => line.length > 80)).toEqual([]);
    const rest = await place.run("list", "--cursor", refs[1]!.jobId);
    expect(rest.stdout).toContain(refs[0]!.jobId);
    expect(rest.stdout).not.toContain(refs[1]!.jobId);
  });

  it("filters by status, kind, queue and owner", async () => {
    const hers = await place.waymark.enqueue(mail, 1, { owner: "mara" });
    const his = await place.waymark.enqueue(mail, 2, { owner: "jan", queue: "parcels" });
    await place.waymark.cancel(his.jobId, { actor: "jan" });
    const idsOf = async (...words: string[]): Promise<string[]> =>
      json<{ jobs: { jobId: string }[] }>(await place.run("list", "--json", ...words)).jobs.map(({ jobId }) => jobId);
    expect(await idsOf("--owner", "mara")).toEqual([hers.jobId]);
    expect(await idsOf("--status", "failed,cancelled")).toEqual([his.jobId]);
    expect(await idsOf("--queue", "parcels", "--kind", "send-mail")).toEqual([his.jobId]);
    expect(await idsOf("--kind", "other")).toEqual([]);
  });
});
