/**
 * Real processes on one SQLite file and on one PostgreSQL: jobs enqueued here, run there, awaited here; workers killed,
 * frozen and stopped for real. The workers run the build in dist/. Leases are short, so that the wall clock is waited
 * for as little as real processes allow.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { defineJob, openWaymark, type Waymark } from "../../src/index.js";
import { postgresUrl, schemaName } from "../support/postgres.js";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.js";

const LEASE_MS = 1_500;
const SWEEP_MS = 400;
/** What a loaded machine may add. */
const SLACK_MS = 5_000;
/** Processes start, and leases run out, within this on any machine: nothing is proved by it. */
const PATIENCE = "20s";
vi.setConfig({ testTimeout: 45_000 });

const echo = defineJob({ kind: "echo" });
const long = defineJob({ kind: "long" });
const busy = defineJob({ kind: "busy" });
const frozen = defineJob({ kind: "frozen" });
const endless = defineJob({ kind: "endless" });
const forgetful = defineJob({ kind: "forgetful" });

describe.each(["sqlite", "postgres"])("processes on %s", (name) => {
  let folder: string;
  let url: string;
  let options: Record<string, unknown>;
  let waymark: Waymark;
  let workers: WorkerProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waymark-processes-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    const place = schemaName();
    url = name === "sqlite" ? `sqlite:${join(folder, `${place}.db`)}` : postgresUrl();
    options = name === "sqlite" ? {} : { schema: place, maxConnections: 3 };
    waymark = await openWaymark({ store: url, storeOptions: options, logger: silentLogger });
  });
  afterEach(async () => {
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map((worker) => worker.exited));
    workers = [];
    await waymark.close();
  });

  const start = async (work: Readonly<Record<string, unknown>> = {}): Promise<WorkerProcess> => {
    const worker = startWorkerProcess(url, options, work);
    workers.push(worker);
    await worker.line("ready");
    return worker;
  };
  const events = async (jobId: string) => (await waymark.tracker.history(jobId))!.map((row) => row.event);

  it("a job enqueued here runs there and is awaited here", async () => {
    await start();
    const refs = await waymark.enqueueMany(
      echo,
      Array.from({ length: 50 }, (_, n) => ({ n })),
    );
    const done = await Promise.all(refs.map((ref) => waymark.tracker.awaitCompletion(ref, { timeout: PATIENCE })));
    expect(done.map((info) => info?.status === "completed" && info.result)).toEqual(refs.map((_, n) => ({ n })));
  });

  it("L2 kill -9 in mid-job: another worker takes over within one lease and one sweep; the status is true meanwhile", async () => {
    const victim = await start();
    const ref = await waymark.enqueue(long, { ms: 60_000 });
    await victim.line("began");
    const rescuer = await start();
    victim.kill("SIGKILL");
    await victim.exited;
    const diedAt = Date.now();
    expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "processing", attempt: 1 });
    expect(await rescuer.line("began")).toMatchObject({ began: ref.jobId, attempt: 2, fence: 2 });
    expect(Date.now() - diedAt).toBeLessThanOrEqual(LEASE_MS + SWEEP_MS + SLACK_MS);
    expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "processing", attempt: 2 });
    expect(await events(ref.jobId)).toEqual(["enqueue", "claim", "lose_retry", "claim"]);
  });

  it("frozen past its lease and resumed: extend, progress, fail and complete are refused, and its signal fires", async () => {
    const sleeper = await start();
    const ref = await waymark.enqueue(frozen, null);
    await sleeper.line("began");
    await waitFor(async () => (await waymark.tracker.getStatus(ref))?.progress?.stage === "one");
    sleeper.kill("SIGSTOP");
    await start();
    const done = await waymark.tracker.awaitCompletion(ref, { timeout: PATIENCE });
    expect(done).toMatchObject({ status: "completed", result: "by the second", attempt: 2 });
    const before = await waymark.tracker.history(ref);
    sleeper.kill("SIGCONT");
    expect(await sleeper.line("woke")).toMatchObject({
      answers: { extend: "lost", progress: "lost", fail: "lost", complete: "lost" },
      signal: "lost",
      stage: "refused",
    });
    expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "completed", result: "by the second" });
    expect(await waymark.tracker.history(ref)).toEqual(before);
  });

  it("a handler that blocks its event loop for two leases keeps its job", async () => {
    // Long enough for a thread to get its turn on a loaded machine.
    const leaseMs = 3_000;
    const workers = [await start({ leaseMs }), await start({ leaseMs })];
    const ref = await waymark.enqueue(busy, { ms: 2 * leaseMs + SWEEP_MS });
    const done = await waymark.tracker.awaitCompletion(ref, { timeout: PATIENCE });
    expect(done).toMatchObject({ status: "completed", result: "attempt 1", attempt: 1 });
    expect(await events(ref.jobId)).toEqual(["enqueue", "claim", "complete"]);
    const lag = await Promise.race(workers.map((worker) => worker.line("lag")));
    expect(lag, "whoever runs it is told").toMatchObject({
      lag: expect.stringMatching(/stood still for \d\.\d s/),
    });
  });

  it.each(["wait", "kill"])(
    "T11 a handler that never gives way again loses its job after ten leases (blocked: %s)",
    async (blocked) => {
      const leaseMs = 500;
      const victim = await start({ leaseMs, blocked });
      const ref = await waymark.enqueue(endless, null);
      await victim.line("began");
      await start();
      const done = await waymark.tracker.awaitCompletion(ref, { timeout: PATIENCE });
      expect(done).toMatchObject({ status: "completed", result: "by the second", attempt: 2 });
      expect(await events(ref.jobId)).toEqual(["enqueue", "claim", "lose_retry", "claim", "complete"]);
      if (blocked === "wait") return;
      expect(await victim.exited).toBe(null);
      expect(victim.errors).toContain("The event loop stood still for 10 leases; this process ends itself.");
    },
  );

  it("a promise that a handler forgot is blamed on its job, and neither ends the process nor excuses others", async () => {
    const worker = await start({ strayRejections: "record" });
    const ref = await waymark.enqueue(forgetful, null);
    const [other] = await waymark.enqueueMany(echo, [{ n: 1 }]);
    expect(await worker.line("stray")).toMatchObject({ stray: expect.stringContaining("early"), jobId: ref.jobId });
    await waitFor(async () => worker.lines.filter((line) => "stray" in line).length === 2);
    expect(worker.lines.filter((line) => "stray" in line)[1]).toMatchObject({
      stray: expect.stringContaining("late"),
      jobId: ref.jobId,
    });
    for (const each of [ref, other!])
      expect(await waymark.tracker.awaitCompletion(each, { timeout: PATIENCE })).toMatchObject({ status: "completed" });
    const logged = await waymark.store.logs(ref.jobId);
    expect(logged.map(({ message }) => message)).toEqual([expect.stringContaining("forgotten early")]);
    expect(await waymark.store.logs(other!.jobId)).toEqual([]);
    worker.kill("SIGUSR2");
    expect(await worker.exited).toBe(1);
    expect(worker.errors).toContain("the program's own");
  });

  it("without asking for it, a promise that a handler forgot ends the process, as Node has it", async () => {
    const worker = await start();
    await waymark.enqueue(forgetful, null);
    expect(await worker.exited).toBe(1);
    expect(worker.errors).toContain("forgotten early");
  });

  it("SIGTERM gives running jobs back, uncharged, and the process ends with 0", async () => {
    const worker = await start();
    const ref = await waymark.enqueue(long, { ms: 60_000 });
    await worker.line("began");
    worker.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    expect(await waymark.tracker.getStatus(ref)).toMatchObject({ status: "pending", attempt: 0 });
    expect(await events(ref.jobId)).toEqual(["enqueue", "claim", "release"]);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("What was waited for did not come.");
}
