/**
 * What can be discovered in a table, as figures without words. Each kind has a file beside this one that looks for it
 * and is silent unless the evidence is good; tell.ts makes sentences of it, charts.ts makes charts.
 */
import type { Unit } from "../columns/read-number.js";

/** Enough of a column to name it and to write its figures. */
export interface Named {
  readonly name: string;
  readonly unit: Unit | null;
  readonly decimals: number;
}
export interface Group {
  readonly name: string;
  readonly mean: number;
  readonly rows: number;
}

export type Discovery =
  /**
   * A column goes with the seasons. Both lists run from January to December: the means, and how far the months lie above
   * or below the level of their year. They name different months where the column also rises or falls.
   */
  | {
      readonly kind: "season";
      readonly column: Named;
      readonly date: string;
      readonly means: readonly number[];
      readonly againstLevel: readonly number[];
      readonly years: number;
      readonly also: readonly string[];
    }
  /** A column rises or falls over the years. `steady`: every year beyond the one before. */
  | {
      readonly kind: "trend";
      readonly column: Named;
      readonly date: string;
      readonly years: readonly { readonly year: number; readonly mean: number }[];
      readonly steady: boolean;
    }
  /** Two columns move together. `withTime`: both also simply follow the date, so that it may be all there is to it. */
  | {
      readonly kind: "together";
      readonly a: Named;
      readonly b: Named;
      readonly r: number;
      readonly rows: number;
      readonly sampled: boolean;
      readonly withTime: boolean;
      readonly points: readonly (readonly [number, number])[];
    }
  /** A column differs between the values of another. `share`: of its variation, 0 … 1. Highest mean first. */
  | {
      readonly kind: "groups";
      readonly column: Named;
      readonly by: string;
      readonly groups: readonly Group[];
      readonly share: number;
    }
  /** A few rows carry most of a sum. `share`: what the top tenth carries, 0 … 1. `curve`: cumulated, both 0 … 1. */
  | {
      readonly kind: "concentration";
      readonly column: Named;
      readonly share: number;
      readonly rows: number;
      readonly zeros: number;
      readonly curve: readonly (readonly [number, number])[];
    }
  /** One value is most of a column, or two share it evenly. */
  | {
      readonly kind: "balance";
      readonly column: string;
      readonly filled: number;
      readonly distinct: number;
      readonly top: readonly { readonly value: string; readonly count: number }[];
      readonly even: boolean;
    };

/** Two columns that carry the same figures: no finding, but worth a note. */
export interface Twins {
  readonly a: string;
  readonly b: string;
}
