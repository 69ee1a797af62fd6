/** Drain: jobs wait, then workers in processes of their own begin; the handlers do nothing. Rows, trail and fences stay. */
import { drain, fill, openEmpty } from "../lib/queue.mjs";
import { JOBS_PER_S } from "./units.mjs";

export const name = "drain";
export const title = "Drain";
export const stores = ["postgres", "sqlite", "sqlite-normal", "memory"];
export const figures = {
  "20,000, one process": JOBS_PER_S,
  "20,000, two processes": JOBS_PER_S,
  "100,000, one process": JOBS_PER_S,
};

export async function measure({ place, sizes }) {
  const rate = async (jobs, workers) => {
    const waymark = await openEmpty(place);
    await fill(waymark, jobs);
    const drained = await drain({ place, waymark, jobs, workers });
    await waymark.close();
    return drained;
  };
  return {
    "20,000, one process": await rate(sizes.drain, 1),
    ...(place.store === "memory" ? {} : { "20,000, two processes": await rate(sizes.drain, 2) }),
    "100,000, one process": await rate(sizes.longDrain, 1),
  };
}
