/** Collects the rows of a table column by column: names them, evens them out, and counts what did not fit. */
import { looksLikeData } from "../columns/column-types.js";
import { refusal } from "./refuse.js";
import type { FileFacts, Table } from "./table.js";

/** Past this share of uneven rows the columns cannot be trusted. */
const UNEVEN_AT_MOST = 0.1;
/** Equal cells share one text up to so many different values a column; it keeps large tables small. */
const SHARED_VALUES = 5_000;
const LONGEST_NAME = 60;

export class ColumnBuilder {
  readonly #file: string;
  readonly #maxColumns: number;
  #names: string[] | undefined;
  #hasHeader = true;
  #cells: string[][] = [];
  #shared: Map<string, string>[] = [];
  #rows = 0;
  #uneven = 0;
  #firstUneven: { row: number; cells: number } | undefined;

  constructor(file: string, maxColumns: number) {
    this.#file = file;
    this.#maxColumns = maxColumns;
  }

  /** Takes the next record; the first one names the columns. */
  add(record: readonly string[]): void {
    if (this.#names === undefined) {
      this.#begin(record);
      if (this.#hasHeader) return;
    }
    // Spreadsheets leave rows of nothing but delimiters at the end.
    if (record.every((cell) => cell === "")) return;
    this.#rows++;
    if (record.length !== this.#cells.length) {
      this.#uneven++;
      this.#firstUneven ??= { row: this.#rows, cells: record.length };
    }
    for (let i = 0; i < this.#cells.length; i++) this.#cells[i]?.push(this.#share(i, record[i] ?? ""));
  }

  /** @throws {JobError} `empty_file`, `no_rows`, `uneven_rows` */
  finish(file: Pick<FileFacts, "name" | "bytes" | "delimiter">): Table {
    if (this.#names === undefined) {
      throw refusal("empty_file", `${this.#file} is empty. Choose a file with a header and some rows.`);
    }
    if (this.#rows === 0) {
      throw refusal("no_rows", `${this.#file} has column names but no rows below them. Choose a file with some rows.`);
    }
    if (this.#firstUneven && this.#uneven > Math.max(1, this.#rows * UNEVEN_AT_MOST)) {
      const { row, cells } = this.#firstUneven;
      throw refusal(
        "uneven_rows",
        `The rows of ${this.#file} do not fit its columns: row ${row.toLocaleString("en")} has ${cells} ${cells === 1 ? "cell" : "cells"}, ` +
          `the first row ${this.#cells.length}. Check the delimiter and the quotation marks, then try again.`,
      );
    }
    const names = this.#names;
    return {
      file: { ...file, unevenRows: this.#uneven, hasHeader: this.#hasHeader },
      rows: this.#rows,
      columns: this.#cells.map((cells, i) => ({ name: names[i] ?? `column ${i + 1}`, cells })),
    };
  }

  #begin(first: readonly string[]): void {
    if (first.length > this.#maxColumns) {
      throw refusal(
        "too_many_columns",
        `${this.#file} has ${first.length.toLocaleString("en")} columns; at most ${this.#maxColumns} can be told. Keep the ones that matter and try again.`,
      );
    }
    this.#hasHeader = !looksLikeData(first);
    this.#names = distinctNames(this.#hasHeader ? first : first.map(() => ""));
    this.#cells = first.map(() => []);
    this.#shared = first.map(() => new Map());
  }

  #share(column: number, cell: string): string {
    const shared = this.#shared[column];
    const known = shared?.get(cell);
    if (known !== undefined) return known;
    if (shared && shared.size < SHARED_VALUES) shared.set(cell, cell);
    return cell;
  }
}

/** Names for people: none empty, none twice, none endless. */
function distinctNames(given: readonly string[]): string[] {
  const taken = new Set<string>();
  return given.map((raw, i) => {
    const plain = raw.replace(/\s+/g, " ").trim();
    const points = [...plain];
    const base =
      plain === ""
        ? `column ${i + 1}`
        : points.length > LONGEST_NAME
          ? `${points.slice(0, LONGEST_NAME - 1).join("")}…`
          : plain;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base} (${n})`;
    taken.add(name);
    return name;
  });
}
