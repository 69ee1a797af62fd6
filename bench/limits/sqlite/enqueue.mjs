/** A bare insert, each durable: alone, a hundred callers committed together, ten thousand in one transaction. */
import { callers, median, now, perSecond } from "../../lib/measure.mjs";
import { CALLERS } from "../../lib/settings.mjs";
import { coalesce } from "../coalesce.mjs";
import { freshTable } from "./table.mjs";

const PAYLOAD = '{"i":1}';

export async function enqueueLimit({ place, sizes }) {
  const { add, together } = await freshTable(place);
  const all = (payloads) => together(() => payloads.map(add));
  const alone = await callers(1, sizes.boxMs, async () => add(PAYLOAD));
  const grouped = coalesce(async (payloads) => all(payloads));
  const many = await callers(CALLERS, sizes.boxMs, () => grouped(PAYLOAD));
  const bulks = [];
  for (let run = 0; run < 3; run++) {
    const start = now();
    all(Array(sizes.bulk).fill(PAYLOAD));
    bulks.push(perSecond(sizes.bulk, now() - start));
  }
  return { "one at a time": alone, "100 callers": many, "bulk of 10,000": median(bulks) };
}
