/** The verdict can condemn: each lie told about an honest store is found, with the story of its job. */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Waymark } from "../../src/waymark.js";
import { Driver } from "./kit/driver.js";
import { Trial } from "./kit/trial.js";
import { judge, judgeByCount } from "./kit/verdict.js";
import { plain } from "./scenarios/definitions.js";

let folder: string;
let trial: Trial;
let waymark: Waymark;
let driver: Driver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-verdict-"));
  trial = new Trial({ scenario: "verdict", store: "sqlite", size: "ci", seed: 1, folder, server: null });
  waymark = await trial.open();
  driver = new Driver(waymark);
});
afterEach(async () => {
  await trial.end();
  rmSync(folder, { recursive: true, force: true });
});

const note = (what: string, facts: object) =>
  appendFileSync(trial.ledger.path, `${JSON.stringify({ at: Date.now(), upMs: 1, pid: 1, what, ...facts })}\n`);

/** A job that has gone the plain way, by the store's contract, with a true ledger unless told otherwise. */
async function completed(ledger: { end: boolean; acked: string } = { end: true, acked: "completed" }): Promise<string> {
  const { jobId } = await driver.enqueue({ definition: plain, input: null });
  const claim = { workerId: "w", kinds: ["plain"], queues: null, limit: 1, leaseMs: 60_000 };
  const { jobs } = await waymark.store.claim(claim);
  const { fence } = jobs[0]!;
  if (ledger.end) note("end", { jobId, fence });
  await waymark.store.settle([{ jobId, fence, outcome: { type: "completed", result: null } }]);
  note("acked", { jobId, fence, status: ledger.acked });
  return jobId;
}

it("an honest run has nothing to answer for", async () => {
  await completed();
  await judge(trial, waymark, driver);
  expect(trial.violations).toEqual([]);
});

it("a job that is lost, one that is stuck and one that nobody sent are each found", async () => {
  await completed();
  const waiting = await driver.enqueue({ definition: plain, input: null });
  const gone = { ...waiting, jobId: "01900000-0000-7000-8000-000000000001" };
  const { jobId: unsent } = await waymark.enqueue(plain, null);
  await judge(trial, waymark, { acknowledged: [...driver.acknowledged, gone] });
  const found = trial.violations.map(({ rule, jobId }) => [rule, jobId]);
  expect(found).toContainEqual(["never stuck", waiting.jobId]);
  expect(found).toContainEqual(["I23", gone.jobId]);
  expect(found).toContainEqual(["I23", unsent]);
});

it("a completion whose handler never ended is found, and told with the job's story", async () => {
  const jobId = await completed({ end: false, acked: "completed" });
  await judge(trial, waymark, driver);
  expect(trial.violations).toMatchObject([{ rule: "true status", jobId }]);
  const story = trial.timelines.get(jobId);
  expect(story).toContain("driver  sent with key");
  expect(story).toContain("trail   1. enqueue → pending");
});

it("an ending that a worker was told is recorded, and is not, is found", async () => {
  const jobId = await completed({ end: true, acked: "failed" });
  await judge(trial, waymark, driver);
  expect(trial.violations).toMatchObject([{ rule: "acknowledged", jobId }]);
});

it("a job that failed without a good reason is found", async () => {
  const { jobId } = await driver.enqueue({ definition: plain, input: null });
  await waymark.cancel(jobId, { actor: "somebody" });
  await judge(trial, waymark, driver);
  expect(trial.violations).toMatchObject([{ rule: "never lost", jobId }]);
});

it("by the count alone, a job that waits and one that is gone are found", async () => {
  await completed();
  await judgeByCount(trial, waymark, driver);
  expect(trial.violations).toEqual([]);
  const gone = await completed();
  await waymark.remove(gone, { actor: "somebody" });
  await waymark.enqueue(plain, null);
  await judgeByCount(trial, waymark, driver);
  expect(trial.violations.map(({ message }) => message)).toEqual([
    "1 of 2 acknowledged jobs completed",
    "1 jobs are pending",
  ]);
});

it("what retention removed must have ended as its worker was told", async () => {
  const jobId = await completed();
  await waymark.remove(jobId, { actor: "somebody" });
  await judge(trial, waymark, driver);
  expect(trial.violations).toEqual([]);
  const { jobId: cancelled } = await driver.enqueue({ definition: plain, input: null });
  await waymark.cancel(cancelled, { actor: "somebody" });
  await waymark.remove(cancelled, { actor: "somebody" });
  note("acked", { jobId: cancelled, fence: 1, status: "completed" });
  await judge(trial, waymark, driver);
  expect(trial.violations).toMatchObject([{ rule: "acknowledged", jobId: cancelled }]);
});
