/** Fills messages in and writes numbers and durations the way the reader's language does. Dates are in later/dates.ts. */
import { FIRST_TEXTS } from "./first-texts.js";
import { type Later, laterParts } from "./later-parts.js";
import type { Message, MessageKey, Messages } from "./messages.js";

export interface Language {
  /** Replacements of single texts, or a whole catalogue such as `es`. Default English. */
  readonly messages?: Partial<Messages> | undefined;
  /** BCP 47; default the catalogue's own. Governs numbers, dates and times. */
  readonly locale?: string | undefined;
  /** IANA name; default the device's. */
  readonly timeZone?: string | undefined;
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
  readonly #messages: Partial<Messages>;
  readonly #locale: string;
  readonly #timeZone: string | undefined;

  /** @param later  has the texts that are not in first-texts.ts. Default: as this page has it */
  constructor({ messages = {}, locale, timeZone }: Language, later: Later | null = laterParts()) {
    // A replacement that is undefined replaces nothing.
    const given = Object.entries(messages).filter(([, text]) => text !== undefined);
    this.#messages = { ...FIRST_TEXTS, ...later?.LATER_TEXTS, ...(Object.fromEntries(given) as Partial<Messages>) };
    this.#locale = locale ?? this.fill(this.#messages.locale ?? "", {});
    this.#timeZone = timeZone;
  }

  /** The text of `key`. `n` among the values also picks the plural form. */
  say(key: MessageKey, values: Values = {}): string {
    return this.fill(this.#messages[key] ?? "", values);
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

  /** "20 seconds". Halves read "1½ hours". */
  unit(n: number, unit: Unit): string {
    const format = new Intl.NumberFormat(this.#locale, { style: "unit", unit, unitDisplay: "long" });
    const whole = Math.floor(n);
    const told = format.formatToParts(n).map(({ type, value }) => {
      if (type === "unit" || whole === n) return value;
      return type === "integer" ? `${this.number(whole)}½` : type === "literal" ? NBSP : "";
    });
    return told.join("").replace(/([\d½]) (?=\D)/g, `$1${NBSP}`);
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
    return ms < 2 * SECOND ? this.say("now") : this.say("ago", { time: this.took(coarse(ms)) });
  }

  /** An instant, as `options` ask for it, in the reader's time zone. @param at  epoch ms */
  date(at: number, options: Intl.DateTimeFormatOptions, locale: string = this.#locale): string {
    const zone = this.#timeZone === undefined ? {} : { timeZone: this.#timeZone };
    return new Intl.DateTimeFormat(locale, { ...options, ...zone }).format(at);
  }
}

/** A past duration in steps: 2 s, from 20 s on 5 s, from a minute on 10 s, from ten minutes on whole ones. */
export function coarse(ms: number): number {
  const step = ms < 20 * SECOND ? 2 * SECOND : ms < MINUTE ? 5 * SECOND : ms < 10 * MINUTE ? 10 * SECOND : MINUTE;
  return Math.floor(ms / step) * step;
}

/** For the middle of a sentence. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLocaleLowerCase() + text.slice(1);
}
