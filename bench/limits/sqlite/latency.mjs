/** Another process watches the write-ahead log and takes the one row that waits. */
import { fileURLToPath } from "node:url";
import { startChild } from "../../lib/child.mjs";
import { now, percentile, sleep } from "../../lib/measure.mjs";
import { freshTable } from "./table.mjs";

const WATCHER = fileURLToPath(new URL("./watching.mjs", import.meta.url));
const WARM_UP = 20;

export async function latencyLimit({ place, sizes }) {
  const { add } = await freshTable(place);
  add("0");
  const pickUps = [];
  const path = place.options.store.slice("sqlite:".length);
  const child = await startChild(WATCHER, { path }, { onMessage: ({ pickUp }) => pickUps.push(pickUp) });
  for (let i = 0; i < sizes.samples + WARM_UP; i++) {
    add(String(now()));
    await sleep(4 + Math.random() * 12);
  }
  await child.end();
  const settled = pickUps.slice(WARM_UP);
  return { "pick-up p50": percentile(settled, 0.5), "pick-up p99": percentile(settled, 0.99) };
}
