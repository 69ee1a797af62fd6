/**
 * `npm test`: installs what is missing, builds what is stale, runs every test, and closes with one line that counts them.
 * `npm test -- test/stores` passes its arguments on to vitest; `npm test -- --coverage` reports coverage as well.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureExamplesBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";
import { closingLine, verdict } from "./lib/tally.mjs";

const started = performance.now();
const ready = (await ensureInstalled()) && (await ensureExamplesBuilt());
const result = ready ? await runTests(process.argv.slice(2)) : verdict(null, 1);
const seconds = ((performance.now() - started) / 1000).toFixed(1);

process.exitCode = result.failed > 0 ? 1 : 0;
process.stdout.write(`\nTests ended after ${seconds} s.\n${closingLine(result)}\n`);

async function runTests(args) {
  const folder = mkdtempSync(path.join(tmpdir(), "waymark-tally-"));
  const file = path.join(folder, "tally.json");
  const reporters = ["--reporter=default", "--reporter=./scripts/lib/tally-reporter.mjs"];
  try {
    const env = { ...process.env, WAYMARK_TALLY: file };
    const exitCode = await runNode("node_modules/vitest/vitest.mjs", ["run", ...reporters, ...args], { env });
    return verdict(readTally(file), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
