/** The writing side of the ledger (see ../kit/ledger.ts): one `write` a line, so that a kill cuts no line in two. */
import { openSync, writeSync } from "node:fs";

/** @param {string} path */
export function openLedger(path) {
  const file = openSync(path, "a");
  return (what, facts = {}) => {
    const upMs = Number(process.hrtime.bigint() / 1_000n) / 1_000;
    writeSync(file, `${JSON.stringify({ at: Date.now(), upMs, pid: process.pid, what, ...facts })}\n`);
  };
}
