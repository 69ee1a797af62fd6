/** Heap of the process that enqueues, per 100,000 waiting jobs; in the memory store, which keeps them, per finished too. */
import { defineJob } from "waymark";
import { until } from "../lib/measure.mjs";
import { bench, fill, openEmpty } from "../lib/queue.mjs";
import { WORK } from "../lib/settings.mjs";
import { MEBIBYTES } from "./units.mjs";

export const name = "heap";
export const title = "Heap per 100,000 jobs";
export const stores = ["postgres", "sqlite", "memory"];
export const figures = { waiting: MEBIBYTES, finished: MEBIBYTES };

const HUNDRED_THOUSAND = 100_000;
const MIB = 1_048_576;

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  await waymark.enqueue(defineJob({ kind: "first" }), null);
  const empty = heap();
  await fillAndForget(waymark, sizes.heap);
  const waiting = heap();
  const per = (used) => ((used - empty) / sizes.heap) * (HUNDRED_THOUSAND / MIB);
  if (place.store !== "memory") {
    await waymark.close();
    return { waiting: per(waiting) };
  }
  let handled = 0;
  const worker = waymark.work([bench.handle(() => ++handled && null)], WORK);
  await until(() => handled === sizes.heap);
  await worker.stop();
  const finished = heap();
  await waymark.close();
  return { waiting: per(waiting), finished: per(finished) };
}

/** What `fill` answers would be held, too. */
async function fillAndForget(waymark, count) {
  await fill(waymark, count);
}

/** What is in use after everything that can go has gone. Needs `--expose-gc`. */
function heap() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
