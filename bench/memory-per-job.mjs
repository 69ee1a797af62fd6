/**
 * Bytes of heap per waiting and per finished job in the memory store (PROMISES A9).
 * Run: node scripts/build.mjs && node --expose-gc bench/memory-per-job.mjs
 */
import { defineJob, memoryStore, openWaymark } from "waymark";

const COUNT = 100_000;
const job = defineJob({ kind: "measured" });
const heap = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

const store = memoryStore({ maxJobs: COUNT + 1 });
const waymark = await openWaymark({ store });
await waymark.enqueue(job, { i: -1 });
const empty = heap();
for (let start = 0; start < COUNT; start += 1_000) {
  await waymark.enqueueMany(
    job,
    Array.from({ length: 1_000 }, (_, i) => ({ i: start + i })),
  );
}
const waiting = heap();
const worker = waymark.work([job.handle(() => null)], { concurrency: 1_000 });
while ((await waymark.tracker.counts()).completed < COUNT) await new Promise((resolve) => setTimeout(resolve, 20));
await worker.stop();
const finished = heap();
await waymark.close();

const per = (bytes) => Math.round((bytes - empty) / COUNT);
console.log(
  JSON.stringify({
    node: process.version,
    jobs: COUNT,
    bytesPerWaitingJob: per(waiting),
    bytesPerFinishedJob: per(finished),
  }),
);
