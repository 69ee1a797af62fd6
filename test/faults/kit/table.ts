/** Puts the figures of runs into the table of docs/reliability.md: the newest of each scenario on each store. */
import type { Outcome } from "./report.js";
import type { Size } from "./scenario.js";
import type { Figure } from "./trial.js";

/** A line of `--report`. */
export type Reported = Pick<Outcome, "scenario" | "title" | "store" | "figures" | "violations"> & {
  readonly size: Size;
};

const STORES: Readonly<Record<string, string>> = { sqlite: "SQLite", postgres: "PostgreSQL" };

/**
 * A row keeps its words for the fault; one that is new goes to the end of the table. What broke a promise is told in words
 * below the table, by hand, and changes no row.
 */
export function renewed(document: string, outcomes: readonly Reported[]): string {
  const lines = document.split("\n");
  for (const outcome of outcomes) {
    if (outcome.violations.length > 0) continue;
    const { scenario, size } = outcome;
    const [store, figures] = [STORES[outcome.store]!, outcome.figures.map(cellOf).join("; ")];
    const place = lines.findIndex((line) => isRowOf(line, scenario, store));
    const name = `\`${scenario}\`${size === "full" ? "" : ", small set"}`;
    const fault = place < 0 ? outcome.title : lines[place]!.slice(2, lines[place]!.lastIndexOf(` (\`${scenario}\``));
    const row = `| ${fault} (${name}) | ${store} | ${figures} |`;
    if (place >= 0) lines[place] = row;
    else lines.splice(endOfTable(lines), 0, row);
  }
  return lines.join("\n");
}

function isRowOf(line: string, scenario: string, store: string): boolean {
  const [, fault = "", on = ""] = line.split("|");
  return fault.includes(`(\`${scenario}\``) && on.trim() === store;
}

function endOfTable(lines: readonly string[]): number {
  return lines.findLastIndex((line) => /^\|.*\(`[a-z-]+`(, small set)?\) \|/.test(line)) + 1;
}

function cellOf({ name, value, unit, goal, reached }: Figure): string {
  const number = value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
  const text = `${name} ${number}${unit === "" ? "" : unit === "%" ? "%" : ` ${unit}`}`;
  if (goal === null || reached) return text;
  const wanted = "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
  return `${text} (**goal missed: ${wanted}**)`;
}
