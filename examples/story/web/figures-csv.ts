/** A story's figures as a CSV file, safe to open in a spreadsheet: what looks like a formula is text. */
import type { ColumnFacts, Story } from "../story.js";

const HEAD = [
  "column",
  "type",
  "empty",
  "different",
  "min",
  "lower_quarter",
  "median",
  "upper_quarter",
  "max",
  "mean",
  "spread",
  "first",
  "last",
  "most_frequent",
] as const;

export function figuresCsv({ columns }: Pick<Story, "columns">): string {
  return [HEAD, ...columns.map(rowOf)].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

function rowOf(column: ColumnFacts): (string | number | null)[] {
  const given: Record<string, unknown> = {
    ...column,
    column: column.name,
    empty: column.missing,
    different: "distinct" in column ? column.distinct : null,
    lower_quarter: "lowerQuarter" in column ? column.lowerQuarter : null,
    upper_quarter: "upperQuarter" in column ? column.upperQuarter : null,
    most_frequent: "top" in column ? column.top.map(({ value, count }) => `${value} (${count})`).join("; ") : null,
  };
  return HEAD.map((name) => {
    const value = given[name];
    return typeof value === "string" || typeof value === "number" ? value : null;
  });
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
