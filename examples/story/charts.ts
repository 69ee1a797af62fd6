/** Makes charts, as data, of columns and discoveries. Every chart is bounded: a story stays small for any table. */
import type { NumberColumn, TypedColumn } from "./columns/column-types.js";
import { present, shortened } from "./columns/describe.js";
import type { Discovery } from "./discover/discovery.js";
import type { Chart } from "./story.js";
import { figureOf, MONTHS } from "./words.js";

const BINS = 24;
const BARS = 12;

/** A small picture of what a column holds; null where there is nothing to draw. */
export function chartOfColumn(column: TypedColumn): Chart | null {
  switch (column.type) {
    case "number":
      return histogram(column);
    case "category":
    case "boolean": {
      const top = column.counts.slice(0, BARS);
      return bars(
        `Rows by ${column.name}`,
        top.map(([value, count]) => [shortened(value, 40), count]),
      );
    }
    default:
      return null;
  }
}

export function chartOf(discovery: Discovery): Chart | null {
  switch (discovery.kind) {
    case "trend":
      return points(
        `Mean of ${discovery.column.name} by year`,
        "year",
        discovery.column.name,
        discovery.years.map(({ year, mean }) => [year, mean]),
        true,
      );
    case "season":
      return bars(
        `${discovery.column.name} by month, against the level of the year`,
        discovery.againstLevel.map((mean, month) => [MONTHS[month] ?? "", mean]),
      );
    case "groups":
      return bars(
        `Mean of ${discovery.column.name} by ${discovery.by}`,
        discovery.groups.slice(0, BARS).map(({ name, mean }) => [name, mean]),
      );
    case "concentration":
      return points(
        `Share of all ${discovery.column.name}, largest rows first`,
        "share of rows",
        "share of the sum",
        discovery.curve,
        true,
      );
    case "together":
      return points(
        `${discovery.a.name} and ${discovery.b.name}`,
        discovery.a.name,
        discovery.b.name,
        discovery.points,
        false,
      );
    case "balance":
      return bars(
        `Rows by ${discovery.column}`,
        discovery.top.map(({ value, count }) => [value, count]),
      );
  }
}

/** Equal bins from the least to the largest value; the last one holds its upper edge too. */
export function histogram(column: NumberColumn): Chart | null {
  const values = present(column);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const width = (high - low) / BINS;
  if (!(width > 0) || !Number.isFinite(width)) return null;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const edge = (bin: number): string =>
    figureOf({ unit: column.unit, decimals: Math.max(column.decimals, 1) }, low + bin * width);
  return bars(
    `Rows by ${column.name}`,
    counts.map((count, bin) => [`${edge(bin)} to ${edge(bin + 1)}`, count]),
  );
}

function bars(title: string, of: readonly (readonly [label: string, value: number])[]): Chart {
  return { type: "bars", title, labels: of.map(([label]) => label), values: of.map(([, value]) => value) };
}

function points(
  title: string,
  x: string,
  y: string,
  of: readonly (readonly [number, number])[],
  joined: boolean,
): Chart {
  return { type: "points", title, x, y, joined, points: of };
}
