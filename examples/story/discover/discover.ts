/** Looks for everything there is to discover, the most telling first. Silent about what the figures do not carry. */
import type { TypedColumn } from "../columns/column-types.js";
import { findBalance } from "./balance.js";
import { findConcentration } from "./concentration.js";
import { correlate } from "./correlate.js";
import type { Discovery, Twins } from "./discovery.js";
import { findGroups } from "./groups.js";
import { measurements, timeAxis } from "./measurements.js";
import { findSeason } from "./season.js";
import { FEW_YEARS, findTrend } from "./trend.js";

export interface Discoveries {
  readonly discoveries: readonly Discovery[];
  readonly twins: readonly Twins[];
}

/** @param between  called before each search, so that the caller can report, let others work, or stop by throwing */
export async function discover(
  columns: readonly TypedColumn[],
  between: (done: number, total: number) => Promise<void>,
): Promise<Discoveries> {
  const measured = measurements(columns);
  const date = timeAxis(columns);
  let twins: readonly Twins[] = [];
  const searches: (() => Discovery | null)[] = [
    () => (date ? findTrend(date, measured) : null),
    () => (date ? findSeason(date, measured) : null),
    () => findGroups(columns, measured),
    () => findConcentration(measured),
    () => {
      const found = correlate(measured, date);
      twins = found.twins;
      return found.strongest;
    },
    () => findBalance(columns),
  ];
  const discoveries: Discovery[] = [];
  for (const [i, search] of searches.entries()) {
    await between(i, searches.length);
    const discovery = search();
    if (discovery) discoveries.push(discovery);
  }
  // A few years that rise are worth telling, but not first.
  const weak = (discovery: Discovery): boolean => discovery.kind === "trend" && discovery.years.length < FEW_YEARS;
  return { discoveries: [...discoveries.filter((found) => !weak(found)), ...discoveries.filter(weak)], twins };
}
