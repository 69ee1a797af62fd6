/**
 * Progress calls: a thousand running jobs of one process each report their progress a hundred times a second. How much
 * slower do other jobs drain beside them than beside a thousand silent ones, and how many writes reach the store?
 */
import { fileURLToPath } from "node:url";
import { defineJob } from "waymark";
import { startChild } from "../lib/child.mjs";
import { until } from "../lib/measure.mjs";
import { drain, fill, openEmpty } from "../lib/queue.mjs";
import { lost } from "./lost.mjs";
import { JOBS_PER_S, PERCENT_LOST, WRITES } from "./units.mjs";

export const name = "progress";
export const title = "1,000 running jobs report progress 100 times a second";
export const stores = ["postgres", "sqlite"];
export const figures = {
  "drain beside silent jobs": JOBS_PER_S,
  "drain beside reporting jobs": JOBS_PER_S,
  "throughput lost": PERCENT_LOST,
  "writes per job": WRITES,
};

const REPORTERS = fileURLToPath(new URL("../workers/report-progress.mjs", import.meta.url));
const reporter = defineJob({ kind: "reporter" });
const PAIRS = 2;

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  let heard = { running: 0, writesPerJob: null };
  const given = { options: place.options, jobs: sizes.reporters };
  const child = await startChild(REPORTERS, given, { onMessage: (message) => (heard = { ...heard, ...message }) });
  try {
    await fill(waymark, sizes.reporters, reporter);
    child.send("go");
    await until(() => heard.running === sizes.reporters, { what: "every reporter" });
    const rates = { silent: [], reporting: [] };
    const writes = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      for (const mode of ["silent", "reporting"]) {
        child.send(mode);
        await fill(waymark, sizes.beside);
        rates[mode].push(await drain({ place, waymark, jobs: sizes.beside }));
        heard.writesPerJob = null;
        child.send("tell");
        await until(() => heard.writesPerJob !== null, { what: "the count of writes" });
        if (mode === "reporting") writes.push(heard.writesPerJob);
      }
    }
    return {
      ...lost(rates.silent, rates.reporting, "drain beside silent jobs", "drain beside reporting jobs"),
      "writes per job": writes.reduce((sum, each) => sum + each, 0) / writes.length,
    };
  } finally {
    await child.end();
    await waymark.close();
  }
}
