/**
 * Durations as people write them: a number of milliseconds, or a number with a unit ("250ms", "30s", "5m", "2h", "7d").
 * Strict on purpose: "5 m", "5 minutes" and "" are refused rather than guessed.
 */
import { WaymarkError } from "./errors.js";

/** Milliseconds, or a text like "250ms", "30s", "5m", "2h", "7d". Fractions are fine: "1.5h". */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Ten years of 365 days. Longer is a mistake (seconds given as milliseconds, an instant given as a duration). */
export const LONGEST_DURATION_MS: number = 3_650 * 86_400_000;

/** No sensible duration is longer; a hostile text costs nothing. */
const LONGEST_TEXT = 32;

/**
 * A duration as whole milliseconds, from 0 to ten years.
 *
 * @param option  the name of the option it was given for, told in the error
 * @throws {WaymarkError} `invalid_duration`
 */
export function toMs(duration: Duration, option?: string): number {
  const ms = typeof duration === "string" ? parse(duration) : duration;
  if (typeof ms !== "number" || !(ms >= 0 && ms <= LONGEST_DURATION_MS)) {
    const given = shown(duration);
    throw new WaymarkError(
      "invalid_duration",
      option === undefined ? { given } : { given: `${option}: ${given}`, option },
    );
  }
  return Math.round(ms);
}

function parse(text: string): number {
  if (text.length > LONGEST_TEXT) return Number.NaN;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (MS_PER_UNIT[match[2] ?? ""] ?? Number.NaN);
}

function shown(given: unknown): string {
  if (typeof given === "string") return JSON.stringify(given.length > LONGEST_TEXT ? `${given.slice(0, 30)}…` : given);
  return typeof given === "number" ? String(given) : `A value of type ${given === null ? "null" : typeof given}`;
}
