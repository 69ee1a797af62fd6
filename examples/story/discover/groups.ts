/** Looks for the column of numbers that differs most between the values of a category. */
import { mean } from "simple-statistics";
import type { NumberColumn, TypedColumn, WordColumn } from "../columns/column-types.js";
import { shortened } from "../columns/describe.js";
import type { Discovery, Group } from "./discovery.js";
import { NAMES_A_ROW, named, shareBetween } from "./measurements.js";

const MOST_GROUPS = 60;
/** A group with fewer rows has no mean to speak of. */
const FEWEST_ROWS = 5;
/** Share of the variation that lies between the groups. */
const ENOUGH = 0.3;

export function findGroups(columns: readonly TypedColumn[], measured: readonly NumberColumn[]): Discovery | null {
  const categories = columns.filter(
    (column): column is WordColumn =>
      (column.type === "category" || column.type === "boolean") &&
      !NAMES_A_ROW.test(column.name) &&
      column.counts.length >= 2 &&
      column.counts.length <= MOST_GROUPS,
  );
  let best: Extract<Discovery, { kind: "groups" }> | null = null;
  for (const category of categories) {
    for (const column of measured) {
      const groups = grouped(category, column);
      if (groups.size < 2) continue;
      const share = shareBetween([...groups.values()]);
      if (share < ENOUGH || (best && best.share >= share)) continue;
      const means = [...groups].map(
        ([name, values]): Group => ({ name: shortened(name), mean: mean(values), rows: values.length }),
      );
      means.sort((a, b) => b.mean - a.mean);
      best = { kind: "groups", column: named(column), by: category.name, groups: means, share };
    }
  }
  return best;
}

function grouped(category: WordColumn, column: NumberColumn): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const [row, value] of column.values.entries()) {
    const name = category.cells[row];
    if (!name || Number.isNaN(value)) continue;
    const values = groups.get(name);
    if (values) values.push(value);
    else groups.set(name, [value]);
  }
  for (const [name, values] of groups) if (values.length < FEWEST_ROWS) groups.delete(name);
  return groups;
}
