/**
 * How much a queue loses to something that happens beside it. One drain goes on all the time, and the other thing is
 * switched on and off twice a second: what drifts meanwhile (the disk, the processor, the size of the store) is in
 * both of two neighbours, and the median of all such pairs does not care for the one that a checkpoint fell into.
 */
import { hire } from "./crew.mjs";
import { median, now, sleep, until } from "./measure.mjs";
import { fill } from "./queue.mjs";

/** Not counted: what is on its way when the other thing is switched, as a share of a window. */
const CHANGE = 0.2;

/**
 * @param sizes.besideJobs  what waits at the beginning; when it runs out there are fewer pairs
 * @param turnOn, turnOff   switch what is measured
 * @returns jobs per second without and with it, and the share lost in per cent
 */
export async function lossBeside({ place, waymark, sizes, turnOn, turnOff }) {
  await fill(waymark, sizes.besideJobs);
  await place.settle();
  const counts = [];
  const crew = await hire({ place, waymark, onCount: (count) => counts.push(count) });
  try {
    await crew.go();
    await until(() => counts.length > 0, { what: "the first count" });
    // The first second is of code that is not compiled yet.
    await sleep(sizes.besideWarmUpMs);
    const pairs = [];
    const measured = async (on) => {
      if (on) await turnOn();
      const from = now() + sizes.windowMs * CHANGE;
      await sleep(sizes.windowMs);
      const to = now();
      if (on) await turnOff();
      await until(() => (counts.at(-1)?.at ?? 0) >= to || crew.handled() >= sizes.besideJobs, { what: "a count" });
      return rateIn(counts, from, to);
    };
    for (let pair = 0; pair < sizes.windowPairs; pair++) {
      // On first in every other pair: what only grows is then no advantage of either.
      const first = await measured(pair % 2 === 1);
      const second = await measured(pair % 2 === 0);
      if (crew.handled() >= sizes.besideJobs) break;
      pairs.push(pair % 2 === 1 ? { without: second, beside: first } : { without: first, beside: second });
    }
    if (pairs.length === 0) throw new Error("The jobs ran out before there was anything to compare.");
    return {
      without: Math.round(median(pairs.map(({ without }) => without))),
      beside: Math.round(median(pairs.map(({ beside }) => beside))),
      lost: median(pairs.map(({ without, beside }) => (1 - beside / without) * 100)),
    };
  } finally {
    await crew.dismiss();
  }
}

/** Jobs per second between two times, each within the few milliseconds between two counts. */
function rateIn(counts, from, to) {
  const handledBy = (time) => counts.findLast(({ at }) => at <= time)?.count ?? 0;
  return ((handledBy(to) - handledBy(from)) / (to - from)) * 1_000;
}
