/** Waits until every job has ended, and says how long that took. */
import type { CountFilter } from "../../../src/core/store.js";
import type { Waymark } from "../../../src/waymark.js";
import { until } from "./wait.js";

/** @returns ms from the call until nothing was left */
export async function drained(waymark: Waymark, withinMs: number, filter: CountFilter = {}): Promise<number> {
  const startedAt = performance.now();
  let left = 0;
  await until(`every job has ended (of ${left} at last)`, withinMs, async () => {
    const counts = await waymark.store.counts(filter);
    left = counts.scheduled + counts.pending + counts.processing + counts.retrying;
    return left === 0;
  }).catch(() => {
    // The verdict says which are left, and tells their stories.
  });
  return performance.now() - startedAt;
}
