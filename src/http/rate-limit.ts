/** A token bucket per principal (SECURITY L1). Memory is bounded: whoever has been quiet for long enough is forgotten. */
import type { Clock } from "../core/clock.js";
import { WaymarkError } from "../core/errors.js";
import { assertOptions, type NamesOf } from "../core/options.js";

export interface RateLimit {
  /** Requests a second that may go on for ever. */
  readonly perSecond: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

const NAMES: NamesOf<RateLimit> = { perSecond: true, burst: true };
export const DEFAULT_RATE_LIMIT: RateLimit = { perSecond: 20, burst: 100 };

/** Principals remembered at once; past it, the one quiet for longest goes. */
const MOST_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** @returns a function that takes one token, and answers how many seconds to wait when there is none; else 0 */
export function createRateLimit(limit: RateLimit | false, clock: Clock): (key: string) => number {
  if (limit === false) return () => 0;
  assertOptions(limit, NAMES, "rateLimit");
  const { perSecond, burst } = limit;
  if (!(perSecond > 0) || !(burst >= 1)) {
    throw new WaymarkError("invalid_option", {
      option: "rateLimit",
      problem: "perSecond is above 0, burst at least 1",
    });
  }
  // In the order of last use, so that the first is the one quiet for longest.
  const buckets = new Map<string, Bucket>();
  return (key) => {
    const now = clock.monotonic();
    const { tokens, at } = buckets.get(key) ?? { tokens: burst, at: now };
    const filled = Math.min(burst, tokens + ((now - at) / 1_000) * perSecond);
    const granted = filled >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: granted ? filled - 1 : filled, at: now });
    if (buckets.size > MOST_BUCKETS) buckets.delete(buckets.keys().next().value!);
    return granted ? 0 : Math.max(1, Math.ceil((1 - filled) / perSecond));
  };
}
