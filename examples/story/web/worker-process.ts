/**
 * The worker of the web demo, in a process of its own: analysing a large file takes the processor for a second, and pages
 * must not wait for that. It ends when the server does, and what it had begun is given back.
 */
import { openWaymark } from "waymark";
import { tableStoryHandler } from "./story-jobs.js";
import { openShelf } from "./story-shelf.js";

const [store = "", shelfPath = ""] = process.argv.slice(2);

const waymark = await openWaymark({ store });
const shelf = await openShelf(shelfPath);
// A short lease: when this process is killed, its job is taken up again within seconds.
const worker = waymark.work([tableStoryHandler(shelf)], {
  concurrency: 2,
  leaseMs: "5s",
  sweepMs: "1s",
  shutdownGraceMs: "1s",
});
process.send?.("ready");

let stopping: Promise<void> | undefined;
async function stop(): Promise<void> {
  await worker.stop();
  await waymark.close();
  shelf.close();
  process.exit(0);
}
for (const event of ["disconnect", "SIGTERM", "SIGINT"] as const) {
  process.on(event, () => {
    // Ctrl-C reaches the whole group; the server tells us in its turn when it goes.
    if (event !== "SIGINT") stopping ??= stop();
  });
}
