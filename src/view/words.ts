/** Fills messages in and writes numbers, durations and instants the way the reader's language does. */
import { en, type Message, type MessageKey, type Messages } from "./messages.js";

export interface Language {
  /** Replacements of single texts, or a whole catalogue such as `es`. Default English. */
  readonly messages?: Partial<Messages>;
  /** BCP 47; default the catalogue's own. Governs numbers, dates and times. */
  readonly locale?: string;
  /** IANA name; default the device's. */
  readonly timeZone?: string;
}

export type Values = Readonly<Record<string, string | number>>;
type Unit = "second" | "minute" | "hour" | "day";

/** Between a number and its unit: they stay on one line. */
const NBSP = "\u00a0";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export class Words {
  readonly #messages: Messages;
  readonly #locale: string;
  readonly #timeZone: string | undefined;

  constructor({ messages = {}, locale, timeZone }: Language) {
    // A replacement that is undefined replaces nothing.
    const given = Object.entries(messages).filter(([, text]) => text !== undefined);
    this.#messages = { ...en, ...(Object.fromEntries(given) as Partial<Messages>) };
    this.#locale = locale ?? this.fill(this.#messages.locale, {});
    this.#timeZone = timeZone;
  }

  /** The text of `key`. `n` among the values also picks the plural form. */
  say(key: MessageKey, values: Values = {}): string {
    return this.fill(this.#messages[key], values);
  }

  fill(message: Message, values: Values): string {
    const n = Number(values["n"] ?? Number.NaN);
    const text =
      typeof message === "string" ? message : (message[this.#category(n)] ?? message.other ?? message.one ?? "");
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? this.number(value) : value;
    });
  }

  #category(n: number): Intl.LDMLPluralRule {
    return Number.isNaN(n) ? "other" : new Intl.PluralRules(this.#locale).select(n);
  }

  number(n: number): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: 1 }).format(n);
  }

  percent(n: number): string {
    return new Intl.NumberFormat(this.#locale, { style: "percent", maximumFractionDigits: 0 }).format(n / 100);
  }

  /** "three", or "12" when the language has no short word for it. */
  count(n: number): string {
    return this.say("numbers").split(" ")[n] ?? this.number(n);
  }

  /** "20 seconds", "1½ hours". */
  unit(n: number, unit: Unit): string {
    const whole = Math.floor(n);
    const parts = new Intl.NumberFormat(this.#locale, { style: "unit", unit, unitDisplay: "long" }).formatToParts(n);
    if (whole === n) return stick(parts.map(({ value }) => value).join(""));
    const name = parts.filter(({ type }) => type === "unit").map(({ value }) => value);
    return `${this.number(whole)}½${NBSP}${name.join("")}`;
  }

  /** How long something took: "0.4 s", "26 seconds", "1 min 10 s", "2 h 5 min", "3 days". */
  took(ms: number): string {
    return ms >= SECOND && ms < MINUTE ? this.unit(Math.floor(ms / SECOND), "second") : this.short(ms);
  }

  /** The same, with short units throughout: "18 s". */
  short(ms: number): string {
    const parts = (...pairs: [number, string][]): string =>
      pairs
        .filter(([n], at) => at === 0 || n > 0)
        .map(([n, unit]) => `${this.number(n)}${NBSP}${unit}`)
        .join(" ");
    if (ms < SECOND) return parts([Math.max(0.1, Math.round(ms / 100) / 10), "s"]);
    if (ms < MINUTE) return parts([Math.floor(ms / SECOND), "s"]);
    if (ms < HOUR) return parts([Math.floor(ms / MINUTE), "min"], [Math.floor((ms % MINUTE) / SECOND), "s"]);
    if (ms < DAY) return parts([Math.floor(ms / HOUR), "h"], [Math.floor((ms % HOUR) / MINUTE), "min"]);
    return this.unit(Math.floor(ms / DAY), "day");
  }

  /** "12 seconds ago", in steps, so that it does not tick. */
  ago(ms: number): string {
    if (ms < 2 * SECOND) return this.say("now");
    return this.say("ago", { time: ms < MINUTE ? this.unit(calm(ms), "second") : this.took(coarse(ms)) });
  }

  time(at: number): string {
    return this.#date(at, { hour: "2-digit", minute: "2-digit" });
  }

  date(at: number): string {
    return this.#date(at, { day: "numeric", month: "long" });
  }

  hour(at: number): number {
    return Number(new Intl.DateTimeFormat("en-GB", { hour: "numeric", ...this.#zone() }).format(at));
  }

  /** "today at 14:31". Without `now`, as on a server, the date is said. */
  when(at: number, now: number | null): string {
    const days = now === null ? null : this.daysFrom(now, at);
    const key =
      days === 0 ? "at.today" : days === 1 ? "at.tomorrow" : days === -1 ? "at.yesterday" : ("at.date" as const);
    return this.say(key, { time: this.time(at), date: this.date(at) });
  }

  /** "14:00", with its day unless that is today. */
  until(at: number, now: number | null): string {
    return now !== null && this.daysFrom(now, at) === 0 ? this.time(at) : `${this.date(at)}, ${this.time(at)}`;
  }

  /** Calendar days from `now` to `at`, in the reader's time zone. */
  daysFrom(now: number, at: number): number {
    const day = (instant: number): number => {
      const parts = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", ...this.#zone() }).format(instant);
      return Date.parse(parts);
    };
    return Math.round((day(at) - day(now)) / DAY);
  }

  #date(at: number, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.#locale, { ...options, ...this.#zone() }).format(at);
  }

  #zone(): { timeZone?: string } {
    return this.#timeZone === undefined ? {} : { timeZone: this.#timeZone };
  }
}

/** Seconds of a past moment, in steps of 2, from 20 s on in steps of 5. */
function calm(ms: number): number {
  const step = ms < 20 * SECOND ? 2 : 5;
  return Math.floor(ms / SECOND / step) * step;
}

/** Whole minutes from two minutes on, tens of seconds before. */
export function coarse(ms: number): number {
  const step = ms < MINUTE ? 5 * SECOND : ms < 10 * MINUTE ? 10 * SECOND : MINUTE;
  return Math.floor(ms / step) * step;
}

function stick(text: string): string {
  return text.replace(/(\d) (?=\D)/g, `$1${NBSP}`);
}

/** For the middle of a sentence. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLocaleLowerCase() + text.slice(1);
}
