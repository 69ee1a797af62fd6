/**
 * Progress calls: a thousand running jobs of one process each report their progress a hundred times a second. How much
 * slower do other jobs drain beside them than beside a thousand silent ones, and how many writes reach the store?
 */
import { fileURLToPath } from "node:url";
import { defineJob } from "waymark";
import { startChild } from "../lib/child.mjs";
import { sleep, until } from "../lib/measure.mjs";
import { fill, openEmpty } from "../lib/queue.mjs";
import { lossBeside } from "../lib/windows.mjs";
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

export async function measure({ place, sizes }) {
  const waymark = await openEmpty(place);
  let heard = { running: 0, writesPerJob: null };
  const given = { options: place.options, jobs: sizes.reporters };
  const child = await startChild(REPORTERS, given, { onMessage: (message) => (heard = { ...heard, ...message }) });
  try {
    await fill(waymark, sizes.reporters, reporter);
    child.send("go");
    await until(() => heard.running === sizes.reporters, { what: "every reporter" });
    const turnOn = () => child.send("reporting");
    const turnOff = () => child.send("silent");
    const { without, beside, lost } = await lossBeside({ place, waymark, sizes, turnOn, turnOff });
    // In a longer stretch: in a short one, that the first report is written at once would count too much.
    turnOn();
    await sleep(sizes.reportingMs);
    child.send("tell");
    await until(() => heard.writesPerJob !== null, { what: "the count of writes" });
    return {
      "drain beside silent jobs": without,
      "drain beside reporting jobs": beside,
      "throughput lost": lost,
      "writes per job": heard.writesPerJob,
    };
  } finally {
    await child.end();
    await waymark.close();
  }
}
