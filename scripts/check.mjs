/**
 * `npm run check`: everything a change must pass, cheapest first, stopping at the first stage that fails.
 * `--skip-tests` leaves the tests out, for a machine that has just run them.
 */
import { ensureExamplesBuilt } from "./lib/build.mjs";
import { ensureInstalled } from "./lib/install.mjs";
import { runNode, say } from "./lib/run.mjs";

const tool =
  (file, ...args) =>
  () =>
    runNode(`node_modules/${file}`, args);

/** [name, what it proves, how: resolves to an exit code] */
const STAGES = [
  ["format", "files look alike", tool("@biomejs/biome/bin/biome", "check", "--error-on-warnings")],
  ["lint", "house rules and likely mistakes", tool("oxlint/bin/oxlint", "--deny-warnings")],
  ["build", "the package and the examples compile", async () => ((await ensureExamplesBuilt()) ? 0 : 1)],
  ["types", "tests and examples compile too", tool("typescript/bin/tsc", "--project", "tsconfig.json")],
  ["web types", "tests of the browser parts compile", tool("typescript/bin/tsc", "--project", "test/browser-parts")],
  ["page types", "the pages of the demo compile", tool("typescript/bin/tsc", "--project", "examples/story/web/client")],
  ["unused", "no file, export or dependency is left over", tool("knip/bin/knip.js")],
  ["tests", "everything does what it says", () => runNode("scripts/test.mjs", ["--coverage"])],
];

process.exitCode = await check(process.argv.includes("--skip-tests"));

async function check(skipTests) {
  if (!(await ensureInstalled())) return 1;
  for (const [name, proves, go] of STAGES) {
    if (skipTests && name === "tests") continue;
    say(`check ${name}: ${proves}`);
    const code = await go();
    if (code !== 0) {
      say(`check ${name} failed; the stages after it did not run.`);
      return code;
    }
  }
  if (skipTests) say("all checks but the tests passed.");
  return 0;
}
