/** Status reads by id with many jobs stored: alone, then beside a process that enqueues and works as fast as it can. */
import { fileURLToPath } from "node:url";
import { startChild } from "../lib/child.mjs";
import { callers, sleep } from "../lib/measure.mjs";
import { fill, openEmpty } from "../lib/queue.mjs";
import { CALLERS } from "../lib/settings.mjs";
import { READS_PER_S } from "./units.mjs";

export const name = "status";
export const title = "Status reads, 100,000 jobs";
export const stores = ["postgres", "sqlite", "memory"];
export const figures = {
  "one at a time": READS_PER_S,
  "100 callers": READS_PER_S,
  "1,000 ids at once": READS_PER_S,
  "100 callers, busy queue": READS_PER_S,
};

const BUSY = fileURLToPath(new URL("../workers/busy.mjs", import.meta.url));

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  const refs = await fill(waymark, sizes.stored);
  await place.settle();
  const any = () => refs[Math.floor(Math.random() * refs.length)];
  const read = () => waymark.tracker.getStatus(any());
  const readMany = () => Promise.all(Array.from({ length: sizes.manyIds }, read));
  await callers(1, sizes.boxMs / 6, read);
  const alone = {
    "one at a time": await callers(1, sizes.boxMs, read),
    "100 callers": await callers(CALLERS, sizes.boxMs, read),
    "1,000 ids at once": (await callers(1, sizes.boxMs, readMany)) * sizes.manyIds,
  };
  if (place.store === "memory") {
    await waymark.close();
    return alone;
  }
  const busy = await startChild(BUSY, { options: place.options });
  busy.send("go");
  await sleep(sizes.boxMs / 3);
  const beside = await callers(CALLERS, sizes.boxMs, read);
  await busy.end();
  await waymark.close();
  return { ...alone, "100 callers, busy queue": beside };
}
