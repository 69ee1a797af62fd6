/** The command line of `npm run bench`. */
import { parseArgs } from "node:util";
import { ROWS } from "../rows/index.mjs";
import { PLACES } from "./places.mjs";

export const USAGE = `npm run bench -- [options]

Measures Waymark's own rows on each store, beside what this machine gives the barest code in the same run.

  --row NAME,…     only these of the rows below
  --store NAME,…   only these of ${Object.keys(PLACES).join(", ")}
  --runs N         how often everything is measured, by turns (default 3)
  --quick          tiny amounts: shows that it works, measures nothing
  --json FILE      writes the results there as well
  --help           prints this

Rows, and the stores that have them:

${ROWS.map(({ name, title, stores }) => `  ${name.padEnd(11)} ${title} (${stores.join(", ")})`).join("\n")}

What each does in detail stands at the head of its file in bench/rows/. Nothing else should run meanwhile.

  npm run bench -- --row enqueue,drain --store sqlite --runs 1

PostgreSQL is started for the run, with fsync on; BENCH_DATABASE_URL=postgres://… names a server instead, in which the
database waymark_bench is made anew.`;

/** @returns the options, or `{ help: true }`. @throws {Error} in words for people */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      row: { type: "string" },
      store: { type: "string" },
      runs: { type: "string", default: "3" },
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs takes a whole number from 1");
  return {
    help: values.help,
    rows: chosen(
      "row",
      values.row,
      ROWS.map(({ name }) => name),
    ),
    stores: chosen("store", values.store, Object.keys(PLACES)),
    runs,
    quick: values.quick,
    json: values.json ?? null,
  };
}

function chosen(option, given, all) {
  if (given === undefined) return all;
  const names = given.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`--${option} knows no ${unknown}; it knows ${all.join(", ")}`);
  return all.filter((name) => names.includes(name));
}
