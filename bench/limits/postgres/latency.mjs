/** A notified connection of another process takes the one job that waits, ends it, and notifies back. */
import { fileURLToPath } from "node:url";
import { startChild } from "../../lib/child.mjs";
import { now, percentile, sleep } from "../../lib/measure.mjs";
import { connect, freshTables } from "./tables.mjs";

const WORKER = fileURLToPath(new URL("./notified.mjs", import.meta.url));
const WARM_UP = 20;

export async function latencyLimit({ place, sizes }) {
  const [client] = await freshTables(place);
  const [ear] = await connect(place.options.store);
  const pickUps = [];
  const roundTrips = [];
  let told = () => {};
  ear.on("notification", () => told());
  await ear.query("listen done");
  const child = await startChild(
    WORKER,
    { url: place.options.store },
    { onMessage: ({ pickUp }) => pickUps.push(pickUp) },
  );
  for (let i = 0; i < sizes.samples + WARM_UP; i++) {
    const answered = new Promise((resolve) => (told = resolve));
    const sentAt = now();
    await client.query({
      name: "send",
      text: `with made as (insert into job (name, payload) values ('bench', $1) returning id),
                  line as (insert into ready select id from made)
             select pg_notify('work', '') from made`,
      values: [String(sentAt)],
    });
    await answered;
    roundTrips.push(now() - sentAt);
    await sleep(4 + Math.random() * 12);
  }
  await child.end();
  await Promise.all([client.end(), ear.end()]);
  const of = (label, values) => ({
    [`${label} p50`]: percentile(values.slice(WARM_UP), 0.5),
    [`${label} p99`]: percentile(values.slice(WARM_UP), 0.99),
  });
  return { ...of("pick-up", pickUps), ...of("round trip", roundTrips) };
}
