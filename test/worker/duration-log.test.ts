/** What workers tell of durations: successes only, many as one, off the hot path. */
import { describe, expect, it } from "vitest";
import { bucketOf } from "../../src/core/histogram.js";
import type { ClaimedJob, DurationSample } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { createDurationLog } from "../../src/worker/duration-log.js";

const claimed = (parts: Partial<ClaimedJob> = {}): ClaimedJob => ({
  jobId: "j",
  kind: "kind",
  queue: "q",
  owner: null,
  fence: 1,
  generation: 1,
  attempt: 1,
  maxAttempts: 3,
  lostCount: 0,
  payload: "x".repeat(20),
  metadata: null,
  createdAt: 1_000,
  runAt: 1_000,
  startedAt: 1_250,
  leaseExpiresAt: 9_000,
  ...parts,
});

function world() {
  const clock = new FakeClock();
  const told: (readonly DurationSample[])[] = [];
  const troubles: unknown[] = [];
  const store = {
    fails: false,
    learn: async (samples: readonly DurationSample[]) => {
      if (store.fails) throw new Error("away");
      told.push(samples);
    },
  };
  const log = createDurationLog({ store, clock, onTrouble: (error) => troubles.push(error) });
  return { clock, log, store, told, troubles };
}
const AT_ONCE = { takenAt: 1_000, begunAt: 1_000, endedAt: 1_000, stages: null };
const sample = (parts: Partial<DurationSample>): DurationSample => ({
  kind: "kind",
  measure: "run",
  stage: null,
  size: 4,
  bucket: 0,
  count: 1,
  ...parts,
});

describe("the log of durations", () => {
  it("tells the run, the wait, each stage, and what came after its start", async () => {
    const { log, told } = world();
    const stages = [
      { name: "load", at: 1_100 },
      { name: "crunch", at: 3_100 },
    ];
    log.succeeded(claimed(), { takenAt: 1_000, begunAt: 1_000, endedAt: 6_100, stages });
    await log.stop();
    const bucket = bucketOf;
    expect(told).toEqual([
      [
        sample({ bucket: bucket(5_100) }),
        sample({ measure: "wait", bucket: bucket(250) }),
        sample({ measure: "stage", stage: "load", bucket: bucket(2_000) }),
        sample({ measure: "rest", stage: "load", bucket: bucket(5_000) }),
        sample({ measure: "stage", stage: "crunch", bucket: bucket(3_000) }),
        sample({ measure: "rest", stage: "crunch", bucket: bucket(3_000) }),
      ],
    ]);
  });

  it("is one call for thousands of jobs, some seconds later, and none while there is nothing to tell", async () => {
    const { clock, log, told } = world();
    for (let i = 0; i < 5_000; i++) log.succeeded(claimed(), AT_ONCE);
    await clock.advance(4_000);
    expect(told).toEqual([]);
    await clock.advance(2_000);
    expect(told).toEqual([
      [sample({ count: 5_000 }), sample({ measure: "wait", bucket: bucketOf(250), count: 5_000 })],
    ]);
    await clock.advance(60_000);
    await log.stop();
    expect(told).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("counts time held ready in the worker as waiting, not as running", async () => {
    const { log, told } = world();
    log.succeeded(claimed(), { takenAt: 1_000, begunAt: 5_000, endedAt: 5_100, stages: null });
    await log.stop();
    expect(told).toEqual([[sample({ bucket: bucketOf(100) }), sample({ measure: "wait", bucket: bucketOf(4_250) })]]);
  });

  it("counts the wait of a first claim only", async () => {
    const { log, told } = world();
    log.succeeded(claimed({ fence: 2 }), AT_ONCE);
    await log.stop();
    expect(told.flat().map(({ measure }) => measure)).toEqual(["run"]);
  });

  it("tells again what the store could not take, together with what came since", async () => {
    const { clock, log, store, told, troubles } = world();
    store.fails = true;
    log.succeeded(claimed({ fence: 2 }), AT_ONCE);
    await clock.advance(6_000);
    expect(troubles).toHaveLength(1);
    log.succeeded(claimed({ fence: 2 }), AT_ONCE);
    store.fails = false;
    await clock.advance(6_000);
    expect(told).toEqual([[sample({ count: 2 })]]);
    await log.stop();
  });

  it("stops although the store is away, and holds only so much", async () => {
    const { clock, log, store, troubles } = world();
    store.fails = true;
    for (let i = 0; i < 20_000; i++) log.succeeded(claimed({ fence: 2, kind: `k${i}` }), AT_ONCE);
    await log.stop();
    expect(troubles).toHaveLength(1);
    expect(clock.waiting).toBe(0);
    store.fails = false;
    const taken: number[] = [];
    store.learn = async (samples) => void taken.push(samples.length);
    await log.stop();
    expect(taken).toEqual([10_000]);
  });
});
