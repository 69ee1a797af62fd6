/** Which columns measure something. Numbers that only name or place a row (ids, coordinates) make no findings. */
import { standardDeviation } from "simple-statistics";
import type { DateColumn, NumberColumn, TypedColumn } from "../columns/column-types.js";
import { present } from "../columns/describe.js";
import type { Named } from "./discovery.js";

export const NAMES_A_ROW: RegExp =
  /(^|[^a-z])(id|key|code|zip|zipcode|zip_code|fips|index|nr|no|latitude|longitude|lat|lon|lng)([^a-z]|$)/i;
/** Fewer values than this say nothing. */
const FEWEST = 12;

/** Columns of numbers that vary and do not merely name their rows. */
export function measurements(columns: readonly TypedColumn[]): NumberColumn[] {
  return columns.filter((column): column is NumberColumn => {
    if (column.type !== "number" || NAMES_A_ROW.test(column.name)) return false;
    const values = present(column);
    if (values.length < FEWEST || isCounter(values)) return false;
    return values.some((value) => value !== values[0]) && Number.isFinite(standardDeviation(values));
  });
}

/** 1, 2, 3 …: the row's number under another name. */
function isCounter(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value === (values[i - 1] ?? 0) + 1);
}

/** The column that tells when: the first column of dates with three or more of them. */
export function timeAxis(columns: readonly TypedColumn[]): DateColumn | null {
  const dates = columns.filter((column): column is DateColumn => column.type === "date");
  return dates.find((column) => new Set(present(column)).size >= 3) ?? null;
}

export function named({ name, unit, decimals }: NumberColumn): Named {
  return { name, unit, decimals };
}

/**
 * How much of the variation of `values` lies between the groups, 0 … 1, corrected for the number of groups: pure chance
 * gives about 0.
 */
export function shareBetween(groups: readonly (readonly number[])[]): number {
  const filled = groups.filter((group) => group.length > 0);
  const all = filled.flat();
  if (all.length <= filled.length) return 0;
  const centre = all.reduce((sum, value) => sum + value, 0) / all.length;
  let within = 0;
  let whole = 0;
  for (const group of filled) {
    const mean = group.reduce((sum, value) => sum + value, 0) / group.length;
    for (const value of group) {
      within += (value - mean) ** 2;
      whole += (value - centre) ** 2;
    }
  }
  if (!(whole > 0) || !Number.isFinite(whole)) return 0;
  return Math.max(0, 1 - within / (all.length - filled.length) / (whole / (all.length - 1)));
}
