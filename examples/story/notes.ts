/** What is worth knowing about a file before one trusts its figures: gaps, odd cells, and what was assumed. */
import type { TypedColumn } from "./columns/column-types.js";
import type { Twins } from "./discover/discovery.js";
import type { ColumnFacts } from "./story.js";
import type { Table } from "./table/table.js";
import { capital, list, plural } from "./words.js";

export function notesOn(
  table: Table,
  columns: readonly TypedColumn[],
  facts: readonly ColumnFacts[],
  twins: readonly Twins[],
): string[] {
  const notes: string[] = [];
  const { file } = table;
  if (!file.hasHeader) notes.push("The first row already is data, so the columns were numbered.");
  if (file.delimiter !== ",") notes.push(`The cells are parted by ${DELIMITER_NAMES[file.delimiter]}.`);
  if (file.unevenRows > 0) {
    const one = file.unevenRows === 1;
    notes.push(
      `${plural(file.unevenRows, "row")} ${one ? "does" : "do"} not have as many cells as there are columns: missing ones count as empty, surplus ones were left out.`,
    );
  }
  const gappy = facts.filter((column) => column.missing > 0 && column.type !== "empty");
  const most = gappy.toSorted((a, b) => b.missing - a.missing);
  if (most.length > 0)
    notes.push(`Empty cells: ${list(most.map(({ name, missing }) => `${missing.toLocaleString("en")} in ${name}`))}.`);
  const unreadable = columns.filter((column) => "unreadable" in column && column.unreadable > 0);
  for (const column of unreadable.slice(0, 3)) {
    const n = "unreadable" in column ? column.unreadable : 0;
    notes.push(
      `${plural(n, "cell")} of ${column.name} could not be read as a ${column.type} and ${n === 1 ? "was" : "were"} left out.`,
    );
  }
  for (const column of columns) {
    if (column.type === "date" && column.ambiguous) {
      notes.push(`The dates of ${column.name} could be read two ways; they were read as month/day/year.`);
    }
  }
  const empty = facts.filter(({ type }) => type === "empty").map(({ name }) => name);
  if (empty.length > 0) notes.push(`${capital(list(empty))} ${empty.length === 1 ? "has" : "have"} no values at all.`);
  const constant = facts.filter((column) => "distinct" in column && column.distinct === 1).map(({ name }) => name);
  if (constant.length > 0)
    notes.push(`${list(constant)} ${constant.length === 1 ? "has" : "have"} the same value in every row.`);
  for (const column of facts) {
    if (column.type === "date" && column.gaps) {
      notes.push(`${column.name} leaves out ${plural(column.gaps, column.step ?? "step")} between its first and last.`);
    }
  }
  if (twins.length > 0) {
    const pairs = twins.map(({ a, b }) => `${a} with ${b}`);
    notes.push(`Columns that carry practically the same figures: ${list(pairs)}.`);
  }
  if (gappy.length === 0 && unreadable.length === 0 && empty.length === 0)
    notes.push("No empty cells, and every cell could be read.");
  return notes;
}

const DELIMITER_NAMES = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" } as const;
