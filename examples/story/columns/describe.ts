/** The figures of one column, as plain data: what a person asks first of a column of numbers, dates or words. */
import { mean, quantileSorted, standardDeviation } from "simple-statistics";
import type { ColumnFacts } from "../story.js";
import type { DateColumn, NumberColumn, TypedColumn, WordColumn } from "./column-types.js";
import { stepOf } from "./step.js";

/** Most frequent values told of a column of words. */
const TOP = 5;
const LONGEST_VALUE = 60;

export function describeColumn(column: TypedColumn): ColumnFacts {
  const { name, missing } = column;
  switch (column.type) {
    case "number":
      return { name, missing, chart: null, ...numbers(column) };
    case "date":
      return { name, missing, chart: null, ...dates(column) };
    case "empty":
      return { name, missing, chart: null, type: "empty" };
    default:
      return { name, missing, chart: null, ...words(column) };
  }
}

/** The filled values of a column, in the file's order. */
export function present(column: NumberColumn | DateColumn): number[] {
  return Array.from(column.values).filter((value) => !Number.isNaN(value));
}

function numbers(column: NumberColumn) {
  const sorted = present(column);
  // Typed arrays sort by value and without a comparison function: far faster for a million rows.
  const ordered = Array.from(Float64Array.from(sorted).sort());
  const at = (share: number): number => quantileSorted(ordered, share);
  return {
    type: "number" as const,
    unit: column.unit,
    decimals: column.decimals,
    unreadable: column.unreadable,
    distinct: count(ordered, (value, i) => i === 0 || value !== ordered[i - 1]),
    zeros: count(ordered, (value) => value === 0),
    min: at(0),
    lowerQuarter: at(0.25),
    median: at(0.5),
    upperQuarter: at(0.75),
    max: at(1),
    // The mean of numbers near the largest there are overflows; no figure is better than a wrong one.
    mean: finite(mean(ordered)),
    spread: finite(standardDeviation(ordered)),
  };
}

function count(values: readonly number[], fits: (value: number, i: number) => boolean): number {
  return values.reduce((n, value, i) => (fits(value, i) ? n + 1 : n), 0);
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function dates(column: DateColumn) {
  const ordered = Array.from(Float64Array.from(present(column)).sort());
  const iso = (at: number | undefined): string => new Date(at ?? 0).toISOString();
  const distinct = ordered.filter((at, i) => at !== ordered[i - 1]);
  const { step, gaps } = stepOf(distinct, column.precision);
  return {
    type: "date" as const,
    precision: column.precision,
    unreadable: column.unreadable,
    distinct: distinct.length,
    first: iso(ordered[0]),
    last: iso(ordered.at(-1)),
    step,
    gaps,
  };
}

function words(column: WordColumn) {
  return {
    type: column.type,
    distinct: column.distinct,
    top: column.counts.slice(0, TOP).map(([value, count]) => ({ value: shortened(value), count })),
  };
}

/** Cut on a character, never inside one, and with a mark. */
export function shortened(value: string, longest: number = LONGEST_VALUE): string {
  const flat = value.replace(/\s+/g, " ");
  if (flat.length <= longest) return flat;
  const points = [...flat];
  return points.length <= longest ? flat : `${points.slice(0, longest - 1).join("")}…`;
}
