/**
 * A process of running jobs that report their progress a hundred times a second each, or keep silent, as they are told.
 * It counts the reports that reach the store.
 */
import { defineJob, openWaymark, postgresStore, sqliteStore } from "waymark";
import { given, serveAsChild } from "../lib/child.mjs";
import { now } from "../lib/measure.mjs";

/** Between two calls of one job. */
const EVERY_MS = 10;

const { options, jobs } = given();
const store = await openStore(options);
const waymark = await openWaymark({ store });
const running = [];
let reporting = false;
let writes = 0;
let since = now();

const report = store.report.bind(store);
store.report = (reports) => {
  writes += reports.length;
  return report(reports);
};

const handler = (_input, context) => {
  running.push(context);
  if (running.length === jobs) process.send({ running: jobs });
  return new Promise(() => {});
};

// One timer for all: what is measured is the calls, not a thousand timers.
let turn = 0;
setInterval(() => {
  if (!reporting) return;
  turn++;
  for (const context of running) void context.progress(turn % 100);
}, EVERY_MS);

const ORDERS = {
  go: () => waymark.work([defineJob({ kind: "reporter" }).handle(handler)], { concurrency: jobs }),
  silent: () => (reporting = false),
  reporting: () => {
    reporting = true;
    writes = 0;
    since = now();
  },
  tell: () => process.send({ writesPerJob: writes / jobs / ((now() - since) / 1_000) }),
};
serveAsChild((order) => ORDERS[order]());

function openStore({ store, storeOptions }) {
  if (store.startsWith("sqlite:")) return sqliteStore({ ...storeOptions, path: store.slice("sqlite:".length) });
  return postgresStore({ ...storeOptions, url: store });
}
