/** End to end: a hundred callers enqueue while a worker in another process works, until all is done. */
import { hire } from "../lib/crew.mjs";
import { now, perSecond, until } from "../lib/measure.mjs";
import { bench, openEmpty } from "../lib/queue.mjs";
import { CALLERS } from "../lib/settings.mjs";
import { JOBS_PER_S } from "./units.mjs";

export const name = "end-to-end";
export const title = "End to end";
export const stores = ["postgres", "sqlite", "sqlite-normal", "memory"];
export const figures = { "100 callers": JOBS_PER_S, "the enqueue side": JOBS_PER_S };

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  const crew = await hire({ place, waymark });
  try {
    await crew.go();
    await waymark.enqueue(bench, { i: -1 });
    await until(() => crew.handled() === 1, { what: "the first job" });
    const start = now();
    let sent = 0;
    const caller = async () => {
      while (sent < sizes.endToEnd) await waymark.enqueue(bench, { i: sent++ });
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const enqueued = now();
    await until(() => crew.handled() > sizes.endToEnd, { everyMs: 2, what: "the last job" });
    if (place.store !== "memory") await until(async () => (await place.unfinished()) === 0, { what: "the end" });
    return {
      "100 callers": perSecond(sizes.endToEnd, now() - start),
      "the enqueue side": perSecond(sizes.endToEnd, enqueued - start),
    };
  } finally {
    await crew.dismiss();
    await waymark.close();
  }
}
