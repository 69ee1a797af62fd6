/**
 * `npm start`: installs what is missing, builds what is stale, and runs the demo in examples/story. With a file
 * (`npm start -- sales.csv`) the demo runs in the terminal. Runs in this process, so arguments, signals and the exit code
 * are the demo's own.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureExamplesBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { root, say } from "./lib/run.mjs";

const ready = (await ensureInstalled()) && (await ensureExamplesBuilt());
process.exitCode = ready ? await demo(process.argv.slice(2)) : 1;

/** Calls `main(argv)` of the demo. It returns an exit code, or nothing for 0. */
async function demo(argv) {
  const file = path.join(root, "dist-examples/story/main.js");
  if (!existsSync(file)) {
    say("examples/story/main.ts is missing, so there is no demo to start.");
    return 1;
  }
  const { main } = await import(pathToFileURL(file).href);
  return (await main(argv)) ?? process.exitCode ?? 0;
}
