/** Enqueue: one caller that awaits each job, a hundred such callers, and ten thousand jobs in one call. */
import { callers, median, now, perSecond } from "../lib/measure.mjs";
import { bench, fill, openEmpty } from "../lib/queue.mjs";
import { CALLERS } from "../lib/settings.mjs";
import { JOBS_PER_S } from "./units.mjs";

export const name = "enqueue";
export const title = "Enqueue";
export const stores = ["postgres", "sqlite", "sqlite-normal", "memory"];
export const figures = { "one at a time": JOBS_PER_S, "100 callers": JOBS_PER_S, "bulk of 10,000": JOBS_PER_S };

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  let i = 0;
  const enqueue = () => waymark.enqueue(bench, { i: i++ });
  await callers(1, sizes.boxMs / 6, enqueue);
  const one = await callers(1, sizes.boxMs, enqueue);
  const many = await callers(CALLERS, sizes.boxMs, enqueue);
  const bulks = [];
  for (let run = 0; run < 3; run++) {
    const start = now();
    await fill(waymark, sizes.bulk);
    bulks.push(perSecond(sizes.bulk, now() - start));
  }
  await waymark.close();
  return { "one at a time": one, "100 callers": many, "bulk of 10,000": median(bulks) };
}
