/** A forgotten transaction: how fast do jobs drain while a snapshot from before them is held open? PostgreSQL only. */
import pg from "pg";
import { drain, fill, openEmpty } from "../lib/queue.mjs";
import { JOBS_PER_S, SHARE } from "./units.mjs";

export const name = "snapshot";
export const title = "Drain while a snapshot is held open";
export const stores = ["postgres"];
export const figures = {
  "50,000, none held": JOBS_PER_S,
  "50,000, one held": JOBS_PER_S,
  "200,000, none held": JOBS_PER_S,
  "200,000, one held": JOBS_PER_S,
  "share left, 50,000": SHARE,
  "share left, 200,000": SHARE,
};

export async function measure({ place, sizes }) {
  const short = [await rate(place, sizes.snapshot, false), await rate(place, sizes.snapshot, true)];
  const long = [await rate(place, sizes.longSnapshot, false), await rate(place, sizes.longSnapshot, true)];
  return {
    "50,000, none held": short[0],
    "50,000, one held": short[1],
    "200,000, none held": long[0],
    "200,000, one held": long[1],
    "share left, 50,000": short[1] / short[0],
    "share left, 200,000": long[1] / long[0],
  };
}

async function rate(place, jobs, held) {
  const waymark = await openEmpty(place);
  await fill(waymark, jobs);
  await place.settle();
  const holder = held ? await hold(place.options.store) : null;
  const drained = await drain({ place, waymark, jobs, settle: false });
  await holder?.end();
  await waymark.close();
  return drained;
}

async function hold(url) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query("begin isolation level repeatable read");
  // The first statement takes the snapshot.
  await client.query("select 1 from pg_class limit 1");
  return client;
}
