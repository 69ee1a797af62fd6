/** Looks for columns that rise or fall over the years, by the mean of each year. */
import { mean, sampleRankCorrelation } from "simple-statistics";
import type { DateColumn, NumberColumn } from "../columns/column-types.js";
import type { Discovery } from "./discovery.js";
import { named } from "./measurements.js";

const FEWEST_YEARS = 4;
/** From so many years on, a trend may have exceptions; below, every year must go the same way. */
export const FEW_YEARS = 10;
/** Rank correlation between the years and their means. */
const CLEAR = 0.8;
/** A year counts as whole with so many of the values of the fullest one. Leap years pass, a share that joins the index does not. */
const ALIKE = 0.95;

export function findTrend(date: DateColumn, columns: readonly NumberColumn[]): Discovery | null {
  let best: { clear: number; discovery: Discovery } | null = null;
  for (const column of columns) {
    const years = comparableYears(date, column);
    if (years.length < FEWEST_YEARS) continue;
    const up = years.slice(1).filter(({ mean: now }, i) => now > (years[i]?.mean ?? now)).length;
    const down = years.slice(1).filter(({ mean: now }, i) => now < (years[i]?.mean ?? now)).length;
    const steady = up === years.length - 1 || down === years.length - 1;
    const clear = Math.abs(
      sampleRankCorrelation(
        years.map(({ year }) => year),
        years.map((year) => year.mean),
      ),
    );
    if (!(steady || (years.length >= FEW_YEARS && clear >= CLEAR))) continue;
    if (best && best.clear >= clear) continue;
    best = { clear, discovery: { kind: "trend", column: named(column), date: date.name, years, steady } };
  }
  return best?.discovery ?? null;
}

/**
 * The mean of each year, as far as the years can be compared. Where each date comes once, years with too few values are
 * left out. Where dates repeat (one row for each of several shares), a year with fewer values counts other things than
 * the one before, and its mean says nothing: then only a cut first or last year may be missing.
 */
function comparableYears(date: DateColumn, column: NumberColumn): { year: number; mean: number }[] {
  const years = new Map<number, number[]>();
  const dates = new Set<number>();
  let repeats = false;
  for (const [row, value] of column.values.entries()) {
    const at = date.values[row] ?? Number.NaN;
    if (Number.isNaN(value) || Number.isNaN(at)) continue;
    repeats ||= dates.has(at);
    dates.add(at);
    const year = new Date(at).getUTCFullYear();
    const values = years.get(year);
    if (values) values.push(value);
    else years.set(year, [value]);
  }
  const ordered = [...years].sort(([a], [b]) => a - b);
  const most = ordered.reduce((max, [, values]) => Math.max(max, values.length), 0);
  const alike = ordered.filter(([, values]) => values.length >= most * ALIKE);
  const between = (alike.at(-1)?.[0] ?? 0) - (alike[0]?.[0] ?? 0) + 1;
  const cutAtTheEnds = ordered.length - alike.length <= 2 && alike.length === between;
  if (repeats && !cutAtTheEnds) return [];
  return alike.map(([year, values]) => ({ year, mean: mean(values) }));
}
