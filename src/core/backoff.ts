/**
 * Decides how long a job waits before its next attempt: exponential with a cap and full jitter, so that a thousand jobs
 * broken by one outage do not return as one wave. Full jitter spreads best for the least work (Marc Brooker, "Exponential
 * Backoff And Jitter", AWS Architecture Blog, 2015). Pure: the caller draws the number.
 */

export interface BackoffOptions {
  /** Cap of the wait after the first attempt, in ms; it doubles with each further one. Default 5,000. */
  readonly baseMs?: number;
  /** Largest cap, in ms. Default 300,000. */
  readonly maxMs?: number;
}

/** Never at once: a job that fails at once would spin. */
const SHORTEST_MS = 1;
/** 2^50 ms is past every cap; larger powers only risk 0 × Infinity. */
const MOST_DOUBLINGS = 50;

/**
 * Milliseconds to wait after a failed attempt.
 *
 * @param attempt  the attempt that just failed, counted from 1
 * @param random   a number in [0, 1)
 * @returns whole milliseconds, uniform from 0 to min(maxMs, baseMs × 2^(attempt − 1)), but at least 1
 * @throws {RangeError} when `attempt` is not a whole number of 1 or more
 */
export function backoffMs(attempt: number, random: number, options: BackoffOptions = {}): number {
  if (!Number.isInteger(attempt) || attempt < 1) throw new RangeError(`attempt starts at 1, got ${attempt}`);
  const { baseMs = 5_000, maxMs = 300_000 } = options;
  const cap = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS));
  return Math.max(SHORTEST_MS, Math.round(random * cap));
}
