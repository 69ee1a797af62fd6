/** `npm run fix`: formats every file, sorts imports, and mends what the linter can mend by itself. */
import { ensureInstalled } from "./lib/install.mjs";
import { runNode } from "./lib/run.mjs";

process.exitCode = await fix();

async function fix() {
  if (!(await ensureInstalled())) return 1;
  const linted = await runNode("node_modules/oxlint/bin/oxlint", ["--fix"]);
  const formatted = await runNode("node_modules/@biomejs/biome/bin/biome", ["check", "--write"]);
  return linted || formatted;
}
