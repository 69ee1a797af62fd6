/**
 * Looks for the two columns of numbers that move together the most. Constants cannot, and near-identities (a price and
 * the same price adjusted) are no news: they are told apart as twins.
 */
import { sampleCorrelation } from "simple-statistics";
import type { DateColumn, NumberColumn } from "../columns/column-types.js";
import type { Discovery, Twins } from "./discovery.js";
import { named } from "./measurements.js";

/** Pearson's r from which two columns are said to move together, at least. */
const STRONG = 0.5;
/** From here on they carry the same figures. */
const SAME = 0.999;
/** Columns that follow the date this closely may be tied by nothing else. */
const FOLLOWS_TIME = 0.8;
/** Larger tables are sampled to so many rows. */
export const SAMPLE_ROWS = 20_000;
/** More columns than this are not paired; the first ones are. */
const MOST_COLUMNS = 40;
const CHART_POINTS = 400;

export interface Correlation {
  readonly strongest: Extract<Discovery, { kind: "together" }> | null;
  readonly twins: readonly Twins[];
}

export function correlate(columns: readonly NumberColumn[], date: DateColumn | null): Correlation {
  const paired = columns.slice(0, MOST_COLUMNS);
  const all = paired[0]?.values.length ?? 0;
  const rows = sampleOfRows(all);
  let strongest: { a: NumberColumn; b: NumberColumn; r: number; pairs: [number, number][] } | null = null;
  const twins: Twins[] = [];
  for (const [i, a] of paired.entries()) {
    for (const b of paired.slice(i + 1)) {
      const pairs = pairsOf(a.values, b.values, rows);
      const r = correlation(pairs);
      // Few rows move together by chance: 3.5 standard errors are asked for.
      if (r === null || Math.abs(r) < Math.max(STRONG, 3.5 / Math.sqrt(pairs.length))) continue;
      if (Math.abs(r) >= SAME) twins.push({ a: a.name, b: b.name });
      else if (!strongest || Math.abs(r) > Math.abs(strongest.r)) strongest = { a, b, r, pairs };
    }
  }
  if (!strongest) return { strongest: null, twins };
  const { a, b, r, pairs } = strongest;
  const followsTime = (column: NumberColumn): boolean =>
    date !== null && Math.abs(correlation(pairsOf(date.values, column.values, rows)) ?? 0) >= FOLLOWS_TIME;
  return {
    strongest: {
      kind: "together",
      a: named(a),
      b: named(b),
      r,
      rows: pairs.length,
      sampled: rows.length < all,
      withTime: followsTime(a) && followsTime(b),
      points: pairs.filter((_, n) => n % Math.ceil(pairs.length / CHART_POINTS) === 0),
    },
    twins,
  };
}

/**
 * All rows, or one of each stretch of the table. Which one is drawn by a fixed rule that has no rhythm: every seventh row
 * of daily figures would be all Mondays, and a random draw would tell another story each time.
 */
export function sampleOfRows(rows: number, most: number = SAMPLE_ROWS): number[] {
  const stretch = Math.ceil(rows / most);
  if (stretch <= 1) return Array.from({ length: rows }, (_, row) => row);
  return Array.from(
    { length: Math.floor(rows / stretch) },
    (_, n) => n * stretch + ((Math.imul(n + 1, 2_654_435_761) >>> 8) % stretch),
  );
}

function pairsOf(a: Float64Array, b: Float64Array, rows: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (const row of rows) {
    const x = a[row] ?? Number.NaN;
    const y = b[row] ?? Number.NaN;
    if (!Number.isNaN(x) && !Number.isNaN(y)) pairs.push([x, y]);
  }
  return pairs;
}

/** Null when there are too few pairs, or one side does not vary. */
function correlation(pairs: readonly (readonly [number, number])[]): number | null {
  if (pairs.length < 12) return null;
  const r = sampleCorrelation(
    pairs.map(([x]) => x),
    pairs.map(([, y]) => y),
  );
  return Number.isFinite(r) ? Math.max(-1, Math.min(1, r)) : null;
}
