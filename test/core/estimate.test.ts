/** Time left: a range or nothing, by evidence alone. The calibration of the ranges is in estimate-calibration.test.ts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Durations, durationsOf, NO_DURATIONS, sizeOf } from "../../src/core/durations.js";
import {
  estimateRunning,
  estimateWaiting,
  type RunningFacts,
  typicalMs,
  type WaitingLine,
} from "../../src/core/estimate.js";
import { bucketOf } from "../../src/core/histogram.js";
import type { DurationCount } from "../../src/core/store.js";

const times = (
  measure: DurationCount["measure"],
  stage: string | null,
  values: readonly number[],
  size = 3,
): DurationCount[] => values.map((value) => ({ measure, stage, size, bucket: bucketOf(value), count: 1, ageDays: 0 }));
const learnedFrom = (...counts: DurationCount[][]): Durations => durationsOf({ kind: "kind", counts: counts.flat() });
const around = (value: number, n = 40): number[] =>
  Array.from({ length: n }, (_, i) => value * (0.8 + (0.4 * i) / (n - 1)));

const STAGES = [
  { name: "a", weight: 1 },
  { name: "b", weight: 5 },
  { name: "c", weight: 1 },
];
const running = (parts: Partial<RunningFacts>): RunningFacts => ({
  durations: NO_DURATIONS,
  size: 3,
  elapsedMs: 0,
  targetMs: null,
  stages: [],
  stage: null,
  stageElapsedMs: null,
  done: null,
  total: null,
  ...parts,
});
const line = (parts: Partial<WaitingLine>): WaitingLine => ({
  durations: learnedFrom(times("run", null, around(10_000))),
  size: 3,
  dueInMs: 0,
  ahead: 0,
  slots: 1,
  free: 0,
  ...parts,
});
const staged = learnedFrom(
  times("run", null, around(16_000)),
  times("stage", "a", around(1_000)),
  times("stage", "b", around(10_000)),
  times("stage", "c", around(5_000)),
  times("rest", "a", around(16_000)),
  times("rest", "b", around(15_000)),
  times("rest", "c", around(5_000)),
);

describe("the time left of a running job", () => {
  it("is not told below 5 samples", () => {
    const four = learnedFrom(times("run", null, around(10_000, 4)));
    const five = learnedFrom(times("run", null, around(10_000, 5)));
    expect(estimateRunning(running({ durations: four }))).toBeNull();
    expect(estimateRunning(running({ durations: five }))).toMatchObject({ basedOn: 5, slowerThanUsual: false });
  });

  it("falls as time passes, and is gone once nearly nothing ever took so long", () => {
    const durations = learnedFrom(times("run", null, around(10_000)));
    const at = (elapsedMs: number) => estimateRunning(running({ durations, elapsedMs }));
    expect(at(0)!.remainingMs!.low).toBeGreaterThan(7_500);
    expect(at(0)!.remainingMs!.high).toBeLessThan(13_000);
    expect(at(6_000)!.remainingMs!.high).toBeLessThan(7_000);
    const gone = at(20_000)!;
    expect([gone.remainingMs, gone.slowerThanUsual]).toEqual([undefined, true]);
  });

  it("comes with what a whole run usually takes, which does not fall as time passes", () => {
    const durations = learnedFrom(times("run", null, around(10_000)));
    const usual = (elapsedMs: number) => estimateRunning(running({ durations, elapsedMs }))!.typicalMs!;
    expect(usual(0).low).toBeGreaterThan(7_500);
    expect(usual(0).high).toBeLessThan(13_000);
    expect(usual(20_000)).toEqual(usual(0));
  });

  it("is slower than usual past the target, also without evidence, and past the 95 % point", () => {
    expect(estimateRunning(running({ targetMs: 1_000, elapsedMs: 999 }))).toBeNull();
    expect(estimateRunning(running({ targetMs: 1_000, elapsedMs: 1_001 }))).toEqual({
      basedOn: 0,
      slowerThanUsual: true,
    });
    const durations = learnedFrom(times("run", null, around(10_000)));
    const slow = (elapsedMs: number, targetMs: number | null = null) =>
      estimateRunning(running({ durations, elapsedMs, targetMs }))!.slowerThanUsual;
    expect([slow(9_000), slow(9_000, 8_000), slow(11_000), slow(12_500)]).toEqual([false, true, false, true]);
  });

  it("is that of jobs of the same size, as soon as there are enough", () => {
    const durations = learnedFrom(
      times("run", null, around(1_000), 3),
      times("run", null, around(100_000), 10),
      times("run", null, around(100_000, 4), 20),
    );
    const high = (size: number | null) => estimateRunning(running({ durations, size }))!.remainingMs!.high;
    expect(high(3)).toBeLessThan(1_500);
    expect(high(10)).toBeGreaterThan(100_000);
    expect(high(20)).toBeGreaterThan(50_000);
    expect(high(null)).toBeGreaterThan(50_000);
    expect([sizeOf(0), sizeOf(1), sizeOf(1_023), sizeOf(1_024)]).toEqual([0, 0, 9, 10]);
  });

  it("in a stage is what is left of it and what comes after", () => {
    const left = (stage: string, stageElapsedMs: number) =>
      estimateRunning(running({ durations: staged, stages: STAGES, stage, stageElapsedMs, elapsedMs: 1 }))!
        .remainingMs!;
    expect(left("a", 0).low).toBeGreaterThan(12_000);
    expect(left("b", 9_000).high).toBeLessThan(10_000);
    expect(left("b", 9_000).low).toBeGreaterThan(4_000);
    expect(left("c", 4_500).high).toBeLessThan(2_000);
  });

  it("in a stage that was never seen, or has no start, is that of the whole run", () => {
    const whole = estimateRunning(running({ durations: staged, elapsedMs: 5_000 }));
    const facts = { durations: staged, elapsedMs: 5_000 };
    const stages = [...STAGES.slice(0, 1), { name: "new", weight: 1 }];
    expect(estimateRunning(running({ ...facts, stages, stage: "new", stageElapsedMs: 4_000 }))).toEqual(whole);
    expect(estimateRunning(running({ ...facts, stages: STAGES, stage: "b", stageElapsedMs: null }))).toEqual(whole);
    expect(estimateRunning(running({ ...facts, stages: STAGES, stage: "a", stageElapsedMs: 99_000 }))).toEqual(whole);
  });

  it("is drawn to the observed rate, the more the further it is", () => {
    const durations = learnedFrom(times("run", null, around(10_000)));
    const high = (elapsedMs: number, done: number) =>
      estimateRunning(running({ durations, elapsedMs, done, total: 100 }))!.remainingMs!.high;
    // At this rate it takes 100 s.
    expect(high(1_000, 1)).toBeLessThan(13_000);
    expect(high(5_000, 5)).toBeGreaterThan(5_000);
    expect(high(50_000, 50)).toBeGreaterThan(50_000);
    expect(high(90_000, 90)).toBeLessThan(15_000);
  });

  it("with nonsense for a share is as without", () => {
    const durations = learnedFrom(times("run", null, around(10_000)));
    const plain = estimateRunning(running({ durations, elapsedMs: 3_000 }));
    for (const [done, total] of [
      [5, 0],
      [-3, 10],
      [5, null],
      [0, 10],
      [Number.NaN, 10],
    ] as const) {
      expect(estimateRunning(running({ durations, elapsedMs: 3_000, done, total }))).toEqual(plain);
    }
  });

  it("is an ordered range of whole numbers from 0, whatever the facts", () => {
    const ms = fc.double({ min: 0, max: 1e8, noNaN: true });
    const facts = fc.record({
      run: fc.array(ms, { maxLength: 40 }),
      own: fc.array(ms, { maxLength: 40 }),
      rest: fc.array(ms, { maxLength: 40 }),
      elapsedMs: ms,
      stageElapsedMs: fc.option(ms),
      done: fc.option(fc.double({ min: 0, max: 120, noNaN: true })),
      stage: fc.constantFrom("a", "b", "c", null),
      isStaged: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, ({ run, own, rest, isStaged, ...parts }) => {
        const durations = learnedFrom(
          times("run", null, run),
          ...STAGES.flatMap(({ name }) => [times("stage", name, own), times("rest", name, rest)]),
        );
        const told = estimateRunning(running({ ...parts, durations, stages: isStaged ? STAGES : [], total: 100 }));
        expect(told === null).toBe(run.length < 5);
        if (told?.remainingMs === undefined) return;
        const { low, high } = told.remainingMs;
        expect(Number.isInteger(low) && Number.isInteger(high)).toBe(true);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(low);
        expect(told.basedOn).toBe(run.length);
      }),
    );
  });

  it("gets narrower the more is known", () => {
    const width = (n: number): number => {
      const told = estimateRunning(running({ durations: learnedFrom(times("run", null, around(10_000, n))) }));
      return told!.remainingMs!.high - told!.remainingMs!.low;
    };
    expect(width(5)).toBeGreaterThan(width(15));
    expect(width(15)).toBeGreaterThan(width(300));
  });
});

describe("the start of a waiting job", () => {
  it("is soon when a worker is free, and at its time when it is not due", () => {
    expect(estimateWaiting(line({ free: 1 }))!.startsInMs).toEqual({ low: 0, high: 1_000 });
    expect(estimateWaiting(line({ free: 1, dueInMs: 60_000 }))!.startsInMs).toEqual({ low: 60_000, high: 61_000 });
  });

  it("is later the more go first, and sooner the more work", () => {
    const starts = (parts: Partial<WaitingLine>) => estimateWaiting(line(parts))!.startsInMs!;
    expect(starts({ ahead: 9 }).low).toBeGreaterThan(starts({ ahead: 0 }).high);
    expect(starts({ ahead: 9, slots: 10 }).high).toBeLessThan(starts({ ahead: 9 }).low);
    // Nine go first, one at a time, ten seconds each.
    expect(starts({ ahead: 9 }).low).toBeLessThan(95_000);
    expect(starts({ ahead: 9 }).high).toBeGreaterThan(95_000);
  });

  it("is not told while nothing can start it, nor without evidence", () => {
    expect(estimateWaiting(line({ slots: 0 }))).toBeNull();
    expect(estimateWaiting(line({ durations: NO_DURATIONS }))).toBeNull();
  });

  it("comes before the run: the end is later than the start by about a run", () => {
    const { startsInMs, remainingMs, basedOn, slowerThanUsual } = estimateWaiting(line({ ahead: 4 }))!;
    expect(remainingMs!.low).toBeGreaterThan(startsInMs!.low + 5_000);
    expect(remainingMs!.high).toBeLessThan(startsInMs!.high + 13_000);
    expect({ basedOn, slowerThanUsual }).toEqual({ basedOn: 40, slowerThanUsual: false });
  });

  it("is an ordered range from 0, whatever the line", () => {
    const parts = fc.record({
      dueInMs: fc.nat(1e7),
      ahead: fc.nat(1_000),
      slots: fc.nat(50),
      free: fc.nat(50),
    });
    fc.assert(
      fc.property(parts, (given) => {
        const told = estimateWaiting(line(given));
        for (const range of [told?.startsInMs, told?.remainingMs]) {
          if (range === undefined) continue;
          expect(range.low).toBeGreaterThanOrEqual(given.dueInMs);
          expect(range.high).toBeGreaterThanOrEqual(range.low);
        }
      }),
    );
  });
});

it("a stage typically takes its median, once there is evidence", () => {
  expect(typicalMs(staged, "b", 3)).toBeGreaterThan(9_000);
  expect(typicalMs(staged, "b", 3)).toBeLessThan(11_000);
  expect(typicalMs(staged, "unknown", 3)).toBeNull();
});
