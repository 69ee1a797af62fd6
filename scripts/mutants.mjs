/**
 * `npm run mutants`: plants the bugs of test/mutants/ one at a time in a copy of the sources, runs the tests that should
 * catch it, and expects one of them to fail. First all those tests must pass on the untouched copy.
 *
 *   --only TEXT   those whose id contains the text; may be given more than once
 *   --jobs N      how many at once; default: as many as there are cores
 *   --table       plants nothing, and writes the table of docs/reliability/mutants.md anew
 *
 * Ends with 1 when a bug survives, or when the text it replaces does not stand in its file exactly once.
 */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./lib/bundle.mjs";
import { root } from "./lib/run.mjs";
import { verdict } from "./lib/tally.mjs";

const COPIED = ["src", "test", "scripts", "package.json", "tsconfig.json", "vitest.config.ts"];
/** A run that takes longer hangs: that is a failure, too. The untouched copy runs every test there is a bug for. */
const NOTHING_FOUND_MS = 180_000;
const UNTOUCHED_MS = 900_000;
const TABLE = "docs/reliability/mutants.md";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [""] },
    jobs: { type: "string" },
    table: { type: "boolean", default: false },
  },
});
const jobs = Number(values.jobs ?? availableParallelism());
const folder = mkdtempSync(path.join(tmpdir(), "waymark-mutants-"));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const { MUTANTS, tableOf } = await import(await bundle("test/mutants/index.ts", folder));
  if (values.table) {
    writeFileSync(path.join(root, TABLE), tableOf(MUTANTS));
    return 0;
  }
  const mutants = MUTANTS.filter(({ id }) => values.only.some((text) => id.includes(text)));
  const lost = mutants.filter((mutant) => occurrences(mutant) !== 1);
  for (const { id, file } of lost) say(`${id}: the text to replace does not stand in ${file} exactly once`);
  if (lost.length > 0 || mutants.length === 0) return 1;

  const postgres = await startPostgres();
  try {
    const copies = Array.from({ length: Math.min(jobs, mutants.length) }, (_, i) => copyOf(`copy${i}`));
    const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
    const untouched = await run(copies[0], tests, postgres.url, UNTOUCHED_MS);
    if (untouched.failed) {
      say(`the tests fail without any planted bug:\n${untouched.output}`);
      return 1;
    }
    const survivors = [];
    const left = [...mutants];
    const work = async (copy) => {
      for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
        const { failed, title, seconds } = await plant(copy, mutant, postgres.url);
        say(
          `${failed ? "caught  " : "SURVIVES"} ${mutant.id} (${seconds.toFixed(1)} s)${title === null ? "" : ` – ${title}`}`,
        );
        if (!failed) survivors.push(mutant.id);
      }
    };
    await Promise.all(copies.map(work));
    say(`${mutants.length - survivors.length} of ${mutants.length} planted bugs were caught`);
    return survivors.length > 0 ? 1 : 0;
  } finally {
    await postgres.stop();
  }
}

function occurrences({ file, search }) {
  return readFileSync(path.join(root, file), "utf8").split(search).length - 1;
}

function copyOf(name) {
  const copy = path.join(folder, name);
  for (const each of COPIED) cpSync(path.join(root, each), path.join(copy, each), { recursive: true });
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  return copy;
}

async function plant(copy, { file, search, replace, tests }, url) {
  const target = path.join(copy, file);
  const text = readFileSync(target, "utf8");
  writeFileSync(
    target,
    text.replace(search, () => replace),
  );
  try {
    return await run(copy, tests, url);
  } finally {
    writeFileSync(target, text);
  }
}

/** Runs tests in a copy until the first that fails. A run that does not end is a failure: a test hangs. */
function run(copy, tests, url, patienceMs = NOTHING_FOUND_MS) {
  const started = performance.now();
  return new Promise((resolve) => {
    const vitest = path.join(copy, "node_modules/vitest/vitest.mjs");
    const tally = path.join(copy, "tally.json");
    rmSync(tally, { force: true });
    const reporters = ["--reporter=json", "--reporter=./scripts/lib/tally-reporter.mjs"];
    const args = [vitest, "run", "--bail=1", "--typecheck.enabled=false", ...reporters, ...tests];
    const env = { ...process.env, TEST_DATABASE_URL: url, WAYMARK_TALLY: tally, CI: "true" };
    const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (part) => (output += part));
    child.stderr.on("data", (part) => (output += part));
    const patience = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    child.on("close", (code, signal) => {
      clearTimeout(patience);
      const title = signal === null ? firstFailure(output) : "no test ended";
      // The runner's own exit code may be 0 whatever failed.
      const counted = existsSync(tally) ? JSON.parse(readFileSync(tally, "utf8")) : null;
      resolve({
        failed: verdict(counted, code ?? 1).failed > 0,
        title,
        output,
        seconds: (performance.now() - started) / 1_000,
      });
    });
  });
}

function firstFailure(output) {
  try {
    const report = JSON.parse(output.slice(output.indexOf('{"numTotalTestSuites"')).split("\n")[0]);
    const failed = report.testResults
      .flatMap((file) => file.assertionResults)
      .find(({ status }) => status === "failed");
    return failed?.fullName ?? report.testResults.find(({ status }) => status === "failed")?.message ?? null;
  } catch {
    return null;
  }
}

/** One server for all runs; each test makes a schema of its own. The program finds the server's binaries two folders up. */
async function startPostgres() {
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  const file = await bundle("test/support/postgres.ts", path.join(folder, "test/support"), { packages: false });
  const { default: setup, postgresUrl } = await import(file);
  const stop = await setup();
  return { url: postgresUrl(), stop };
}

function say(line) {
  process.stdout.write(`mutants: ${line}\n`);
}
