/** Numbers, dates and lists as people write them. English; the same everywhere, whatever the machine's locale. */
/** A column's unit, if any, and its digits after the decimal sign. */
export interface Exactness {
  readonly unit: string | null;
  readonly decimals: number;
}

const LOCALE = "en";

/** 1461 → "1,461". */
export function count(value: number): string {
  return figure(value, 0);
}

/** A number with at most so many decimals, a real minus sign, thousands apart. Huge and tiny ones as powers of ten. */
export function figure(value: number, decimals: number, fixed = false): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e15 || (size < 1e-6 && decimals > 0))) return value.toExponential(2).replace("-", "−");
  const digits = Math.min(20, Math.max(0, decimals));
  const text = new Intl.NumberFormat(LOCALE, {
    maximumFractionDigits: digits,
    minimumFractionDigits: fixed ? digits : 0,
  }).format(value);
  return (text === "-0" ? "0" : text).replace("-", "−");
}

/** A figure of a column: as exact as the file, but with no more than about four digits that matter; with its unit. */
export function figureOf(column: Exactness, value: number): string {
  const decimals = Math.min(column.decimals, sensibleDecimals(value));
  return withUnit(column, figure(value, decimals, column.decimals > 0));
}

/** A mean may have one decimal more than whole numbers have. */
export function meanOf(column: Exactness, value: number): string {
  const decimals = Math.min(Math.max(1, column.decimals), sensibleDecimals(value));
  return withUnit(column, figure(value, decimals, true));
}

function sensibleDecimals(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= 1) return size >= 1_000 ? 0 : size >= 100 ? 1 : 2;
  return Math.min(8, 2 - Math.floor(Math.log10(size)));
}

function withUnit({ unit }: Pick<Exactness, "unit">, text: string): string {
  if (unit === null) return text;
  if (unit === "%") return `${text}%`;
  return text.startsWith("−") ? `−${unit}${text.slice(1)}` : `${unit}${text}`;
}

/** 0.654 → "65%". What is not quite all or nothing never reads as 100% or 0%. */
export function percent(share: number): string {
  if (share > 0 && share < 0.005) return "<1%";
  if (share < 1 && share >= 0.995) return ">99%";
  return `${Math.round(share * 100)}%`;
}

/** "a", "a and b", "a, b and c". Beyond `most`, the rest is counted. */
export function list(items: readonly string[], most = 4): string {
  if (items.length > most) return `${items.slice(0, most - 1).join(", ")} and ${count(items.length - most + 1)} more`;
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** "1 row", "3 rows". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Numbers up to twelve in letters, as in running text. */
export function inLetters(n: number): string {
  const words = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
  ];
  return words[n] ?? count(n);
}

export const MONTHS: readonly string[] = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat(LOCALE, { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, month)),
);

/** An instant as exact as its column: "2012", "March 2012", "1 Mar 2012", "1 Mar 2012, 18:00". */
export function dateOf(precision: "year" | "month" | "day" | "time", iso: string): string {
  const at = new Date(iso);
  if (precision === "year") return String(at.getUTCFullYear());
  if (precision === "month") return `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]?.slice(0, 3)} ${at.getUTCFullYear()}`;
  return precision === "day" ? day : `${day}, ${iso.slice(11, 16)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
