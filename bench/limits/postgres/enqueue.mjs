/** A bare insert, each committed on disk: alone, coalesced from a hundred callers, ten thousand in one statement. */
import { callers, median, now, perSecond } from "../../lib/measure.mjs";
import { CALLERS } from "../../lib/settings.mjs";
import { coalesce } from "../coalesce.mjs";
import { freshTables, insert } from "./tables.mjs";

const PAYLOAD = '{"i":1}';

export async function enqueueLimit({ place, sizes }) {
  const [client] = await freshTables(place);
  const one = { name: "one", text: "insert into job (name, payload) values ('bench', $1) returning id" };
  const alone = await callers(1, sizes.boxMs, () => client.query({ ...one, values: [PAYLOAD] }));
  const together = coalesce((payloads) => insert(client, payloads));
  const many = await callers(CALLERS, sizes.boxMs, () => together(PAYLOAD));
  const bulks = [];
  for (let run = 0; run < 3; run++) {
    const start = now();
    await insert(client, Array(sizes.bulk).fill(PAYLOAD));
    bulks.push(perSecond(sizes.bulk, now() - start));
  }
  await client.end();
  return { "one at a time": alone, "100 callers": many, "bulk of 10,000": median(bulks) };
}
