/**
 * Latency of an idle queue, one job at a time, the worker in another process:
 *   pick-up      from the call of enqueue to the call of the handler
 *   round trip   from the call of enqueue until awaitCompletion has the result
 *   told         from the handler's end until the waiter in this process has the result
 */
import { hire } from "../lib/crew.mjs";
import { now, percentile, sleep } from "../lib/measure.mjs";
import { bench, openEmpty } from "../lib/queue.mjs";
import { MS } from "./units.mjs";

export const name = "latency";
export const title = "Latency, idle";
export const stores = ["postgres", "sqlite", "sqlite-normal", "memory"];
export const figures = {
  "pick-up p50": MS,
  "pick-up p99": MS,
  "round trip p50": MS,
  "round trip p99": MS,
  "completion told p50": MS,
  "completion told p99": MS,
};

/** The first jobs warm everything up. */
const WARM_UP = 20;

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  const pickUps = [];
  const roundTrips = [];
  const told = [];
  const crew = await hire({ place, waymark, onPickUp: (ms) => pickUps.push(ms) });
  try {
    await crew.go();
    await sleep(sizes.settleMs / 5);
    for (let i = 0; i < sizes.samples + WARM_UP; i++) {
      const sentAt = now();
      const done = await waymark.tracker.awaitCompletion(await waymark.enqueue(bench, { sentAt }));
      roundTrips.push(now() - sentAt);
      told.push(now() - done.result.endedAt);
      // At no fixed beat, so that nothing can fall into step with it.
      await sleep(4 + Math.random() * 12);
    }
  } finally {
    await crew.dismiss();
    await waymark.close();
  }
  const of = (label, values) => ({
    [`${label} p50`]: percentile(values.slice(WARM_UP), 0.5),
    [`${label} p99`]: percentile(values.slice(WARM_UP), 0.99),
  });
  return { ...of("pick-up", pickUps), ...of("round trip", roundTrips), ...of("completion told", told) };
}
