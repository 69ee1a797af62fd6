/**
 * How long still, in words that stay calm: rounded up, so that early is the surprise, and changed from one rounded step to
 * the next only. Pure: the same figures and the same moments say the same.
 */
import type { WireStatus } from "../../core/wire.js";
import type { MessageKey } from "../messages.js";
import type { Words } from "../words.js";
import { dayOf, daysFrom, hourOf, timeOfDay } from "./dates.js";

/** Ends of an 80 % range, in milliseconds. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

type Unit = "few" | "second" | "minute" | "hour" | "later";
/** A rounded duration. `ms` orders steps. */
interface Step {
  readonly unit: Unit;
  readonly n: number;
  readonly ms: number;
}
export type TimeLeft =
  | { readonly kind: "soon" }
  | { readonly kind: "one"; readonly high: Step }
  | { readonly kind: "range"; readonly low: Step; readonly high: Step };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Fewer finished runs are no evidence. */
const LEAST_SAMPLES = 5;
/** A wider range says nothing a person could use. */
const WIDEST = 6;
/** Up to here the two ends are as good as one figure. */
const NARROW = 1.6;
const CHANGE_MS = 5_000;
const RISE_MS = 3_000;
const SOON_MS = 5_000;

/** The span worth showing, or null while there is too little evidence or too little sense in it. */
export function usefulSpan(span: Span | undefined, basedOn: number): Span | null {
  if (span === undefined || basedOn < LEAST_SAMPLES || span.high <= 0) return null;
  return span.high > WIDEST * Math.max(span.low, 0) ? null : span;
}

/** Rounds up to a step a person counts in. */
export function stepOf(ms: number): Step {
  if (ms < 5 * SECOND) return { unit: "few", n: 5, ms: 5 * SECOND };
  if (ms <= 55 * SECOND) return step("second", Math.ceil(ms / (5 * SECOND)) * 5, SECOND);
  if (ms < 90 * SECOND) return step("minute", 1, MINUTE);
  if (ms <= 10 * MINUTE) return step("minute", Math.ceil(ms / MINUTE), MINUTE);
  if (ms <= 55 * MINUTE) return step("minute", Math.ceil(ms / (5 * MINUTE)) * 5, MINUTE);
  if (ms <= 6 * HOUR) return step("hour", Math.ceil((ms / HOUR) * 2) / 2, HOUR);
  // A clock time is said of it, so the exact figure stays.
  return { unit: "later", n: ms, ms: Math.ceil(ms / (HOUR / 2)) * (HOUR / 2) };
}
function step(unit: Unit, n: number, of: number): Step {
  return { unit, n, ms: n * of };
}

/** What to show `aged` ms after `span` was true. */
export function timeLeft(span: Span, aged: number): TimeLeft {
  const high = span.high - aged;
  if (high <= 0) return { kind: "soon" };
  const low = Math.max(0, span.low - aged);
  const ends = { low: stepOf(low), high: stepOf(high) };
  // The form follows the range as it was stated: it does not flip while it counts down.
  const single = span.high <= NARROW * span.low || ends.low.ms === ends.high.ms || ends.high.unit === "later";
  return single ? { kind: "one", high: ends.high } : { kind: "range", ...ends };
}

/** What stands on the screen, and since when. */
export interface Shown {
  readonly left: TimeLeft | null;
  readonly changedAt: number;
  /** Since when a higher value asks to be shown. */
  readonly risingSince: number | null;
  /** Since when the whole range is over. */
  readonly overSince: number | null;
}

export const NOTHING_SHOWN: Shown = { left: null, changedAt: 0, risingSince: null, overSince: null };

/** What there is to count down: before the start, or to the end. */
export function spanOf(status: WireStatus | null): Span | null {
  const estimate = status?.estimate;
  if (status === null || estimate === null || estimate === undefined) return null;
  if (status.status === "processing") return usefulSpan(estimate.remainingMs, estimate.basedOn);
  return status.status === "pending" ? usefulSpan(estimate.startsInMs, estimate.basedOn) : null;
}

/** The next thing to show: falls at once (every 5 s at most), rises only when it stays higher for 3 s. */
export function nextShown(shown: Shown, span: Span | null, aged: number, now: number): Shown {
  if (span === null) return shown.left === null ? shown : NOTHING_SHOWN;
  const wanted = timeLeft(span, aged);
  if (wanted.kind === "soon") {
    const overSince = shown.overSince ?? now;
    const left = now - overSince < SOON_MS ? wanted : null;
    return { left, changedAt: now, risingSince: null, overSince };
  }
  const { left } = shown;
  const fresh: Shown = { left: wanted, changedAt: now, risingSince: null, overSince: null };
  if (left === null || left.kind === "soon") return fresh;
  if (sameWords(left, wanted)) return { ...shown, left: wanted, risingSince: null, overSince: null };
  const risen = wanted.high.ms > left.high.ms;
  const risingSince = risen ? (shown.risingSince ?? now) : null;
  const due = now - shown.changedAt >= CHANGE_MS && (risingSince === null || now - risingSince >= RISE_MS);
  return due ? fresh : { ...shown, risingSince, overSince: null };
}

function sameWords(a: TimeLeft, b: TimeLeft): boolean {
  if (a.kind === "soon" || b.kind === "soon") return a.kind === b.kind;
  return a.kind === b.kind && a.high.ms === b.high.ms && (a.kind === "one" || a.low.ms === (b as typeof a).low.ms);
}

/** The words of `left`: "About 20 seconds left", or "Starts in …" before the start. */
export function sayTimeLeft(words: Words, left: TimeLeft, of: "left" | "start", now: number | null): string | null {
  const say = (name: string, values = {}): string => words.say(`${of}.${name}` as MessageKey, values);
  if (left.kind === "soon") return say("soon");
  const { high } = left;
  if (high.unit === "later") return now === null ? null : sayClock(words, now + high.n, now, say);
  if (left.kind === "range") return say("range", { time: sayRange(words, left.low, high) });
  if (high.unit === "few") return say("few");
  return high.unit === "minute" && high.n === 1 ? say("minute") : say("about", { time: sayStep(words, high) });
}

/** "30 to 50 seconds", of any two durations. */
export function sayDurations(words: Words, { low, high }: Span): string {
  const ends = [stepOf(low), stepOf(high)] as const;
  return ends[0].ms === ends[1].ms ? sayStep(words, ends[1]) : sayRange(words, ...ends);
}

function sayRange(words: Words, low: Step, high: Step): string {
  const sameUnit = unitOf(low) === unitOf(high);
  const first = sameUnit && Number.isInteger(low.n) ? words.number(low.n) : sayStep(words, low);
  return words.say("range", { low: first, high: sayStep(words, high) });
}
function sayStep(words: Words, step: Step): string {
  return step.unit === "later" ? words.short(step.ms) : words.unit(step.n, unitOf(step));
}
function unitOf({ unit }: Step): "second" | "minute" | "hour" {
  return unit === "few" ? "second" : unit === "later" ? "hour" : unit;
}

function sayClock(words: Words, at: number, now: number, say: (name: string, values?: object) => string): string {
  const half = Math.ceil(at / (HOUR / 2)) * (HOUR / 2);
  const days = daysFrom(words, now, half);
  if (days === 0) return say("clock", { time: timeOfDay(words, half) });
  if (days > 1) return say("date", { date: dayOf(words, half) });
  const hour = hourOf(words, half);
  return say(hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening");
}
