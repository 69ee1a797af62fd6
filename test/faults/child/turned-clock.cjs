/**
 * Turns the wall clock of a process and of its threads: `Date.now` is off by as many ms as the file says that
 * WAYMARK_FAULTS_CLOCK names. Loaded with --require, so that threads have it too. The monotonic clock goes on.
 */
const { readFileSync } = require("node:fs");

const file = process.env.WAYMARK_FAULTS_CLOCK;
const realNow = Date.now;
/** How long a reading of the file counts. */
const FRESH_MS = 5;
let offset = 0;
let readAt = Number.NEGATIVE_INFINITY;

Date.now = () => {
  const now = realNow();
  if (performance.now() - readAt > FRESH_MS) {
    readAt = performance.now();
    offset = Number(readFileSync(file, "utf8")) || 0;
  }
  return now + offset;
};
