/** Looks for categories that lean: one value that is most of a column, or two that share it evenly. */
import type { TypedColumn } from "../columns/column-types.js";
import { shortened } from "../columns/describe.js";
import type { Discovery } from "./discovery.js";

const FEWEST_ROWS = 20;
const MOST = 0.6;
/** Above this the column hardly says anything else; that is a constant, not a finding. */
const NEARLY_ALL = 0.99;
/** Two values that together make up so much, and differ by no more than a twentieth, share a column evenly. */
const TOGETHER = 0.75;
const EVENLY = 0.05;

export function findBalance(columns: readonly TypedColumn[]): Discovery | null {
  const found = columns.flatMap((column): Extract<Discovery, { kind: "balance" }>[] => {
    if ((column.type !== "category" && column.type !== "boolean") || column.counts.length < 2) return [];
    const filled = column.counts.reduce((sum, [, count]) => sum + count, 0);
    const [first = 0, second = 0] = column.counts.map(([, count]) => count);
    if (filled < FEWEST_ROWS || first > filled * NEARLY_ALL) return [];
    // Two even halves of a column of two or more: a design of the table when nothing else is in it.
    const even = column.counts.length > 2 && first + second >= filled * TOGETHER && first - second <= first * EVENLY;
    if (!even && first < filled * MOST) return [];
    const top = column.counts.slice(0, 5).map(([value, count]) => ({ value: shortened(value, 40), count }));
    return [{ kind: "balance", column: column.name, filled, distinct: column.counts.length, top, even }];
  });
  return found.find(({ even }) => even) ?? found[0] ?? null;
}
