/** The command line of `npm run faults`. */
import { parseArgs } from "node:util";
import type { Size, StoreName } from "./scenario.js";

export interface Asked {
  readonly size: Size;
  /** Names of scenarios; null = all of the set. */
  readonly only: readonly string[] | null;
  readonly store: StoreName | null;
  readonly seed: number;
  /** A file for the figures, one JSON object a line. */
  readonly report: string | null;
  /** A file of such figures, whose newest go into the table of docs/reliability.md; nothing is run. */
  readonly table: string | null;
  readonly list: boolean;
}

export const USAGE = `npm run faults -- [options]
  --full            the counts of docs/reliability.md; hours
  --ci              a few minutes for all of them together
  --only NAME       this scenario alone; may be given more than once
  --store STORE     sqlite or postgres alone
  --seed N          the run of that seed again; default: a new one, which is printed
  --report FILE     adds the figures to a file, one JSON object a line
  --table FILE      runs nothing: puts the newest figures of such a file into the table of docs/reliability.md
  --list            names the scenarios`;

/** @throws {TypeError} with a sentence for the person who typed it */
export function readArguments(argv: readonly string[], freshSeed: number): Asked {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      full: { type: "boolean", default: false },
      ci: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      store: { type: "string" },
      seed: { type: "string" },
      report: { type: "string" },
      table: { type: "string" },
      list: { type: "boolean", default: false },
    },
  });
  const { store = null, seed: givenSeed } = values;
  if (store !== null && store !== "sqlite" && store !== "postgres") {
    throw new TypeError(`--store is sqlite or postgres, not ${store}.`);
  }
  const seed = givenSeed === undefined ? freshSeed : Number(givenSeed);
  if (!Number.isInteger(seed) || seed < 0) throw new TypeError(`--seed is a whole number, not ${givenSeed}.`);
  return {
    size: values.full ? "full" : values.ci ? "ci" : "quick",
    only: values.only ?? null,
    store,
    seed,
    report: values.report ?? null,
    table: values.table ?? null,
    list: values.list,
  };
}
