/**
 * Reads cells as dates. A column keeps to one way of writing them, so the way is chosen for the whole column. Times
 * without a zone are taken as they stand (as UTC): nothing here depends on where the program runs.
 */

export type Precision = "year" | "month" | "day" | "time";

export interface DateWay {
  readonly name: string;
  readonly precision: Precision;
  /** Milliseconds since 1970-01-01T00:00Z, or NaN. */
  readonly read: (cell: string) => number;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const TIME = String.raw`(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)`;
const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/;
const YEAR_FIRST_TIME = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${TIME}$`);
const MONTH_ONLY = /^(\d{4})[-/](\d{1,2})$/;
const YEAR_LAST = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/;
const YEAR_LAST_TIME = new RegExp(String.raw`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})${TIME}$`);
const NAME_FIRST = /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i;
const DAY_NAME = /^(\d{1,2})[ -]([a-z]{3,9})\.?[ -](\d{4})$/i;
const NAME_ONLY = /^([a-z]{3,9})\.? (\d{4})$/i;

const numbers = (match: RegExpExecArray, ...at: number[]): number[] => at.map((i) => Number(match[i] ?? 0));

/** All ways, the clear ones first. The last two read the same cells; see `isAmbiguous`. */
export const DATE_WAYS: readonly DateWay[] = [
  way("2012-01-31", "day", YEAR_FIRST, (m) => day(numbers(m, 1, 2, 3))),
  way("2012-01-31 18:00", "time", YEAR_FIRST_TIME, (m) => day(numbers(m, 1, 2, 3)) + time(m, 4)),
  way("2012-01", "month", MONTH_ONLY, (m) => day([...numbers(m, 1, 2), 1])),
  way("Jan 31 2012", "day", NAME_FIRST, (m) => day([Number(m[3]), monthNumber(m[1]), Number(m[2])])),
  way("31 Jan 2012", "day", DAY_NAME, (m) => day([Number(m[3]), monthNumber(m[2]), Number(m[1])])),
  way("Jan 2012", "month", NAME_ONLY, (m) => day([Number(m[2]), monthNumber(m[1]), 1])),
  way("month/day/year", "day", YEAR_LAST, (m) => day(numbers(m, 3, 1, 2))),
  way("month/day/year", "time", YEAR_LAST_TIME, (m) => day(numbers(m, 3, 1, 2)) + time(m, 4)),
  way("day/month/year", "day", YEAR_LAST, (m) => day(numbers(m, 3, 2, 1))),
  way("day/month/year", "time", YEAR_LAST_TIME, (m) => day(numbers(m, 3, 2, 1)) + time(m, 4)),
];

function way(name: string, precision: Precision, form: RegExp, value: (match: RegExpExecArray) => number): DateWay {
  return {
    name,
    precision,
    read: (cell) => {
      const match = cell.length <= 40 ? form.exec(cell) : null;
      return match ? value(match) : Number.NaN;
    },
  };
}

/** A day that exists, or NaN: 30 February is no date. */
function day([year = 0, month = 0, date = 0]: number[]): number {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, date);
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === date ? at.getTime() : Number.NaN;
}

function time(match: RegExpExecArray, from: number): number {
  const [hours = 0, minutes = 0, seconds = 0] = numbers(match, from, from + 1, from + 2);
  if (hours > 24 || minutes > 59 || seconds > 60) return Number.NaN;
  const zone = match[from + 3];
  const away = !zone || zone === "Z" ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return ((hours * 60 + minutes - (zone?.startsWith("-") ? -away : away)) * 60 + seconds) * 1_000;
}

function monthNumber(name = ""): number {
  return MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
}

/** A year as spreadsheets hold it: a whole number, in a column whose name says so. */
export function isYearColumn(name: string, values: readonly number[]): boolean {
  const named = /(^|[^a-z])(year|yr|jahr)([^a-z]|$)/i.test(name);
  return named && values.every((value) => Number.isInteger(value) && value >= 1000 && value <= 2200);
}
