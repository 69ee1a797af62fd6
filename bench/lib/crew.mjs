/** The workers of a measurement: processes of their own, or this one when the store lives in it. */
import { fileURLToPath } from "node:url";
import { countJobs } from "../workers/count.mjs";
import { startChild } from "./child.mjs";

const SCRIPT = fileURLToPath(new URL("../workers/count.mjs", import.meta.url));

/**
 * Hires workers that count the jobs of kind `bench` and take note of when each was picked up. They begin at `go`.
 *
 * @param waymark  this process's own, for a store that only this process sees
 * @param onCount  told every few milliseconds how many jobs one worker has handled: `{ at, count }`; not in memory
 */
export async function hire({ place, waymark, workers = 1, onPickUp = () => {}, onCount = () => {} }) {
  const told = { onPickUp, onCount };
  const hire = place.store === "memory" ? () => localWorker(waymark, onPickUp) : () => processWorker(place, told);
  const crew = await Promise.all(Array.from({ length: workers }, hire));
  return {
    pids: crew.map(({ pid }) => pid),
    go: () => Promise.all(crew.map((worker) => worker.go())),
    handled: () => crew.reduce((sum, { seen }) => sum + seen.count, 0),
    /** When the first job of all was handed to a handler; null before. */
    firstAt: () => Math.min(...crew.map(({ seen }) => seen.first).filter((at) => at !== null)),
    dismiss: () => Promise.all(crew.map((worker) => worker.end())),
  };
}

async function processWorker(place, { onPickUp, onCount }) {
  const seen = { count: 0, first: null };
  const child = await startChild(
    SCRIPT,
    { options: place.options },
    {
      onMessage: ({ counted, pickUp, at }) => {
        if (counted !== undefined) {
          Object.assign(seen, counted);
          onCount({ at, count: counted.count });
        }
        if (pickUp !== undefined) onPickUp(pickUp);
      },
    },
  );
  return { seen, pid: child.pid, go: async () => child.send("go"), end: child.end };
}

async function localWorker(waymark, onPickUp) {
  const worker = countJobs(waymark, onPickUp);
  return { seen: worker.seen, pid: process.pid, go: async () => worker.start(), end: () => worker.stop() };
}
