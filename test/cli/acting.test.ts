/** The commands that change something: cancel, retry, pause, resume, purge, migrate, verify, export. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { defineJob } from "waymark";
import { attempt, build, json, jsonLines, Place } from "./cli.js";

const mail = defineJob({ kind: "send-mail", queue: "letters" });

let place: Place;
beforeAll(build);
beforeEach(async () => {
  place = await Place.make();
});
afterEach(() => place.remove());
const statusOf = (jobId: string) => place.waymark.tracker.getStatusOnly(jobId);

describe("waymark cancel", () => {
  it("I30 cancels a waiting job, and the trail says who and why", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    const ran = await place.run("cancel", jobId, "--actor", "Mara", "--reason", "not needed");
    expect(ran).toEqual({ code: 0, stdout: "Cancelled.\n", stderr: "" });
    const history = await place.waymark.tracker.history(jobId);
    expect(history?.at(-1)).toMatchObject({
      to: "cancelled",
      actor: "Mara",
      reason: "not needed",
      requestId: expect.any(String),
    });
  });

  it("T15 asks the handler of a running job, T17 does not wait for it with --force", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await place.waymark.store.claim({ workerId: "w1", kinds: ["send-mail"], queues: null, limit: 1, leaseMs: 30_000 });
    const asked = await place.run("cancel", jobId, "--json");
    expect(json(asked)).toMatchObject({ jobId, status: "processing", requested: true });
    const forced = await place.run("cancel", jobId, "--force");
    expect(forced.stdout).toBe("Cancelled.\n");
    expect(await statusOf(jobId)).toBe("cancelled");
  });

  it("refuses with 4 what has ended otherwise", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await attempt(place.waymark, "send-mail", { result: 1 });
    const ran = await place.run("cancel", jobId);
    expect(ran).toEqual({ code: 4, stdout: "", stderr: "waymark: Cannot cancel a job that is completed.\n" });
    expect(json(await place.run("cancel", jobId, "--json"))).toEqual({
      error: { code: "illegal_move", message: "Cannot cancel a job that is completed." },
    });
  });
});

describe("waymark retry", () => {
  it("has a failed job tried again under the same id; the same request key again is the same retry", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await attempt(place.waymark, "send-mail", { code: "bad", message: "Bad." });
    const once = ["retry", jobId, "--actor", "Mara", "--request-key", "k1", "--json"];
    expect(json(await place.run(...once))).toMatchObject({ status: "pending", replayed: false });
    expect(json(await place.run(...once))).toMatchObject({ replayed: true });
    expect(await place.waymark.tracker.getStatus(jobId)).toMatchObject({
      status: "pending",
      generation: 2,
      attempt: 0,
    });
  });

  it("refuses with 4 what has not ended", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    expect(await place.run("retry", jobId)).toMatchObject({ code: 4, stderr: expect.stringContaining("pending") });
  });
});

it("waymark pause stops a queue and waymark resume opens it again", async () => {
  const { jobId } = await place.waymark.enqueue(mail, 1);
  expect((await place.run("pause", "letters", "--actor", "Mara")).stdout).toMatch(/^Queue letters is paused\./);
  expect(await place.waymark.store.queues()).toMatchObject([{ queue: "letters", pausedBy: "Mara" }]);
  expect(json(await place.run("resume", "letters", "--json"))).toEqual({ queue: "letters", paused: false });
  expect(await place.waymark.store.queues()).toMatchObject([{ queue: "letters", pausedAt: null }]);
  expect(await statusOf(jobId)).toBe("pending");
});

describe("waymark purge", () => {
  it("I29 removes only what ended longer ago than the rule, and leaves tombstones", async () => {
    const waiting = await place.waymark.enqueue(mail, 1, { delay: "1h" });
    const ended = await place.waymark.enqueue(mail, 2);
    await place.waymark.cancel(ended.jobId, { actor: "mara" });
    expect((await place.run("purge")).stdout).toBe("No job is that old.\n");
    expect((await place.run("purge", "--older-than", "0ms", "--dry-run")).stdout).toBe("1 job would be removed.\n");
    expect(await statusOf(ended.jobId)).toBe("cancelled");
    expect((await place.run("purge", "--older-than", "0ms", "--status", "completed")).stdout).toBe(
      "No job is that old.\n",
    );
    expect(json(await place.run("purge", "--older-than", "0ms", "--json"))).toEqual({ removed: 1 });
    expect(await statusOf(waiting.jobId)).toBe("scheduled");
    expect(await place.waymark.tracker.getTombstone(ended.jobId)).toMatchObject({ status: "cancelled" });
  });

  it("refuses to remove what has not ended, and durations that are none", async () => {
    expect(await place.run("purge", "--status", "pending")).toMatchObject({ code: 2 });
    expect(await place.run("purge", "--older-than", "a week")).toMatchObject({ code: 2 });
  });
});

describe("waymark migrate", () => {
  it("makes a database, and has nothing to do the second time", async () => {
    const words = ["migrate", "--store", "sqlite:new/jobs.db"];
    expect((await place.run(...words)).stdout).toBe("The schema is up to date now.\n");
    expect(json(await place.run(...words, "--json"))).toEqual({ changed: false });
    expect((await place.run("list", "--store", "sqlite:new/jobs.db")).stdout).toBe("No job matches.\n");
  });

  it("--print prints the SQL and touches nothing", async () => {
    const sqlite = await place.run("migrate", "--print", "--store", "sqlite:none.db");
    expect(sqlite.stdout).toMatch(/^-- 1: .*\ncreate table/);
    expect(existsSync(path.join(place.folder, "none.db"))).toBe(false);
    const postgres = await place.run(
      "migrate",
      "--print",
      "--store",
      "postgres://127.0.0.1:1/none",
      "--schema",
      "jobs_here",
    );
    expect(postgres).toMatchObject({ code: 0, stdout: expect.stringContaining('"jobs_here"') });
  });

  it("a look refuses an outdated schema instead of changing it", async () => {
    await writeFile(path.join(place.folder, "empty.db"), "");
    const ran = await place.run("list", "--store", "sqlite:empty.db", "--json");
    expect(ran.code).toBe(5);
    expect(json(ran)).toMatchObject({ error: { code: "schema_outdated" } });
  });
});

describe("waymark export and verify", () => {
  it("verify finds nothing wrong with a sound store, and export tells it line by line", async () => {
    const { jobId } = await place.waymark.enqueue(mail, { secret: "in-payload" });
    await attempt(place.waymark, "send-mail", { result: 1 });
    expect((await place.run("verify")).stdout).toBe("✔ 1 job checked: every invariant holds.\n");
    const exported = await place.run("export");
    expect(exported.stdout).not.toContain("in-payload");
    expect(jsonLines(exported).map(({ type, jobId: id }) => [type, id])).toEqual([
      ["job", jobId],
      ["event", jobId],
      ["event", jobId],
      ["event", jobId],
      ["attempt", jobId],
    ]);
    expect((await place.run("export", "--include-payload")).stdout).toContain("in-payload");
  });

  it("export --output writes a file that verify reads, and never over another one", async () => {
    await place.waymark.enqueue(mail, 1);
    expect(await place.run("export", "-o", "all.ndjson")).toMatchObject({ code: 0, stderr: "2 lines written.\n" });
    expect(await place.run("export", "-o", "all.ndjson")).toMatchObject({ code: 5 });
    expect(json(await place.run("verify", "all.ndjson", "--json"))).toEqual({ jobs: 1, lines: 2, violations: [] });
  });

  it("verify ends with 1 when a line breaks an invariant", async () => {
    const { jobId } = await place.waymark.enqueue(mail, 1);
    await place.run("export", "-o", "all.ndjson");
    const file = path.join(place.folder, "all.ndjson");
    await writeFile(file, (await readFile(file, "utf8")).replace('"status":"pending"', '"status":"completed"'));
    const ran = await place.run("verify", "all.ndjson", "--json");
    expect(ran.code).toBe(1);
    expect(json(ran)["violations"]).toContainEqual(expect.objectContaining({ jobId, invariant: "I4" }));
    await writeFile(file, "nothing of ours");
    expect(await place.run("verify", "all.ndjson")).toMatchObject({ code: 2 });
  });
});
