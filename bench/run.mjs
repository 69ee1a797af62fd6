/**
 * `npm run bench`: Waymark's own rows on each store, beside the limits of this machine. Rows and stores are measured by
 * turns, all of them once, then all of them again, so that a busy minute spoils a run and not a row.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureBuilt } from "../scripts/lib/build.mjs";
import { say } from "../scripts/lib/run.mjs";
import { environment } from "./lib/environment.mjs";
import { readOptions, USAGE } from "./lib/options.mjs";
import { figureText, tableOf } from "./lib/print.mjs";
import { entriesOf, rowOf, writeResults } from "./lib/results.mjs";
import { runRow } from "./lib/run-row.mjs";
import { benchPostgres } from "./lib/scratch-postgres.mjs";

process.exit(await main(process.argv.slice(2)));

async function main(args) {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (!(await ensureBuilt())) return 1;
  const folder = mkdtempSync(path.join(tmpdir(), "waymark-bench-"));
  const needsPostgres = options.stores.includes("postgres");
  const postgres = needsPostgres ? await benchPostgres(process.env.BENCH_DATABASE_URL) : null;
  const where = { folder, postgresUrl: postgres?.url ?? null };
  try {
    const facts = await environment({ ...where, ...options });
    const { quick, runs, json } = options;
    const save = (results) => {
      if (json === null) return;
      writeResults(json, { format: 1, from: "waymark", quick, runs, environment: facts, ...results });
    };
    const { entries, failures } = await measureAll(options, where, save);
    process.stdout.write(`${tableOf(entries)}\n`);
    return failures.length === 0 ? 0 : 1;
  } finally {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param save  called after each measurement, so that a run that is cut short has not been for nothing */
async function measureAll({ rows, stores, runs, quick }, where, save) {
  const entries = [];
  const failures = [];
  for (let run = 1; run <= runs; run++) {
    for (const row of rows) {
      for (const store of stores.filter((each) => rowOf(row).stores.includes(each))) {
        const { figures, limits, error } = await runRow({ row, store, where, quick });
        const measured = error === undefined ? entriesOf({ run, row, store, figures, limits }) : [];
        entries.push(...measured);
        if (error !== undefined) failures.push({ run, row, store, error });
        say(`run ${run}, ${row} on ${store}: ${error ?? measured.map(inShort).join("; ")}`);
        save({ failures, entries });
      }
    }
  }
  return { entries, failures };
}

function inShort({ row, figure, value }) {
  return `${figure} ${figureText(value)} ${rowOf(row).figures[figure].unit}`;
}
