/** A worker that does nothing but count the jobs it is given, and say when it got them. */
import { defineJob, openWaymark } from "waymark";
import { given, serveAsChild } from "../lib/child.mjs";
import { now } from "../lib/measure.mjs";
import { WORK } from "../lib/settings.mjs";

/** How often the count is told: seldom enough to cost nothing, often enough for a rate. */
const TELL_MS = 5;

/** @param onPickUp  told how long a job that carries `sentAt` took to come here, in ms */
export function countJobs(waymark, onPickUp) {
  const seen = { count: 0, first: null };
  let worker = null;
  const run = ({ sentAt }) => {
    const at = now();
    seen.first ??= at;
    seen.count++;
    if (sentAt === undefined) return null;
    onPickUp(at - sentAt);
    return { endedAt: now() };
  };
  return {
    seen,
    start() {
      worker = waymark.work([defineJob({ kind: "bench" }).handle(run)], WORK);
    },
    stop: () => worker?.stop(),
  };
}

if (process.argv[1] === import.meta.filename) {
  const waymark = await openWaymark(given().options);
  const { seen, start } = countJobs(waymark, (pickUp) => process.send({ pickUp }));
  let told = 0;
  setInterval(() => {
    if (seen.count === told) return;
    told = seen.count;
    process.send({ counted: seen, at: now() });
  }, TELL_MS);
  serveAsChild((order) => order === "go" && start());
}
