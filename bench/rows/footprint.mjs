/** Bytes on disk per job: waiting, finished as the drain left it, finished and packed; the trail included. */
import { drain, fill, openEmpty } from "../lib/queue.mjs";
import { BYTES } from "./units.mjs";

export const name = "footprint";
export const title = "Bytes per job";
export const stores = ["postgres", "sqlite"];
export const figures = { waiting: BYTES, "finished, as left": BYTES, "finished, packed": BYTES };

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  const jobs = sizes.footprint;
  const empty = await place.size({ packed: true });
  await fill(waymark, jobs);
  const waiting = await place.size();
  await drain({ place, waymark, jobs, settle: false });
  const left = await place.size();
  await waymark.close();
  const packed = await place.size({ packed: true });
  const each = (size) => Math.round((size - empty) / jobs);
  return { waiting: each(waiting), "finished, as left": each(left), "finished, packed": each(packed) };
}
