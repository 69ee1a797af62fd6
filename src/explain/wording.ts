/** Durations and instants in words for operators (three significant digits, 24 hours). Pure. */

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

/**
 * "850 ms", "1.24 s", "24.1 s", "3 min 12 s", "2 h 05 min", "6 d": rounded down, so that nothing reads longer than it was.
 *
 * @param ms  milliseconds; less than 0 counts as 0
 */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.floor(ms));
  if (whole < SECOND) return `${whole} ms`;
  if (whole < MINUTE) return `${threeDigits(whole / SECOND)} s`;
  if (whole < HOUR) return pair(whole, MINUTE, "min", SECOND, "s");
  if (whole < 2 * DAY) return pair(whole, HOUR, "h", MINUTE, "min");
  return `${Math.floor(whole / DAY)} d`;
}

function threeDigits(value: number): string {
  const decimals = value < 10 ? 100 : 10;
  return String(Math.floor(value * decimals) / decimals);
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)} ${largeUnit}`;
  return rest === 0 ? head : `${head} ${String(rest).padStart(2, "0")} ${smallUnit}`;
}

/** Where and how instants are written. */
export interface Place {
  /** Epoch ms that counts as now. */
  readonly now: number;
  /** An IANA zone; default: the process's own. */
  readonly timeZone?: string;
}

/** The time of day "18:00:05", with the date in front when it is another day than today: "23 Nov 18:00:05". */
export function instantText(at: number, place: Place, { millis = false }: { readonly millis?: boolean } = {}): string {
  const { day, time, year } = partsOf(at, place);
  const today = partsOf(place.now, place);
  const precise = millis ? `${time}.${String(Math.floor(at) % 1000).padStart(3, "0")}` : time;
  if (day === today.day && year === today.year) return precise;
  return `${day}${year === today.year ? "" : ` ${year}`} ${precise}`;
}

function partsOf(at: number, { timeZone }: Place): { day: string; time: string; year: string } {
  const parts = new Intl.DateTimeFormat("en-GB", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...(timeZone === undefined ? {} : { timeZone }),
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: `${part("day")} ${part("month")}`,
    time: `${part("hour")}:${part("minute")}:${part("second")}`,
    year: part("year"),
  };
}

/** "1 job", "3 jobs", "1,461 jobs". */
export function countText(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** "a, b and c"; past `most`, "a, b and 4 more". */
export function listText(items: readonly string[], most = 3): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  return shown.length < 2 ? (shown[0] ?? "") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
