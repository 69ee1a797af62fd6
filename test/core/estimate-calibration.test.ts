/**
 * Whether "80 %" is true: runs drawn from many distributions are learned, others are then watched while they run, and the
 * share of them that ended inside the range they were told is counted. Moments of watching are chosen without knowledge
 * of the end, as a user's look is.
 */
import { describe, expect, it } from "vitest";
import { type Durations, durationsOf } from "../../src/core/durations.js";
import { estimateRunning, type RunningFacts } from "../../src/core/estimate.js";
import { bucketOf } from "../../src/core/histogram.js";
import type { DurationCount, DurationMeasure } from "../../src/core/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";

const [LEAST, MOST] = [0.7, 0.9];

class Chance {
  readonly #clock: FakeClock;
  constructor(seed: number) {
    this.#clock = new FakeClock(0, seed);
  }
  unit(): number {
    return this.#clock.random();
  }
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
  around(median: number, spread: number): number {
    return median * Math.exp(spread * this.normal());
  }
}

/** One recorded run: its stages in order, and what share of a stage was done when. */
interface Trace {
  readonly stages: readonly number[];
  /** The share done after a share of the stage's time has passed. */
  readonly done: (passed: number) => number;
}
type Draw = (chance: Chance) => Trace;
const evenly = (passed: number): number => passed;
const alone =
  (draw: (chance: Chance) => number): Draw =>
  (chance) => ({ stages: [draw(chance)], done: evenly });

const WHOLE: Readonly<Record<string, Draw>> = {
  "log-normal": alone((chance) => chance.around(10_000, 0.6)),
  "log-normal, wide": alone((chance) => chance.around(10_000, 1.3)),
  exponential: alone((chance) => -10_000 * Math.log(1 - chance.unit())),
  uniform: alone((chance) => 5_000 + 10_000 * chance.unit()),
  "two kinds of input": alone((chance) =>
    chance.unit() < 0.7 ? chance.around(2_000, 0.2) : chance.around(30_000, 0.2),
  ),
  "heavy tail": alone((chance) => 1_000 / (1 - chance.unit()) ** (1 / 1.5)),
};
const STAGED: Readonly<Record<string, Draw>> = {
  "independent stages": (chance) => ({
    stages: [chance.around(1_000, 0.4), chance.around(10_000, 0.5), chance.around(4_000, 0.3), chance.around(500, 0.8)],
    done: evenly,
  }),
  "stages slow together": (chance) => {
    const slow = chance.around(1, 0.6);
    return { stages: [2_000, 6_000, 6_000].map((ms) => slow * chance.around(ms, 0.2)), done: evenly };
  },
  "a stage that is mostly short": (chance) => ({
    stages: [chance.around(1_000, 0.2), -5_000 * Math.log(1 - chance.unit()), chance.around(3_000, 0.3)],
    done: evenly,
  }),
};

function learn(traces: readonly Trace[]): Durations {
  const counts: DurationCount[] = [];
  const note = (measure: DurationMeasure, stage: string | null, ms: number): void =>
    void counts.push({ measure, stage, size: 5, bucket: bucketOf(ms), count: 1, ageDays: 0 });
  for (const { stages } of traces) {
    const whole = stages.reduce((sum, ms) => sum + ms, 0);
    note("run", null, whole);
    let before = 0;
    for (const [i, ms] of stages.entries()) {
      note("stage", `s${i}`, ms);
      note("rest", `s${i}`, whole - before);
      before += ms;
    }
  }
  return durationsOf({ kind: "kind", counts });
}

/** What the job's status shows `at` ms after its start; null when it has ended. */
function lookAt({ stages, done }: Trace, at: number, tellsShare: boolean): Omit<RunningFacts, "durations"> | null {
  const plan = stages.length === 1 ? [] : stages.map((_, i) => ({ name: `s${i}`, weight: 1 }));
  let before = 0;
  for (const [i, ms] of stages.entries()) {
    if (at < before + ms) {
      const share = tellsShare ? done((at - before) / ms) : null;
      return {
        size: 5,
        elapsedMs: at,
        targetMs: null,
        stages: plan,
        stage: plan.length === 0 ? null : `s${i}`,
        stageElapsedMs: plan.length === 0 ? null : at - before,
        done: share === null ? null : Math.floor(share * 1_000),
        total: share === null ? null : 1_000,
      };
    }
    before += ms;
  }
  return null;
}

interface Calibration {
  /** The share of looks whose range held the real end. */
  readonly inside: number;
  /** The share of looks that were told a range at all. */
  readonly told: number;
  /** The mean width of a range, as a logarithm. */
  readonly width: number;
}

function calibration(draw: Draw, trained: number, seed: number, tellsShare = false): Calibration {
  const chance = new Chance(seed);
  let [inside, told, looks, widths] = [0, 0, 0, 0];
  for (let round = 0; round < Math.max(4, 600 / trained); round++) {
    const durations = learn(Array.from({ length: trained }, () => draw(chance)));
    for (let i = 0; i < 50; i++) {
      const trace = draw(chance);
      const whole = trace.stages.reduce((sum, ms) => sum + ms, 0);
      for (const latest of [0, 6_000, 18_000]) {
        const at = latest * chance.unit();
        const facts = lookAt(trace, at, tellsShare);
        if (facts === null) continue;
        looks++;
        const range = estimateRunning({ ...facts, durations })?.remainingMs;
        if (range === undefined) continue;
        told++;
        widths += Math.log((range.high + 1) / (range.low + 1));
        if (whole - at >= range.low && whole - at <= range.high) inside++;
      }
    }
  }
  return { inside: inside / told, told: told / looks, width: widths / told };
}

describe.each([12, 40, 300])("after %i runs the 80 %% range holds the real end, 7 to 9 times of 10", (trained) => {
  it.each(Object.entries({ ...WHOLE, ...STAGED }))("%s", (_name, draw) => {
    const { inside, told } = calibration(draw, trained, trained);
    expect(inside).toBeGreaterThanOrEqual(LEAST);
    expect(inside).toBeLessThanOrEqual(MOST);
    expect(told).toBeGreaterThan(0.85);
  });
});

it.each(Object.entries({ ...WHOLE, ...STAGED }))(
  "a share that is told makes the range narrower, not false: %s",
  (_name, draw) => {
    // A rate that wavers: at first it looks up to half too fast or too slow.
    const wavering: Draw = (chance) => {
      const bend = chance.around(1, 0.25);
      return { ...draw(chance), done: (passed) => passed ** bend };
    };
    const { inside, width } = calibration(wavering, 60, 7, true);
    const without = calibration(wavering, 60, 7);
    expect(inside).toBeGreaterThanOrEqual(LEAST);
    expect(width).toBeLessThan(without.width);
  },
);
