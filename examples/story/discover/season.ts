/** Looks for what comes back every year: columns whose values go with the month. */
import { mean } from "simple-statistics";
import type { DateColumn, NumberColumn } from "../columns/column-types.js";
import type { Discovery } from "./discovery.js";
import { named, shareBetween } from "./measurements.js";

/** Whole years needed: twice could be chance. */
const YEARS = 3;
/** Share of the variation around the level of the year that lies between the months. */
const ENOUGH = 0.4;

/** January to December, each with its values. */
type Year = readonly number[][];

export function findSeason(date: DateColumn, columns: readonly NumberColumn[]): Discovery | null {
  if (date.precision === "year") return null;
  const found = columns
    .flatMap((column) => {
      const years = wholeYears(date, column);
      if (years.size < YEARS) return [];
      const apart = againstLevel(years);
      return [{ column, years, apart, share: shareBetween(apart) }];
    })
    .filter(({ share }) => share >= ENOUGH)
    .sort((a, b) => b.share - a.share);
  const [best, ...others] = found;
  if (!best) return null;
  return {
    kind: "season",
    column: named(best.column),
    date: date.name,
    means: best.apart.map((_, month) => mean([...best.years.values()].flatMap((year) => year[month] ?? []))),
    againstLevel: best.apart.map((values) => mean(values)),
    years: best.years.size,
    also: others.map(({ column }) => column.name),
  };
}

/**
 * All values by month, less the level they stand on. A column that grows is highest each December, which is no season:
 * so the level goes in a straight line from the middle of one year to the middle of the next.
 */
function againstLevel(years: ReadonlyMap<number, Year>): number[][] {
  const levels = new Map([...years].map(([year, months]) => [year, mean(months.flat())]));
  const months: number[][] = Array.from({ length: 12 }, () => []);
  for (const [year, values] of years) {
    const level = levels.get(year) ?? 0;
    const before = levels.get(year - 1);
    const after = levels.get(year + 1);
    for (const [month, list] of values.entries()) {
      const fromMiddle = (month - 5.5) / 12;
      // At the ends, the slope of the only neighbour goes on.
      const rise =
        fromMiddle < 0
          ? level - (before ?? 2 * level - (after ?? level))
          : (after ?? 2 * level - (before ?? level)) - level;
      for (const value of list) months[month]?.push(value - level - rise * fromMiddle);
    }
  }
  return months;
}

/** Years with at least one value in every month. */
function wholeYears(date: DateColumn, column: NumberColumn): Map<number, Year> {
  const years = new Map<number, number[][]>();
  for (const [row, value] of column.values.entries()) {
    const at = new Date(date.values[row] ?? Number.NaN);
    if (Number.isNaN(value) || Number.isNaN(at.getTime())) continue;
    const year = years.get(at.getUTCFullYear()) ?? Array.from({ length: 12 }, () => []);
    years.set(at.getUTCFullYear(), year);
    year[at.getUTCMonth()]?.push(value);
  }
  return new Map([...years].filter(([, year]) => year.every((month) => month.length > 0)));
}
