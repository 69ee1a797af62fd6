/** A row by its id over one connection: alone, and coalesced from a hundred callers. */
import { callers } from "../../lib/measure.mjs";
import { CALLERS } from "../../lib/settings.mjs";
import { coalesce } from "../coalesce.mjs";
import { freshTables } from "./tables.mjs";

export async function statusLimit({ place, sizes }) {
  const [client] = await freshTables(place);
  await client.query("insert into job (name, payload) select 'bench', '{}' from generate_series(1, $1::int)", [
    sizes.stored,
  ]);
  await place.settle();
  const text = "select id, name, payload, created from job where id = any ($1::bigint[])";
  const read = async (ids) => {
    const { rows } = await client.query({ name: "read", text, values: [ids], rowMode: "array" });
    const found = new Map(rows.map((row) => [Number(row[0]), row]));
    return ids.map((id) => found.get(id));
  };
  const any = () => 1 + Math.floor(Math.random() * sizes.stored);
  const alone = await callers(1, sizes.boxMs, () => read([any()]));
  const together = coalesce(read);
  const many = await callers(CALLERS, sizes.boxMs, () => together(any()));
  const batch = () => Promise.all(Array.from({ length: sizes.manyIds }, () => together(any())));
  const atOnce = (await callers(1, sizes.boxMs, batch)) * sizes.manyIds;
  await client.end();
  return { "one at a time": alone, "100 callers": many, "1,000 ids at once": atOnce };
}
