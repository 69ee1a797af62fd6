/** Growth: how fast 20,000 jobs drain with finished ones kept, and how fast the first of a million waiting do. */
import { drain, fill, fillFinished, openEmpty } from "../lib/queue.mjs";
import { JOBS_PER_S, SHARE } from "./units.mjs";

export const name = "growth";
export const title = "Drain of 20,000 as the store grows";
export const stores = ["postgres", "sqlite"];
export const figures = {
  "nothing finished": JOBS_PER_S,
  "100 k finished": JOBS_PER_S,
  "1 M finished": JOBS_PER_S,
  "1 M waiting": JOBS_PER_S,
  "share left, 1 M finished": SHARE,
  "share left, 1 M waiting": SHARE,
};

export async function measure({ place, sizes }) {
  const after = async (finished) => {
    const waymark = await openEmpty(place);
    await fillFinished(place, waymark, finished);
    await fill(waymark, sizes.drain);
    const rate = await drain({ place, waymark, jobs: sizes.drain });
    await waymark.close();
    return rate;
  };
  const among = async (waiting) => {
    const waymark = await openEmpty(place);
    await fill(waymark, waiting);
    const rate = await drain({ place, waymark, jobs: waiting, stopAfter: sizes.drain });
    await waymark.close();
    return rate;
  };
  const empty = await after(0);
  const some = await after(sizes.someFinished);
  const many = await after(sizes.manyFinished);
  // Against a drain that is stopped before its end as well.
  const few = await among(sizes.drain * 2);
  const waiting = await among(sizes.manyWaiting);
  return {
    "nothing finished": empty,
    "100 k finished": some,
    "1 M finished": many,
    "1 M waiting": waiting,
    "share left, 1 M finished": many / empty,
    "share left, 1 M waiting": waiting / few,
  };
}
