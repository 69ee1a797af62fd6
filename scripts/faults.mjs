/**
 * `npm run faults`: installs what is missing, builds what is stale, and runs the fault kit of test/faults on it.
 * `npm run faults -- --list` names the scenarios; docs/reliability.md tells what they found.
 */
import { ensureBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { run } from "./lib/run.mjs";

const ready = (await ensureInstalled()) && (await ensureBuilt());
// A full run at load makes a million jobs, and the auditor knows them all at once.
const main = ["--max-old-space-size=8192", "--import", "tsx", "test/faults/main.ts", ...process.argv.slice(2)];
process.exitCode = ready ? await run(process.execPath, main) : 1;
