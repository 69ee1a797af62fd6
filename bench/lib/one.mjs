/**
 * Measures one row on one store in a process of its own, so that no measurement inherits another's heap or compiled code:
 * first what the machine gives, then what Waymark makes of it. Answers by one message.
 */
import { LIMITS } from "../limits/index.mjs";
import { ROWS } from "../rows/index.mjs";
import { PLACES } from "./places.mjs";
import { FULL, QUICK } from "./settings.mjs";

const { row: rowName, store, where, quick } = JSON.parse(process.argv[2]);
const sizes = quick ? QUICK : FULL;
const row = ROWS.find(({ name }) => name === rowName);
const place = PLACES[store](where);

const fail = (error) => process.send({ error: String(error?.stack ?? error) }, () => process.exit(1));

process.on("disconnect", () => process.exit(1));
// A process beside it that ends too soon tells so here, too.
process.on("uncaughtException", fail);
try {
  const limits = (await LIMITS[store][rowName]?.({ place, sizes })) ?? {};
  const figures = await row.measure({ place, sizes });
  // The last store of a row may be left as it is; the next one begins by emptying it.
  await place.close();
  process.send({ figures, limits }, () => process.exit(0));
} catch (error) {
  fail(error);
}
