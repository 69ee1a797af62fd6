/** PROMISES D: a synchronous endpoint that can be watched, and clean-up. */
import { expect, it } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { defineJob, type Logger, openWaymark, WaymarkError } from "../../src/index.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { onEveryStore } from "./on-every-store.js";

const task = defineJob({ kind: "task" });

onEveryStore("D: tracked work and clean-up", (world) => {
  it("D1 a job can be created, updated, read and deleted", async () => {
    const { waymark, until } = world();
    const ref = await waymark.enqueue(task, null);
    waymark.work([task.handle((_input, ctx) => ctx.progress(1, 2))]);
    await until(() => waymark.tracker.isComplete(ref));
    expect(await waymark.remove(ref.jobId, { actor: "op" })).toMatchObject({ replayed: false });
    expect(await waymark.tracker.getStatus(ref)).toBeNull();
    expect(await waymark.remove(ref.jobId, { actor: "op" })).toMatchObject({ replayed: true });
  });

  it("D2 updatedAt changes with every update, createdAt never", async () => {
    const { waymark, clock, until } = world();
    const ref = await waymark.enqueue(task, null);
    const seen: number[] = [];
    const created = new Set<number>();
    const look = async () => {
      const info = (await waymark.tracker.getStatus(ref))!;
      seen.push(info.updatedAt.getTime());
      created.add(info.createdAt.getTime());
    };
    await look();
    await clock.advance(5);
    waymark.work([
      task.handle(async (_input, ctx) => {
        await look();
        await clock.advance(5);
        await ctx.progress(1, 2);
        await clock.advance(300);
        await until(async () => (await waymark.tracker.getStatus(ref))!.progress?.percent === 50);
        await look();
        await clock.advance(5);
      }),
    ]);
    await until(() => waymark.tracker.isComplete(ref));
    await look();
    expect(new Set(seen).size).toBe(4);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(created.size).toBe(1);
  });

  it("D3 wrapped work takes the request's id, is processing meanwhile, and its answer stays as it was", async () => {
    const { waymark } = world();
    const jobId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    const answer = await waymark.track(
      { kind: "convert", jobId, owner: "ana", stages: ["load", "save"] },
      async (ctx) => {
        expect(await waymark.tracker.getStatusOnly(jobId)).toBe("processing");
        await ctx.stage("save");
        return { pages: 3 };
      },
    );
    expect(answer).toEqual({ jobId, result: { pages: 3 } });
    expect(await waymark.tracker.getStatus(jobId)).toMatchObject({
      status: "completed",
      result: { pages: 3 },
      owner: "ana",
    });
    await expect(waymark.track({ kind: "convert", jobId }, () => 1)).rejects.toMatchObject({ code: "job_exists" });
  });

  it("D3 wrapped work that throws is failed, and the caller gets what was thrown", async () => {
    const { waymark } = world();
    const thrown = new TypeError("secret detail");
    const jobId = "6f9619ff-8b86-4d01-b42d-00cf4fc964fe";
    await expect(
      waymark.track({ kind: "convert", jobId }, () => {
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    const info = await waymark.tracker.getStatus(jobId);
    expect(info).toMatchObject({ status: "failed", error: { code: "internal_error" } });
    expect(JSON.stringify(info)).not.toContain("secret detail");
  });

  it("D3 an answer that cannot be stored is given to the caller all the same", async () => {
    const { waymark } = world();
    const socket = { send: () => {} };
    const answer = await waymark.track({ kind: "convert" }, () => ({ big: 10n, socket }));
    expect(answer.result.socket).toBe(socket);
    expect(await waymark.tracker.getStatus(answer.jobId)).toMatchObject({ status: "completed", result: null });
  });

  it("D5 finished jobs go by age, by count and per status; live ones never; a tombstone stays", async () => {
    const { another, clock, until } = world();
    const waymark = await another({
      retention: { default: "1h", failed: false, cancelled: { count: 1 }, every: "5m" },
    });
    const done = await waymark.enqueue(task, "done");
    const failed = await waymark.enqueue(task, "fail");
    const cancelled = [
      await waymark.enqueue(task, 1, { delay: "1d" }),
      await waymark.enqueue(task, 2, { delay: "1d" }),
    ];
    const waiting = await waymark.enqueue(task, 3, { delay: "1d" });
    for (const ref of cancelled) {
      await waymark.cancel(ref.jobId, { actor: "op" });
      await clock.advance(10);
    }
    const once = waymark.work([
      task.handle((input) => {
        if (input === "fail") throw new WaymarkError("aborted");
      }),
    ]);
    await until(async () => (await waymark.tracker.isComplete(done)) && waymark.tracker.isComplete(failed), 500);
    await waymark.purge();
    expect(await waymark.tracker.exists(cancelled[0]!)).toBe(false);
    expect(await waymark.tracker.exists(cancelled[1]!)).toBe(true);
    expect(await waymark.tracker.exists(done)).toBe(true);
    await clock.advance(3_600_000);
    await until(async () => !(await waymark.tracker.exists(done)), 30_000);
    expect(await waymark.tracker.getTombstone(done)).toMatchObject({
      jobId: done.jobId,
      status: "completed",
      kind: "task",
    });
    expect(await waymark.tracker.exists(failed)).toBe(true);
    expect(await waymark.tracker.exists(waiting)).toBe(true);
    expect(once.running).toBe(0);
  });

  it("D7 every log line about a job carries its id, for queries and deletions too", async () => {
    const { another, until } = world();
    const lines: { fields: Record<string, unknown>; message: string }[] = [];
    const write = (fields: Readonly<Record<string, unknown>>, message: string) => void lines.push({ fields, message });
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    const waymark = await another({ logger });
    const ref = await waymark.enqueue(task, "payload-canary");
    waymark.work([task.handle(() => "result-canary")]);
    await until(() => waymark.tracker.isComplete(ref));
    // The store shows the end before the worker has its answer.
    await until(async () => lines.some(({ message }) => message.includes("ended")));
    await waymark.remove(ref.jobId, { actor: "op" });
    expect(lines.length).toBeGreaterThanOrEqual(5);
    for (const { fields } of lines) expect(fields["jobId"]).toBe(ref.jobId);
    expect(lines.map(({ message }) => message).join("\n")).toMatch(/enqueued[^]*started[^]*ended[^]*remove/);
    expect(JSON.stringify(lines), "P4 payloads are never logged").not.toContain("canary");
  });
});

it("D5 in memory the default is 60 minutes, looked for every 5; nothing keeps the process alive", async () => {
  const clock = new FakeClock();
  const waymark = await openWaymark({ store: memoryStore({ clock }), clock, logger: silentLogger });
  const { jobId } = await waymark.track({ kind: "convert" }, () => 1);
  await clock.advance(59 * 60_000);
  expect(await waymark.tracker.exists(jobId)).toBe(true);
  await clock.advance(6 * 60_000);
  expect(await waymark.tracker.exists(jobId)).toBe(false);
  await waymark.close();
  await clock.advance(600_000);
  expect(clock.waiting, "a closed Waymark leaves no timer").toBe(0);
});

it("A9 D6 the memory store holds a maximum number of jobs: it evicts finished ones, oldest first, then refuses", async () => {
  const clock = new FakeClock();
  const waymark = await openWaymark({ store: memoryStore({ clock, maxJobs: 3 }), clock, logger: silentLogger });
  const refs = await waymark.enqueueMany(task, [1, 2, 3]);
  await expect(waymark.enqueue(task, 4)).rejects.toMatchObject({ code: "queue_full" });
  await waymark.cancel(refs[1]!.jobId, { actor: "op" });
  await waymark.enqueue(task, 4);
  expect(await waymark.tracker.exists(refs[1]!)).toBe(false);
  expect(await waymark.tracker.exists(refs[0]!)).toBe(true);
  await waymark.close();
});
