/**
 * What was learned of a kind's durations, ready to be asked. Each measure is kept by size of input; a size with too few
 * samples answers with those of all sizes.
 */
import { type Count, EMPTY, type Histogram, histogramOf } from "./histogram.js";
import type { DurationMeasure, LearnedDurations } from "./store.js";

/** Below this nothing is said. */
export const ENOUGH_SAMPLES = 5;

export interface Durations {
  /**
   * @param stage  of "stage" and "rest"; null for the others
   * @param size   as `sizeOf` made it; null when not known
   * @returns a histogram with enough samples, or null
   */
  of(measure: DurationMeasure, stage: string | null, size: number | null): Histogram | null;
}

/** The size of an input as estimates tell sizes apart: powers of two of its bytes. */
export function sizeOf(bytes: number): number {
  return bytes >= 1 ? 31 - Math.clz32(bytes) : 0;
}

export const NO_DURATIONS: Durations = { of: () => null };

export function durationsOf({ counts }: LearnedDurations): Durations {
  const rows = new Map<string, Map<number, Count[]>>();
  for (const { measure, stage, size, ...count } of counts) {
    const key = keyOf(measure, stage);
    const sizes = rows.get(key) ?? new Map<number, Count[]>();
    rows.set(key, sizes);
    const own = sizes.get(size);
    if (own === undefined) sizes.set(size, [count]);
    else own.push(count);
  }
  // Most readers ask for few of them, again and again.
  const made = new Map<string, Histogram>();
  const histogram = (key: string, size: number | null): Histogram => {
    const name = `${size ?? "all"} ${key}`;
    let known = made.get(name);
    if (known === undefined) {
      const sizes = rows.get(key);
      known =
        sizes === undefined ? EMPTY : histogramOf(size === null ? [...sizes.values()].flat() : (sizes.get(size) ?? []));
      made.set(name, known);
    }
    return known;
  };
  return {
    of: (measure, stage, size) => {
      const key = keyOf(measure, stage);
      for (const wanted of size === null ? [null] : [size, null]) {
        const found = histogram(key, wanted);
        if (found.samples >= ENOUGH_SAMPLES) return found;
      }
      return null;
    },
  };
}

function keyOf(measure: DurationMeasure, stage: string | null): string {
  return stage === null ? measure : `${measure} ${stage}`;
}
