/** How large a thing may be. Every limit is configurable and answers with a typed error; numbers are bytes of UTF-8 unless said. */
import { WaymarkError } from "./errors.js";
import { assertOptions, type NamesOf } from "./options.js";

export interface Limits {
  readonly payloadBytes: number;
  readonly resultBytes: number;
  /** Of the operators' detail of one failure. */
  readonly errorBytes: number;
  readonly progressMessageBytes: number;
  readonly logLineBytes: number;
  /** Lines kept of one attempt. */
  readonly logLines: number;
  readonly metadataBytes: number;
  /** Levels of nesting of any stored value. */
  readonly jsonDepth: number;
  /** Jobs in one page of a list. */
  readonly pageSize: number;
  /** Generations of one job: the first run and the manual retries by its owner. */
  readonly generations: number;
  /**
   * How many claims of one job may end without being charged (snoozes and releases), before a further snooze fails it.
   * Attempts of earlier generations count too.
   */
  readonly snoozes: number;
}

export const DEFAULT_LIMITS: Limits = {
  payloadBytes: 1_048_576,
  resultBytes: 1_048_576,
  errorBytes: 16_384,
  progressMessageBytes: 1_024,
  logLineBytes: 8_192,
  logLines: 1_000,
  metadataBytes: 8_192,
  jsonDepth: 64,
  pageSize: 200,
  generations: 3,
  snoozes: 1_000,
};

const NAMES = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name) => [name, true])) as NamesOf<Limits>;

/** @throws {WaymarkError} `invalid_option` for a limit that is no whole number from 1, or is not one of them */
export function checkedLimits(given: Partial<Limits> = {}): Limits {
  assertOptions(given, NAMES, "limits");
  for (const [name, limit] of Object.entries(given)) {
    if (Number.isSafeInteger(limit) && limit >= 1) continue;
    throw new WaymarkError("invalid_option", { option: `limits.${name}`, problem: "it is a whole number from 1" });
  }
  return { ...DEFAULT_LIMITS, ...given };
}
