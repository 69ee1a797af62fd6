/** Looks for sums that a few rows carry: one day in ten that brings most of the rain. */
import type { NumberColumn } from "../columns/column-types.js";
import { present } from "../columns/describe.js";
import type { Discovery } from "./discovery.js";
import { named } from "./measurements.js";

const FEWEST_ROWS = 50;
/** What the top tenth must carry. */
const ENOUGH = 0.5;
const CURVE_POINTS = 50;

/** Only where adding up makes sense: nothing below zero, no percentages. */
export function findConcentration(columns: readonly NumberColumn[]): Discovery | null {
  let best: Extract<Discovery, { kind: "concentration" }> | null = null;
  for (const column of columns) {
    const values = Array.from(Float64Array.from(present(column)).sort()).toReversed();
    if (values.length < FEWEST_ROWS || (values.at(-1) ?? 0) < 0 || column.unit === "%") continue;
    const cumulated: number[] = [];
    let sum = 0;
    for (const value of values) cumulated.push((sum += value));
    if (!(sum > 0) || !Number.isFinite(sum)) continue;
    const upTo = (rows: number): number => (rows < 1 ? 0 : (cumulated[rows - 1] ?? sum) / sum);
    const share = upTo(Math.round(values.length / 10));
    if (share < ENOUGH || (best && best.share >= share)) continue;
    const curve = Array.from({ length: CURVE_POINTS + 1 }, (_, i): [number, number] => {
      const rows = Math.round((values.length * i) / CURVE_POINTS);
      return [rows / values.length, upTo(rows)];
    });
    best = {
      kind: "concentration",
      column: named(column),
      share,
      rows: values.length,
      zeros: values.filter((value) => value === 0).length,
      curve,
    };
  }
  return best;
}
