/** Time left as a user sees it: learned by workers, told by the tracker, in lists and streams too. */
import { describe, expect, it } from "vitest";
import { sleep } from "../src/core/clock.js";
import { silentLogger } from "../src/core/logger.js";
import { defineJob, type JobStatusInfo } from "../src/index.js";
import { memoryStore } from "../src/stores/memory/store.js";
import { FakeClock } from "../src/testing/fake-clock.js";
import { openWaymark } from "../src/waymark.js";

const report = defineJob({ kind: "report", stages: ["read", "draw"], target: "30s", maxAttempts: 1 });
const plain = defineJob({ kind: "plain", maxAttempts: 1 });

async function world() {
  const clock = new FakeClock();
  const store = memoryStore({ clock });
  const calls: string[] = [];
  for (const call of ["learn", "learned", "workers"] as const) {
    const own = store[call].bind(store) as (...args: unknown[]) => Promise<never>;
    store[call] = (...args: unknown[]) => {
      calls.push(call);
      return own(...args);
    };
  }
  const waymark = await openWaymark({ store, clock, logger: silentLogger, retention: { default: false } });
  let factor = 1;
  const handlers = [
    report.handle(async (_input, ctx) => {
      await ctx.stage("read");
      await sleep(clock, factor * (1_500 + 1_000 * clock.random()), ctx.signal);
      await ctx.stage("draw");
      await sleep(clock, factor * (6_000 + 4_000 * clock.random()), ctx.signal);
      return null;
    }),
    plain.handle(() => null),
  ];
  waymark.work(handlers, { concurrency: 1 });
  const train = async (runs: number): Promise<void> => {
    for (let i = 0; i < runs; i++) {
      await waymark.enqueue(report, i);
      await clock.advance(15_000);
    }
  };
  const see = async (jobId: string): Promise<JobStatusInfo> => (await waymark.tracker.getStatus(jobId))!;
  const slowDown = (by: number): void => {
    factor = by;
  };
  /** Lets what runs go on to its end. */
  const end = async (): Promise<void> => {
    const closing = waymark.close();
    await clock.advance(60_000);
    await closing;
  };
  return { clock, store, waymark, calls, train, see, slowDown, end };
}

describe("estimates in the status", () => {
  it("are none while there is no evidence, and are there after some runs", async () => {
    const { clock, waymark, train, see, end } = await world();
    await train(4);
    const early = await waymark.enqueue(report, 0);
    await clock.advance(1_000);
    expect(await see(early.jobId)).toMatchObject({ status: "processing", estimate: null });
    expect((await see(early.jobId)).progress!.stages[0]).not.toHaveProperty("typicalMs");
    await train(8);
    const ref = await waymark.enqueue(report, 0);
    await clock.advance(1_000);
    const info = await see(ref.jobId);
    expect(info.estimate).toMatchObject({ basedOn: 13, slowerThanUsual: false });
    const { low, high } = info.estimate!.remainingMs!;
    expect(low).toBeGreaterThan(4_000);
    expect(high).toBeLessThan(14_000);
    const [read, draw] = info.progress!.stages;
    expect(read!.typicalMs).toBeGreaterThan(1_400);
    expect(draw!.typicalMs).toBeGreaterThan(5_500);
    expect(draw!.typicalMs).toBeLessThan(11_000);
    await end();
  });

  it("fall with the stages, and end with the job", async () => {
    const { clock, waymark, train, see, end } = await world();
    await train(12);
    const ref = await waymark.enqueue(report, 0);
    await clock.advance(1_000);
    const first = (await see(ref.jobId)).estimate!.remainingMs!;
    await clock.advance(4_000);
    const later = await see(ref.jobId);
    expect(later.progress!.stage).toBe("draw");
    expect(later.estimate!.remainingMs!.high).toBeLessThan(first.high);
    await clock.advance(20_000);
    expect(await see(ref.jobId)).toMatchObject({ status: "completed", estimate: null });
    await end();
  });

  it("say slower than usual, and watchers are told of that, but not of every second that passes", async () => {
    const { clock, waymark, train, slowDown, end } = await world();
    await train(12);
    slowDown(4);
    const ref = await waymark.enqueue(report, 0);
    const seen: JobStatusInfo[] = [];
    const watching = (async () => {
      for await (const info of waymark.tracker.watch(ref)) seen.push(info);
    })();
    await clock.advance(60_000);
    await watching;
    expect(seen.at(-1)!.status).toBe("completed");
    expect(seen.some((info) => info.estimate?.slowerThanUsual === true)).toBe(true);
    expect(seen.some((info) => info.estimate?.slowerThanUsual === false)).toBe(true);
    expect(seen.length).toBeLessThan(8);
    await end();
  });

  it("tell a waiting job when it starts: by its place in line, and not at all while its queue is paused", async () => {
    const { clock, waymark, train, see, end } = await world();
    await train(12);
    const refs = await waymark.enqueueMany(report, [1, 2, 3, 4]);
    await clock.advance(12_000);
    const starts = async (i: number) => (await see(refs[i]!.jobId)).estimate?.startsInMs;
    const [third, fourth] = [(await starts(2))!, (await starts(3))!];
    expect(fourth.low).toBeGreaterThan(third.low);
    expect((await see(refs[3]!.jobId)).estimate!.remainingMs!.low).toBeGreaterThan(fourth.low);
    await waymark.pauseQueue("default", { actor: "ops" });
    expect(await starts(3)).toBeUndefined();
    await waymark.resumeQueue("default");
    const later = await waymark.enqueue(report, 0, { delay: "10m" });
    const { low, high } = (await see(later.jobId)).estimate!.startsInMs!;
    expect([low, high]).toEqual([600_000, 601_000]);
    await end();
  });

  it("are in lists too, for jobs that run", async () => {
    const { clock, waymark, train, end } = await world();
    await train(12);
    await waymark.enqueue(report, 0);
    await clock.advance(1_000);
    const { jobs } = await waymark.tracker.list({ status: "processing" });
    expect(jobs[0]!.estimate!.remainingMs).toBeDefined();
    await end();
  });

  it("cost no statement for a job, and one for each kind in ten seconds of reading", async () => {
    const { clock, waymark, calls, end } = await world();
    await waymark.enqueueMany(
      plain,
      Array.from({ length: 200 }, (_, i) => i),
    );
    await clock.advance(3_000);
    expect(calls).toEqual([]);
    await clock.advance(10_000);
    expect(calls).toEqual(["learn"]);
    const refs = await waymark.enqueueMany(report, [1, 2]);
    await clock.advance(100);
    for (let i = 0; i < 50; i++) for (const ref of refs) await waymark.tracker.getStatus(ref);
    expect(calls.filter((call) => call !== "learn").sort()).toEqual(["learned", "workers"]);
    for (let i = 0; i < 50; i++) await waymark.tracker.getStatusOnly(refs[0]!);
    expect(calls.filter((call) => call === "learned")).toHaveLength(1);
    await end();
  });

  it("are missed by nobody when they cannot be read: the status is told without", async () => {
    const { clock, store, waymark, train, see, end } = await world();
    await train(6);
    store.learned = () => Promise.reject(new Error("away"));
    const ref = await waymark.enqueue(report, 0);
    await clock.advance(1_000);
    expect(await see(ref.jobId)).toMatchObject({ status: "processing", estimate: null });
    await end();
  });
});
