/**
 * Decides what each column holds, and turns its cells into that. One rule for all: a column is what at least 95 % of
 * its filled cells are; what then cannot be read counts as unreadable and is told, never guessed.
 */
import type { TextColumn } from "../table/table.js";
import { DATE_WAYS, type DateWay, isYearColumn, type Precision } from "./read-date.js";
import { type NumberStyle, readNumber, type Unit } from "./read-number.js";

interface Base {
  readonly name: string;
  /** Cells with nothing in them, or with a word like NA in a column of numbers or dates. */
  readonly missing: number;
}
export interface NumberColumn extends Base {
  readonly type: "number";
  /** One a row; NaN where missing or unreadable. */
  readonly values: Float64Array;
  readonly unreadable: number;
  readonly unit: Unit | null;
  /** Most digits after the decimal sign. */
  readonly decimals: number;
}
export interface DateColumn extends Base {
  readonly type: "date";
  /** Milliseconds since 1970, UTC; NaN where missing or unreadable. */
  readonly values: Float64Array;
  readonly unreadable: number;
  readonly precision: Precision;
  /** True when day and month could be the other way round everywhere. */
  readonly ambiguous: boolean;
}
export interface WordColumn extends Base {
  /** A category repeats its few values; text is mostly different each time. */
  readonly type: "category" | "text" | "boolean";
  readonly cells: readonly string[];
  readonly distinct: number;
  /** How often a value occurs, most frequent first: of a category all of them, of text the first few. */
  readonly counts: readonly (readonly [value: string, count: number])[];
}
export interface EmptyColumn extends Base {
  readonly type: "empty";
}
export type TypedColumn = NumberColumn | DateColumn | WordColumn | EmptyColumn;

const MOSTLY = 0.95;
/** Most values a category may have, and how often each must occur on average. */
const CATEGORY_VALUES = 200;
const CATEGORY_REPEATS = 3;
const MISSING = new Set(["", "na", "n/a", "#n/a", "nan", "null", "-", "–", "."]);
const BOOLEANS = [
  ["true", "false"],
  ["yes", "no"],
  ["t", "f"],
  ["y", "n"],
];
/** Values told of a column of text. */
const SHOWN = 5;
const KNOWN_DATES = 50_000;
/** So many filled cells tell whether a closer look pays. */
const SAMPLE = 200;

const STARTS_WITH_DIGIT = /^\d/;
const isMissing = (cell: string): boolean =>
  cell.length <= 4 && !STARTS_WITH_DIGIT.test(cell) && MISSING.has(cell.toLowerCase());

export function typeColumn(column: TextColumn): TypedColumn {
  const filled = column.cells.filter((cell) => !isMissing(cell));
  if (filled.length === 0) return { type: "empty", name: column.name, missing: column.cells.length };
  const sample = filled.filter((_, i) => i % Math.ceil(filled.length / SAMPLE) === 0);
  return asNumbers(column, sample, filled.length) ?? asDates(column, sample, filled.length) ?? asWords(column);
}

/** Whether a first row is data rather than names: all filled, and every cell a number or a date. */
export function looksLikeData(record: readonly string[]): boolean {
  return record.every((cell) => isNumber(cell, "point") || DATE_WAYS.some((way) => !Number.isNaN(way.read(cell))));
}

const isNumber = (cell: string, style: NumberStyle): boolean => !Number.isNaN(readNumber(cell, style).value);
const share = (cells: readonly string[], fits: (cell: string) => boolean): number =>
  cells.filter(fits).length / cells.length;

function asNumbers(column: TextColumn, sample: readonly string[], filled: number): TypedColumn | null {
  const point = share(sample, (cell) => isNumber(cell, "point"));
  const comma = share(sample, (cell) => isNumber(cell, "comma"));
  if (Math.max(point, comma) < MOSTLY) return null;
  const style: NumberStyle = comma > point ? "comma" : "point";
  const values = new Float64Array(column.cells.length).fill(Number.NaN);
  const units = new Set<Unit | null>();
  let read = 0;
  let decimals = 0;
  for (const [row, cell] of column.cells.entries()) {
    if (isMissing(cell)) continue;
    const number = readNumber(cell, style);
    if (Number.isNaN(number.value)) continue;
    values[row] = number.value;
    units.add(number.unit);
    decimals = Math.max(decimals, number.decimals);
    read++;
  }
  if (read < filled * MOSTLY) return null;
  const { name } = column;
  const facts = { name, missing: column.cells.length - filled, unreadable: filled - read };
  const present = Array.from(values).filter((value) => !Number.isNaN(value));
  if (isYearColumn(name, present)) {
    const starts = values.map((year) => Date.UTC(year, 0, 1));
    return { ...facts, type: "date", values: starts, precision: "year", ambiguous: false };
  }
  const [unit = null] = units.size === 1 ? units : [];
  return { ...facts, type: "number", values, unit, decimals };
}

function asDates(column: TextColumn, sample: readonly string[], filled: number): TypedColumn | null {
  const fits = (way: DateWay): number => share(sample, (cell) => !Number.isNaN(way.read(cell)));
  // Several ways may fit the sample (3/4/2015); the whole column decides, the earlier way wins a tie.
  const read = DATE_WAYS.filter((way) => fits(way) >= MOSTLY * 0.5).map((way) => {
    const values = readAll(column.cells, way);
    return { way, values, count: values.reduce((n, value) => (Number.isNaN(value) ? n : n + 1), 0) };
  });
  const best = read.reduce<(typeof read)[number] | null>((a, b) => (a && a.count >= b.count ? a : b), null);
  if (!best || best.count < filled * MOSTLY) return null;
  const ambiguous = read.some(
    (other) => other !== best && other.count === best.count && other.way.precision === best.way.precision,
  );
  return {
    type: "date",
    name: column.name,
    missing: column.cells.length - filled,
    unreadable: filled - best.count,
    values: best.values,
    precision: best.way.precision,
    ambiguous,
  };
}

/** Dates repeat (a row for each shop and day), so what was read once is kept, up to a bound. */
function readAll(cells: readonly string[], way: DateWay): Float64Array {
  const known = new Map<string, number>();
  return Float64Array.from(cells, (cell) => {
    const before = known.get(cell);
    if (before !== undefined) return before;
    const at = isMissing(cell) ? Number.NaN : way.read(cell);
    if (known.size < KNOWN_DATES) known.set(cell, at);
    return at;
  });
}

function asWords({ name, cells }: TextColumn): TypedColumn {
  const tally = new Map<string, number>();
  for (const cell of cells) if (cell !== "") tally.set(cell, (tally.get(cell) ?? 0) + 1);
  const counts = mostFrequent(tally);
  let filled = 0;
  for (const count of tally.values()) filled += count;
  const facts = { name, missing: cells.length - filled, cells, counts, distinct: tally.size };
  const isEither = (pair: readonly string[]): boolean => counts.every(([value]) => pair.includes(value.toLowerCase()));
  if (tally.size <= CATEGORY_VALUES && BOOLEANS.some(isEither)) return { type: "boolean", ...facts };
  const few = tally.size <= CATEGORY_VALUES && filled / tally.size >= CATEGORY_REPEATS;
  return { type: few ? "category" : "text", ...facts };
}

/** All of a few values; of many only those that could be shown, so that a million different ones need no sorting. */
function mostFrequent(tally: ReadonlyMap<string, number>): (readonly [string, number])[] {
  const byCount = ([a, n]: readonly [string, number], [b, m]: readonly [string, number]): number =>
    m - n || (a < b ? -1 : 1);
  if (tally.size <= CATEGORY_VALUES) return [...tally].sort(byCount);
  let top: (readonly [string, number])[] = [];
  for (const entry of tally) {
    const last = top.at(-1);
    if (top.length === SHOWN && last && byCount(entry, last) > 0) continue;
    top = [...top, entry].sort(byCount).slice(0, SHOWN);
  }
  return top;
}
