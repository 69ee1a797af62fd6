/** What one durable write costs here: the median and the 99th percentile of appending 4 KiB and syncing it. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";
import { now, percentile } from "../lib/measure.mjs";

const BLOCK = Buffer.alloc(4_096, 1);

/** @returns milliseconds */
export function syncTimes(folder, writes) {
  const file = path.join(folder, "sync");
  const handle = openSync(file, "w");
  const times = [];
  for (let i = 0; i < writes; i++) {
    writeSync(handle, BLOCK);
    const start = now();
    fdatasyncSync(handle);
    times.push(now() - start);
  }
  closeSync(handle);
  rmSync(file);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
