/** Real work leaves an export behind in which the auditor finds nothing: a real worker over the store in memory. */
import { expect, test } from "vitest";
import { sleep } from "../../src/core/clock.js";
import type { ExportLine } from "../../src/core/export-format.js";
import { silentLogger } from "../../src/core/logger.js";
import { exportStore } from "../../src/export.js";
import { defineJob } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { runUntilIdle } from "../../src/testing/run-until-idle.js";
import { openWaymark } from "../../src/waymark.js";
import { auditOf } from "./lines.js";

const task = defineJob({
  kind: "task",
  stages: ["first", "second"],
  maxAttempts: 4,
  timeout: "10s",
  backoff: { base: "1s", max: "3s" },
});

async function world(seed: number) {
  const clock = new FakeClock(undefined, seed);
  const store = memoryStore({ clock });
  const waymark = await openWaymark({ store, clock, logger: silentLogger, retention: { default: false } });
  const handler = task.handle(async (_input, ctx) => {
    await ctx.stage("first");
    await sleep(clock, clock.random() * 2_000, ctx.signal);
    await ctx.progress(1, 2);
    if (clock.random() < 0.2) throw new Error("now and then");
    if (clock.random() < 0.1) ctx.snooze("2s");
    if (clock.random() < 0.1) await sleep(clock, 20_000, ctx.signal);
    if (ctx.signal.aborted) throw ctx.signal.reason;
    await ctx.stage("second");
    return { seed };
  });
  return { clock, store, waymark, handler };
}

async function linesOf(store: Parameters<typeof exportStore>[0]): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of exportStore(store)) lines.push(line);
  return lines;
}

test.each([1, 2, 3])("a queue worked off, with failures, delays, limits and cancels (seed %i)", async (seed) => {
  const { clock, store, waymark, handler } = await world(seed);
  const refs = await waymark.enqueueMany(
    task,
    Array.from({ length: 40 }, (_, i) => i),
    (_input, i) => ({
      owner: i % 2 === 0 ? "ann" : "bob",
      ...(i % 5 === 0 ? { delay: 3_000 * i } : {}),
      ...(i % 4 === 0 ? { concurrencyKey: { key: "k", limit: 2 } } : {}),
      ...(i % 7 === 0 ? { uniqueKey: `u${i % 3}` } : {}),
      ...(i % 11 === 0 ? { expiresIn: "5s" } : {}),
    }),
  );
  for (const ref of refs.slice(0, 3)) await waymark.cancel(ref.jobId, { actor: "ann", requestKey: `c${ref.jobId}` });
  await runUntilIdle(waymark, [handler], { clock, untilAllEnded: true, concurrency: 7 });
  for (const { jobId, status } of await store.list({ status: ["failed", "cancelled", "expired"], limit: 200 })) {
    await waymark.retry(jobId, { actor: "op", requestKey: `r${status}` }).catch(() => {});
  }
  await runUntilIdle(waymark, [handler], { clock, untilAllEnded: true, concurrency: 3 });
  await waymark.remove(refs[5]!.jobId, { actor: "op" });

  const lines = await linesOf(store);
  const acknowledged = new Set(refs.map(({ jobId }) => jobId));
  expect(auditOf(lines, { ledger: { acknowledged, sent: acknowledged }, leaseGraceMs: 0 })).toEqual([]);
  expect(lines.filter(({ type }) => type === "job")).toHaveLength(acknowledged.size - 1);
  expect(new Set(lines.map((line) => (line.type === "attempt" ? line.outcome : "")))).toContain("snoozed");
});

test("a store exported again and again while workers run is sound at each moment", async () => {
  const { clock, store, waymark, handler } = await world(9);
  await waymark.enqueueMany(
    task,
    Array.from({ length: 30 }, (_, i) => i),
    { concurrencyKey: { key: "k", limit: 3 } },
  );
  const worker = waymark.work([handler], { concurrency: 5 });
  let running = 0;
  for (let look = 0; look < 60; look++) {
    await clock.advance(300);
    const lines = await linesOf(store);
    expect(auditOf(lines, { leaseGraceMs: 10_000 })).toEqual([]);
    running += lines.filter((line) => line.type === "attempt" && line.outcome === null).length;
  }
  expect(running).toBeGreaterThan(30);
  const stopping = worker.stop();
  await clock.advance(60_000);
  await stopping;
});
