/** Finds the step in which a column of dates goes on: hourly, daily, monthly, yearly; and how many steps it leaves out. */
import type { Precision } from "./read-date.js";

export type Step = "hour" | "day" | "month" | "year";

/** From the coarsest, so that firsts of a month are months and not days with gaps. */
const STEPS: readonly { readonly step: Step; readonly index: (at: Date) => number }[] = [
  { step: "year", index: (at) => at.getUTCFullYear() },
  { step: "month", index: (at) => at.getUTCFullYear() * 12 + at.getUTCMonth() },
  { step: "day", index: (at) => Math.floor(at.getTime() / 86_400_000) },
  { step: "hour", index: (at) => Math.floor(at.getTime() / 3_600_000) },
];
/** Of all steps, so many must lead right to the next; else there is no rhythm to speak of. */
const RHYTHM = 0.8;

/**
 * @param distinct  ascending, without repeats, in milliseconds
 * @returns `gaps`: steps between the first and the last date that have none; null without a rhythm
 */
export function stepOf(distinct: readonly number[], precision: Precision): { step: Step | null; gaps: number | null } {
  if (distinct.length < 3) return { step: null, gaps: null };
  for (const { step, index } of STEPS) {
    if ((step === "month" && precision === "year") || (step === "hour" && precision !== "time")) continue;
    const places = distinct.map((at) => index(new Date(at)));
    const forward = places.slice(1).map((place, i) => place - (places[i] ?? place));
    if (forward.some((by) => by < 1)) continue;
    if (forward.filter((by) => by === 1).length < forward.length * RHYTHM) continue;
    return { step, gaps: forward.reduce((sum, by) => sum + by - 1, 0) };
  }
  return { step: null, gaps: null };
}
