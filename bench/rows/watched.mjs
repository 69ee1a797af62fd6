/** Ten thousand viewers, each of whom looks at a job of its own every two seconds: how much slower does a queue drain? */
import { defineJob } from "waymark";
import { now, percentile } from "../lib/measure.mjs";
import { fill, openEmpty } from "../lib/queue.mjs";
import { lossBeside } from "../lib/windows.mjs";
import { JOBS_PER_S, MS, PERCENT_LOST } from "./units.mjs";

export const name = "watched";
export const title = "10,000 watched jobs";
export const stores = ["postgres", "sqlite"];
export const figures = {
  "drain, nobody watches": JOBS_PER_S,
  "drain, all are watched": JOBS_PER_S,
  "throughput lost": PERCENT_LOST,
  "read p99": MS,
};

const LOOK_EVERY_MS = 2_000;
const TURN_MS = 10;
const watched = defineJob({ kind: "watched", queue: "watched" });

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  const refs = await fill(waymark, sizes.viewers, watched);
  const waits = [];
  let stop = null;
  const { without, beside, lost } = await lossBeside({
    place,
    waymark,
    sizes,
    turnOn: () => {
      stop = watch(waymark.tracker, refs, waits);
    },
    turnOff: () => stop(),
  });
  await waymark.close();
  return {
    "drain, nobody watches": without,
    "drain, all are watched": beside,
    "throughput lost": lost,
    "read p99": percentile(waits, 0.99) ?? 0,
  };
}

/** Spreads the looks evenly over time, as many people do who came at different moments. */
function watch(tracker, refs, waits) {
  const looks = new Set();
  const start = now();
  let begun = 0;
  const look = async (ref) => {
    const at = now();
    await tracker.getStatus(ref);
    waits.push(now() - at);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((now() - start) / LOOK_EVERY_MS) * refs.length);
    for (; begun < due; begun++) {
      const one = look(refs[begun % refs.length]);
      looks.add(one);
      void one.finally(() => looks.delete(one));
    }
  }, TURN_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(looks);
  };
}
