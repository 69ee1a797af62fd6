/** The export: the same lines from every store, one moment per job, nothing private unless asked for. */
import { createHash } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { createAuditor } from "../src/core/audit.js";
import type { ExportLine } from "../src/core/export-format.js";
import type { Store } from "../src/core/store.js";
import { exportStore } from "../src/export.js";
import { defineJob, JobError } from "../src/index.js";
import { memoryStore } from "../src/stores/memory/store.js";
import { FakeClock } from "../src/testing/fake-clock.js";
import { World } from "../src/testing/store-suite/world.js";
import { onEveryStore } from "./promises/on-every-store.js";

async function linesOf(store: Store, options?: { includePayload?: boolean }): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of exportStore(store, options)) lines.push(line);
  return lines;
}
function violationsIn(lines: readonly ExportLine[]): unknown[] {
  const auditor = createAuditor();
  for (const line of lines) auditor.feed(line);
  return auditor.finish();
}
const sha = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const task = defineJob({ kind: "task", backoff: { base: "1s", max: "1s" } });
/** Does what its input says. */
const obedient = task.handle((input, ctx) => {
  if (input === "fail") throw new JobError({ code: "bad_file", message: "Bad file.", category: "input" });
  if (input === "flaky" && ctx.attempt === 1) throw new Error("once");
  if (input === "snooze" && ctx.fence === 1) ctx.snooze("1s");
  return { done: input };
});

onEveryStore("Export", (world) => {
  it("A8 tells a job, its events and its attempts, in one form", async () => {
    const { waymark, store, until } = world();
    const ref = await waymark.enqueue(task, "naïve", { owner: "ann", metadata: { file: "a.csv" }, priority: 3 });
    const worker = waymark.work([obedient]);
    await until(() => waymark.tracker.isComplete(ref));
    const lines = await linesOf(store);
    const { jobId } = ref;
    const instant = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    const common = { jobId, at: instant, generation: 1, reason: null, requestId: null, type: "event" };
    const holder = { actor: `worker:${worker.workerId}`, attempt: 1, fence: 1 };
    expect(lines).toEqual([
      {
        type: "job",
        jobId,
        kind: "task",
        queue: "default",
        owner: "ann",
        status: "completed",
        generation: 1,
        attempt: 1,
        maxAttempts: 3,
        lostCount: 0,
        fence: 1,
        workerId: null,
        leaseExpiresAt: null,
        priority: 3,
        runAt: instant,
        scheduledAt: null,
        expiresAt: null,
        createdAt: instant,
        firstStartedAt: instant,
        startedAt: instant,
        finishedAt: instant,
        updatedAt: instant,
        seq: 3,
        cancelRequestedAt: null,
        uniqueKey: null,
        idempotencyKey: null,
        concurrencyKey: null,
        concurrencyLimit: null,
        stage: null,
        progress: null,
        payload: { digest: sha('"naïve"'), bytes: 8 },
        result: { digest: sha('{"done":"naïve"}'), bytes: 17 },
        error: null,
        errorDetail: null,
        metadata: { file: "a.csv" },
        parentId: null,
        rerunOf: null,
        recorded: false,
        readAt: instant,
      },
      { ...common, seq: 1, from: null, to: "pending", event: "enqueue", actor: "producer", attempt: 0, fence: 0 },
      { ...common, ...holder, seq: 2, from: "pending", to: "processing", event: "claim" },
      { ...common, ...holder, seq: 3, from: "processing", to: "completed", event: "complete" },
      {
        type: "attempt",
        jobId,
        fence: 1,
        generation: 1,
        attempt: 1,
        workerId: worker.workerId,
        startedAt: instant,
        endedAt: instant,
        outcome: "succeeded",
        durationMs: expect.any(Number) as number,
        error: null,
      },
    ]);
    expect(lines.every((line) => Object.keys(line)[0] === "type")).toBe(true);
  });

  it("what real work leaves behind passes the audit", async () => {
    const { waymark, store, until, clock } = world();
    const inputs = ["fine", "fail", "flaky", "snooze"];
    const refs = await waymark.enqueueMany(task, inputs, { concurrencyKey: { key: "k", limit: 2 } });
    const unwanted = await waymark.enqueue(task, "later", { delay: "1h", uniqueKey: "u" });
    await waymark.cancel(unwanted.jobId, { actor: "ann", requestKey: "r1" });
    await waymark.enqueue(task, "later", { delay: "1h", uniqueKey: "u" });
    waymark.work([obedient]);
    for (const ref of refs) await until(() => waymark.tracker.isComplete(ref));
    await waymark.retry(refs[1]!.jobId, { actor: "op", requestKey: "r2" });
    await clock.advance(10);
    await until(() => waymark.tracker.isComplete(refs[1]!));
    await waymark.remove(refs[0]!.jobId, { actor: "op" });

    const lines = await linesOf(store);
    expect(violationsIn(lines)).toEqual([]);
    const types = lines.map(({ type }) => type);
    expect(types.filter((type) => type === "job")).toHaveLength(5);
    const failedAttempts = lines.filter((line) => line.type === "attempt" && line.outcome === "failed");
    expect(failedAttempts).toHaveLength(3);
    expect(lines.at(-1)).toMatchObject({ type: "purge", jobId: refs[0]!.jobId, status: "completed" });
    expect(lines.find((line) => line.type === "event" && line.event === "retry")).toMatchObject({
      actor: "op",
      requestId: "r2",
    });
  });

  it("jobs are told newest first, each once, whatever their number", async () => {
    const { waymark, store } = world();
    const refs = await waymark.enqueueMany(
      task,
      Array.from({ length: 450 }, (_, i) => i),
    );
    const jobs = (await linesOf(store)).filter(({ type }) => type === "job");
    expect(jobs.map(({ jobId }) => jobId)).toEqual(refs.map(({ jobId }) => jobId).reverse());
  });
});

describe("Export of a store at work", () => {
  const secret = "payload-canary-1";
  async function world() {
    const clock = new FakeClock();
    const store = memoryStore({ clock });
    return { clock, store, world: new World(store, clock) };
  }

  test("P1 payload and result stay private unless they are asked for", async () => {
    const { store, world: jobs } = await world();
    const claimed = await jobs.running({ payload: JSON.stringify({ secret }) });
    await jobs.settle(claimed, { type: "completed", result: "null" });
    expect(JSON.stringify(await linesOf(store))).not.toContain(secret);
    const [job] = await linesOf(store, { includePayload: true });
    expect(job).toMatchObject({
      payload: { value: { secret } },
      result: { digest: sha("null"), bytes: 4, value: null },
    });
  });

  test("I2 a job that moves between two reads is told as it stood at one moment", async () => {
    const { store, world: jobs } = await world();
    const ids = [await jobs.add(), await jobs.add()];
    let moves = 0;
    // After each read of the records a job moves on, three times.
    const restless = new Proxy(store, {
      get: (target, name) => {
        if (name !== "read") return (target[name as keyof Store] as () => unknown).bind(target);
        return async (request: Parameters<Store["read"]>[0]) => {
          const answer = await target.read(request);
          moves++;
          if (moves === 1) await jobs.claim();
          if (moves === 2) await jobs.cancel(ids[0]!);
          if (moves === 3) await jobs.cancel(ids[0]!, { force: true });
          return answer;
        };
      },
    });
    const lines = await linesOf(restless);
    expect(moves).toBe(4);
    expect(violationsIn(lines)).toEqual([]);
    expect(lines.filter(({ type }) => type === "job")).toMatchObject([
      { jobId: ids[1], seq: 1 },
      { jobId: ids[0], seq: 4 },
    ]);
  });

  test("a job purged while the export runs is told as purged", async () => {
    const { store, world: jobs } = await world();
    const claimed = await jobs.running();
    await jobs.settle(claimed, { type: "completed", result: null });
    const purging = new Proxy(store, {
      get: (target, name) => {
        if (name !== "read") return (target[name as keyof Store] as () => unknown).bind(target);
        return async (request: Parameters<Store["read"]>[0]) => {
          await jobs.remove(claimed.jobId);
          return target.read(request);
        };
      },
    });
    expect(await linesOf(purging)).toMatchObject([{ type: "purge", jobId: claimed.jobId, status: "completed" }]);
  });
});
