/**
 * What a story is: plain JSON, small enough to be a job's result, with everything a terminal or a page needs to show it.
 * Nobody has to read the file again, and nothing in it depends on where or when it was made.
 */

export interface Story {
  /** One line: the first finding, or that none stands out. */
  readonly title: string;
  /** The file in a sentence or two. */
  readonly lede: string;
  readonly file: { readonly name: string; readonly bytes: number };
  readonly rows: number;
  /** In the order of the file. */
  readonly columns: readonly ColumnFacts[];
  /** The most telling first; empty when nothing stands out. */
  readonly findings: readonly Finding[];
  /** What is worth knowing about the file: empty cells, odd rows, assumptions that were made. */
  readonly notes: readonly string[];
}

export interface Finding {
  readonly kind: "season" | "trend" | "together" | "groups" | "concentration" | "balance";
  readonly title: string;
  /** One or two sentences with the figures. */
  readonly text: string;
  /** How it was found out, so that a reader can do it again. */
  readonly how: string;
  readonly chart: Chart | null;
}

interface ColumnBase {
  readonly name: string;
  /** Rows without a value. */
  readonly missing: number;
  readonly chart: Chart | null;
}
/** `spread` is the standard deviation; it and `mean` are null when the numbers are too large to add up. */
export interface NumberFacts {
  readonly type: "number";
  readonly unit: string | null;
  /** Most digits after the decimal sign in the file. */
  readonly decimals: number;
  /** Filled cells that are no numbers. */
  readonly unreadable: number;
  readonly distinct: number;
  readonly zeros: number;
  readonly min: number;
  readonly lowerQuarter: number;
  readonly median: number;
  readonly upperQuarter: number;
  readonly max: number;
  readonly mean: number | null;
  readonly spread: number | null;
}
/** Instants are ISO 8601, UTC; `gaps` counts the steps left out between first and last. */
export interface DateFacts {
  readonly type: "date";
  readonly precision: "year" | "month" | "day" | "time";
  readonly unreadable: number;
  readonly distinct: number;
  readonly first: string;
  readonly last: string;
  readonly step: "hour" | "day" | "month" | "year" | null;
  readonly gaps: number | null;
}
export interface WordFacts {
  readonly type: "category" | "text" | "boolean";
  readonly distinct: number;
  /** Most frequent first, at most five. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}
export type ColumnFacts = ColumnBase & (NumberFacts | DateFacts | WordFacts | { readonly type: "empty" });

/** A chart as data: whoever draws it decides on shape, size and colour. */
export type Chart =
  | {
      readonly type: "bars";
      readonly title: string;
      readonly labels: readonly string[];
      readonly values: readonly number[];
    }
  | {
      readonly type: "points";
      readonly title: string;
      readonly x: string;
      readonly y: string;
      /** Joined by a line, in the given order. */
      readonly joined: boolean;
      readonly points: readonly (readonly [x: number, y: number])[];
    };
