/** A worker of many kinds, each in a queue of its own, that has done one job of each and then waits. */
import { defineJob, openWaymark } from "waymark";
import { given, serveAsChild } from "../lib/child.mjs";

const { options, queues } = given();
const waymark = await openWaymark(options);
const jobs = Array.from({ length: queues }, (_, i) => defineJob({ kind: `kind-${i}`, queue: `queue-${i}` }));
let handled = 0;

serveAsChild(async () => {
  waymark.work(jobs.map((job) => job.handle(() => process.send({ handled: ++handled }) && null)));
  for (const job of jobs) await waymark.enqueue(job, null);
});
