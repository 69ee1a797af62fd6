/**
 * How long a job will still take: a range or nothing. Pure. The ends are the 10th and the 90th percentile of the time that
 * is left *given that it has taken so long already*, so the real end falls inside about eight times out of ten.
 *
 * What it rests on, the best that there is evidence for:
 *   – in a declared stage: what is left of this stage (learned, and drawn to the observed rate as its share done grows)
 *     and, beside it, everything that usually comes after;
 *   – else the whole run, with the observed rate when the job tells a share;
 *   – before the start: the place in line, recent run times and the workers at work, then the whole run.
 * Once nearly nothing ever took so long, there is no range any more, only `slowerThanUsual`.
 *
 * Left to whoever shows it: not to show a range that is too wide to help, say with `high` above six times `low`.
 */
import { type Durations } from "./durations.js";
import { beyond, type Histogram, likely, quantile } from "./histogram.js";
import type { StageFacts } from "./store.js";

/** Ends of an 80 % range, in milliseconds. */
export interface Range {
  readonly low: number;
  readonly high: number;
}
/** Learned from real durations of the same kind; null in a status while there is no evidence. */
export interface Estimate {
  /** Until work begins; only while it waits, and not while nothing can start it. */
  readonly startsInMs?: Range;
  /** Until it has ended; while it waits, the time in line included. */
  readonly remainingMs?: Range;
  /** What a whole run usually takes; only while it runs. */
  readonly typicalMs?: Range;
  /** Finished runs it rests on. */
  readonly basedOn: number;
  /** Past its target, or past what 95 % of all runs took. */
  readonly slowerThanUsual: boolean;
}

interface Known {
  readonly durations: Durations;
  /** As `sizeOf` made it; null when not known. */
  readonly size: number | null;
}
export interface RunningFacts extends Known {
  readonly elapsedMs: number;
  readonly targetMs: number | null;
  readonly stages: readonly StageFacts[];
  readonly stage: string | null;
  /** Null when not known: then the stage says nothing. */
  readonly stageElapsedMs: number | null;
  /** Of the current stage, or of the whole when there are none. */
  readonly done: number | null;
  readonly total: number | null;
}
export interface WaitingLine extends Known {
  /** Until it may be claimed at all. */
  readonly dueInMs: number;
  /** Jobs that go first. */
  readonly ahead: number;
  /** Handlers that live workers may run at once for this job; 0 = nothing can start it now. */
  readonly slots: number;
  /** Of them, those that run nothing. */
  readonly free: number;
}

/** Equally likely durations that stand for a distribution. */
const POINTS = 16;
/** Survivors it takes to say how long the others will go on. */
const ENOUGH_SURVIVORS = 3;
/** A free worker takes a job within this. */
const PICK_UP_MS = 1_000;
/** z of the 90th percentile. */
const Z90 = 1.2816;
/** What a share done says of the rest, alone: its error, as a logarithm, with nothing and with all done. */
const RATE_ERROR = [0.6, 0.1] as const;
/** A share below this says nothing. */
const LEAST_SHARE = 0.02;

export function estimateRunning(facts: RunningFacts): Estimate | null {
  const { durations, size, elapsedMs, targetMs } = facts;
  const run = durations.of("run", null, size);
  const overTarget = targetMs !== null && elapsedMs > targetMs;
  if (run === null) return overTarget ? { basedOn: 0, slowerThanUsual: true } : null;
  const left = leftByStage(facts) ?? leftByRun(facts, run);
  return {
    ...(left === null ? {} : { remainingMs: rangeOf(left) }),
    typicalMs: { low: Math.round(quantile(run, 0.1)), high: Math.round(quantile(run, 0.9)) },
    basedOn: run.samples,
    slowerThanUsual: overTarget || elapsedMs > quantile(run, 0.95),
  };
}

/** @returns null also when nobody can say when it starts: no live worker, a paused queue, no free slot of its key */
export function estimateWaiting(line: WaitingLine): Estimate | null {
  const run = line.durations.of("run", null, line.size);
  if (run === null || line.slots <= 0) return null;
  const startsInMs = startRange(line, run);
  const { low, high } = startsInMs;
  const starts = Array.from({ length: POINTS }, (_, i) => low + ((high - low) * (i + 0.5)) / POINTS);
  return {
    startsInMs,
    remainingMs: rangeOf(sums(starts, likely(run, POINTS))),
    basedOn: run.samples,
    slowerThanUsual: false,
  };
}

/** What a stage usually takes, in ms; null without evidence. */
export function typicalMs(durations: Durations, stage: string, size: number | null): number | null {
  const histogram = durations.of("stage", stage, size);
  return histogram === null ? null : Math.round(quantile(histogram, 0.5));
}

/** Those ahead leave one by one, as many at a time as there are slots. */
function startRange({ dueInMs, ahead, slots, free }: WaitingLine, run: Histogram): Range {
  const before = ahead + 1 - free;
  if (before <= 0) return { low: Math.round(dueInMs), high: Math.round(dueInMs + PICK_UP_MS) };
  const times = likely(run, POINTS);
  const mean = times.reduce((sum, ms) => sum + ms, 0) / POINTS;
  const variance = times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / POINTS;
  // Those that run now are half through, as far as we know.
  const expected = ((before - 0.5) * mean) / slots;
  const spread = Z90 * (Math.sqrt(before * variance) / slots + expected * 0.2);
  return {
    low: Math.round(dueInMs + Math.max(0, expected - spread)),
    high: Math.round(dueInMs + expected + spread + PICK_UP_MS),
  };
}

function leftByStage(facts: RunningFacts): ArrayLike<number> | null {
  const { durations, size, stages, stage, stageElapsedMs } = facts;
  const at = stages.findIndex(({ name }) => name === stage);
  if (at < 0 || stage === null || stageElapsedMs === null) return null;
  const own = durations.of("stage", stage, size);
  if (own === null) return null;
  const current = left(own, stageElapsedMs, shareOf(facts));
  if (current === null) return null;
  const later = stages.slice(at + 1);
  if (later.length === 0) return current;
  // Learned as one, so that stages which are slow together are so here.
  for (const { name } of later) {
    const rest = durations.of("rest", name, size);
    if (rest !== null) return sums(current, likely(rest, POINTS));
  }
  return null;
}

function leftByRun(facts: RunningFacts, run: Histogram): number[] | null {
  return left(run, facts.elapsedMs, facts.stages.length === 0 ? shareOf(facts) : null);
}

/** Equally likely times until the end of something that has run for `elapsedMs`; null when nothing can be said. */
function left(histogram: Histogram, elapsedMs: number, share: number | null): number[] | null {
  const survivors = beyond(histogram, elapsedMs);
  const learned = survivors.effective >= ENOUGH_SURVIVORS ? likely(survivors, POINTS) : null;
  if (share === null || share < LEAST_SHARE || !(elapsedMs > 0)) return learned;
  const byRate = rateLeft(elapsedMs, share);
  if (learned === null) return byRate;
  // The more is done, the more the rate is worth.
  return learned.map((ms, i) => Math.max(ms, 1) ** (1 - share) * Math.max(byRate[i]!, 1) ** share);
}

function rateLeft(elapsedMs: number, share: number): number[] {
  const [first, last] = RATE_ERROR;
  const error = first + (last - first) * share;
  const expected = (elapsedMs * (1 - share)) / share;
  return NORMAL.map((z) => expected * Math.exp(z * error));
}

/** The points of a normal distribution, equally likely. */
const NORMAL: readonly number[] = Array.from({ length: POINTS }, (_, i) => normalQuantile((i + 0.5) / POINTS));

/** A short approximation (Tukey's lambda), good to 1 % between the 1st and the 99th percentile. */
function normalQuantile(p: number): number {
  return (p ** 0.135 - (1 - p) ** 0.135) / 0.1975;
}

function shareOf({ done, total }: RunningFacts): number | null {
  if (done === null || total === null || !(done >= 0) || !(total > 0)) return null;
  return Math.min(1, done / total);
}

/** Every sum of the two: they are taken as independent. */
function sums(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const all = new Float64Array(a.length * b.length);
  for (let i = 0, next = 0; i < a.length; i++) for (let j = 0; j < b.length; j++) all[next++] = a[i]! + b[j]!;
  return all;
}

function rangeOf(points: ArrayLike<number>): Range {
  const sorted = Float64Array.from(points).sort();
  return { low: Math.round(at(sorted, 0.1)), high: Math.round(at(sorted, 0.9)) };
}

function at(sorted: ArrayLike<number>, p: number): number {
  const place = Math.min(sorted.length - 1, Math.max(0, p * sorted.length - 0.5));
  const below = Math.floor(place);
  const [a, b] = [sorted[below] ?? 0, sorted[below + 1] ?? sorted[below] ?? 0];
  return a + (b - a) * (place - below);
}
