/** Narrow rows taken and ended a thousand at a time in one process: no handler, no trail, no fence. */
import { now, perSecond } from "../../lib/measure.mjs";
import { freshTables, insert, settleAndTake } from "./tables.mjs";

const BATCH = 1_000;

export async function drainLimit({ place, sizes }) {
  return {
    "20,000, one process": await rate(place, sizes.drain, 1),
    "20,000, two processes": await rate(place, sizes.drain, 2),
    "100,000, one process": await rate(place, sizes.longDrain, 1),
  };
}

async function rate(place, jobs, connections) {
  const clients = await freshTables(place, connections);
  for (let sent = 0; sent < jobs; sent += 10_000)
    await insert(clients[0], Array(Math.min(10_000, jobs - sent)).fill("{}"));
  await place.settle();
  const start = now();
  await Promise.all(clients.map(work));
  const perS = perSecond(jobs, now() - start);
  await Promise.all(clients.map((client) => client.end()));
  return perS;
}

async function work(client) {
  let taken = [];
  do taken = await settleAndTake(client, taken, BATCH);
  while (taken.length > 0);
}
