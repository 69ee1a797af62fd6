/** What most rows do to a queue: open it empty, fill it, let workers drain it. */
import { defineJob, openWaymark } from "waymark";
import { hire } from "./crew.mjs";
import { now, perSecond, until } from "./measure.mjs";

export const bench = defineJob({ kind: "bench" });

/** Jobs of one `enqueueMany`. */
const FILL = 10_000;

/** An empty store, open. Close it before the next one is opened. */
export async function openEmpty(place) {
  await place.empty();
  return openWaymark(place.options);
}

export async function fill(waymark, count, job = bench) {
  const refs = [];
  for (let first = 0; first < count; first += FILL) {
    const inputs = Array.from({ length: Math.min(FILL, count - first) }, (_, i) => ({ i: first + i }));
    for (const ref of await waymark.enqueueMany(job, inputs)) refs.push(ref);
  }
  return refs;
}

/** Finished jobs: one that really ran, and copies of it. */
export async function fillFinished(place, waymark, count) {
  if (count === 0) return;
  const seed = defineJob({ kind: "seed" });
  const worker = waymark.work([seed.handle(() => null)]);
  const { jobId } = await waymark.enqueue(seed, { i: 0 });
  await waymark.tracker.awaitCompletion(jobId);
  await worker.stop();
  await place.copyFinished(jobId, count - 1);
}

/**
 * Lets workers drain what waits, and measures from the first handler's call until the store says that nothing of it is
 * unfinished.
 *
 * @param jobs  how many wait; with `stopAfter`, it is enough that so many were handled
 * @returns jobs per second
 */
export async function drain({ place, waymark, jobs, workers = 1, stopAfter = null, settle = true }) {
  if (settle) await place.settle();
  const others = (await place.unfinished()) ?? jobs;
  const crew = await hire({ place, waymark, workers });
  try {
    await crew.go();
    const enough = stopAfter ?? jobs;
    await until(() => crew.handled() >= enough, { everyMs: 2, withinMs: 120_000, what: "the end of the drain" });
    const handled = crew.handled();
    // In memory the last handler's end is the end: nothing else can be asked as cheaply.
    if (stopAfter === null && place.store !== "memory") {
      await until(async () => (await place.unfinished()) <= others - jobs, { what: "the last completions" });
    }
    return perSecond(handled, now() - crew.firstAt());
  } finally {
    await crew.dismiss();
  }
}
