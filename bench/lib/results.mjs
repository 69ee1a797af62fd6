/**
 * The file of results: one entry per figure and run, so that medians, spreads and ratios can be taken later. `limit` is what
 * the barest code reached in the same run, just before.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROWS } from "../rows/index.mjs";

/** @returns entries of one run, with four digits that mean something */
export function entriesOf({ run, row, store, figures, limits }) {
  return Object.keys(rowOf(row).figures)
    .filter((figure) => figures[figure] != null)
    .map((figure) => ({
      run,
      row,
      store,
      figure,
      value: rounded(figures[figure]),
      ...(limits[figure] == null ? {} : { limit: rounded(limits[figure]) }),
    }));
}

export const rowOf = (name) => ROWS.find((row) => row.name === name);

export function writeResults(file, results) {
  const { entries, ...rest } = results;
  // One line an entry: a difference between two files is then a difference between two figures.
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${head},\n  "entries": [\n${lines}\n  ]\n}\n`);
}

function rounded(value) {
  return Number(value.toPrecision(4));
}
