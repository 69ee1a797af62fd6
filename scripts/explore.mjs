/**
 * `npm run explore`: makes every call that two workers, a rescuer and a person can make on one job of the memory store, in
 * every order, and checks every state on the way (see test/exhaustive/). Prints how many states and orders there are.
 *
 *   --worker N   calls of each worker; default 3
 *   --sweeps N   default 1
 *   --person N   cancels, forced or not, and retries; default 1
 *   --steps N    steps of the time, half a lease each; default 2
 *
 * Ends with 1 when a call is answered wrongly or a state is not sound, and prints the calls that lead there.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./lib/bundle.mjs";

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: { worker: text("3"), sweeps: text("1"), person: text("1"), steps: text("2") },
});
const chances = Object.fromEntries(Object.entries(values).map(([name, count]) => [name, Number(count)]));

const folder = await mkdtemp(path.join(tmpdir(), "waymark-explore-"));
try {
  const { exploreMemory } = await import(await bundle("test/exhaustive/explore-memory.ts", folder));
  const started = performance.now();
  const { states, transitions, interleavings, longest, violations } = await exploreMemory(chances);
  for (const violation of violations) process.stdout.write(`${violation}\n`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(
    `explore: ${states} states, ${transitions} calls, ${interleavings} orders of up to ${longest} calls, in ${seconds} s; ` +
      `${violations.length} violations\n`,
  );
  process.exitCode = violations.length > 0 ? 1 : 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}
