/** A row by its id through a prepared statement; nothing is gained by asking together, so callers do not matter. */
import { callers } from "../../lib/measure.mjs";
import { freshTable } from "./table.mjs";

export async function statusLimit({ place, sizes }) {
  const { database, add, together } = await freshTable(place);
  together(() => {
    for (let i = 0; i < sizes.stored; i++) add("{}");
  });
  const get = database.prepare("select id, state, name, payload, result, created, finished from job where id = ?");
  const rate = await callers(1, sizes.boxMs, async () => get.get(1 + Math.floor(Math.random() * sizes.stored)));
  return { "one at a time": rate, "100 callers": rate, "1,000 ids at once": rate };
}
