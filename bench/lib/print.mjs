/** The results as a table for the terminal. */
import { median } from "./measure.mjs";
import { rowOf } from "./results.mjs";

export function tableOf(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const key = [entry.row, entry.figure, entry.store].join("\0");
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const lines = [["row", "figure", "store", "median", "unit", "limit", "share"]];
  for (const group of groups.values()) {
    const { row, figure, store } = group[0];
    const limits = group.filter(({ limit }) => limit !== undefined);
    const { unit, better } = rowOf(row).figures[figure];
    const share = median(limits.map(({ value, limit }) => (better === "more" ? value / limit : limit / value)));
    lines.push([
      row,
      figure,
      store,
      figureText(median(group.map(({ value }) => value))),
      unit,
      limits.length === 0 ? "" : figureText(median(limits.map(({ limit }) => limit))),
      share === null ? "" : share.toFixed(2),
    ]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** As many digits as a reader can use. */
export function figureText(value) {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
