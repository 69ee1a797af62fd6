/**
 * `npm run simulate`: lives through many small worlds, each made of one seed (see test/simulation/), in as many processes
 * as there are cores. Prints each violation with its seed and the timeline of its job, then how many seeds it did.
 *
 *   --seeds N      how many; default 1,000
 *   --from S       the first; default 1. With `--seeds 1` it replays that one.
 *   --within SEC   gives up after this many seconds, which counts as a failure; default: no bound
 *   --trace        prints everything that happened, with the hash of each seed's trace
 *
 * Ends with 1 when anything was found.
 */
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./lib/bundle.mjs";

/** Seeds handed to a process at once. */
const STINT = 50;
/** A broken rule breaks in many seeds; the first few say enough. */
const ENOUGH = 5;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    within: { type: "string" },
    trace: { type: "boolean", default: false },
  },
});
const [seeds, from] = [whole("seeds", values.seeds), whole("from", values.from)];
const deadline = values.within === undefined ? Number.POSITIVE_INFINITY : whole("within", values.within) * 1_000;

const started = performance.now();
const folder = await mkdtemp(path.join(tmpdir(), "waymark-simulation-"));
try {
  const { done, repeated, violations } = await liveThrough(await bundle("test/simulation/seeds.ts", folder));
  for (const violation of violations.slice(0, ENOUGH)) process.stdout.write(`${violation}\n\n`);
  const seconds = (performance.now() - started) / 1_000;
  const last = from + seeds - 1;
  process.stdout.write(
    `simulate: ${done} of ${seeds} seeds (${from} to ${last}) in ${seconds.toFixed(1)} s, ` +
      `${(done / seconds).toFixed(0)} a second; ${repeated} repeated; ${violations.length} violations\n`,
  );
  process.exitCode = violations.length > 0 || done < seeds ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Hands out stints until all seeds are done, enough was found, or time is up. */
async function liveThrough(program) {
  const total = { done: 0, repeated: 0, violations: [] };
  let next = from;
  const take = () => {
    const count = Math.min(STINT, from + seeds - next);
    if (count <= 0 || total.violations.length >= ENOUGH || performance.now() - started > deadline) return null;
    const stint = { from: next, count, trace: values.trace };
    next += count;
    return stint;
  };
  const work = () =>
    new Promise((resolve, reject) => {
      const child = fork(program, { execArgv: ["--max-semi-space-size=32"], serialization: "advanced" });
      const handOut = () => {
        const stint = take();
        if (stint === null) child.disconnect();
        else child.send(stint);
      };
      child.on("message", ({ count, repeated, violations, lines }) => {
        total.done += count;
        total.repeated += repeated;
        total.violations.push(...violations);
        for (const line of lines) process.stdout.write(`${line}\n`);
        handOut();
      });
      child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`))));
      handOut();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), Math.ceil(seeds / STINT)) }, work));
  return total;
}

function whole(name, text) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`--${name} is a whole number from 1, not ${text}`);
}
