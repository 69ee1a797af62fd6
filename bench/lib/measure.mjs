/** Clocks, time boxes, medians. */

/** Milliseconds of the monotonic clock, which all processes of one machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const perSecond = (count, ms) => Math.round((count / ms) * 1_000);

/**
 * Many callers, each of which calls again as soon as it is answered.
 *
 * @param ms  how long calls are begun
 * @returns calls per second, until the last is answered
 */
export async function callers(count, ms, call) {
  const start = now();
  let calls = 0;
  const caller = async () => {
    while (now() - start < ms) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: count }, caller));
  return perSecond(calls, now() - start);
}

/** Looks every few milliseconds until it holds. @throws when it does not in time */
export async function until(holds, { everyMs = 5, withinMs = 60_000, what = "what was waited for" } = {}) {
  const start = now();
  while (!(await holds())) {
    if (now() - start > withinMs) throw new Error(`${what} did not come within ${withinMs / 1_000} s`);
    await sleep(everyMs);
  }
}

/** The middle one; of an even number, the mean of the middle two. Null of none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least this share of all does not exceed. Null of none. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
