/** What a run tells: a line for each figure, the stories behind each violation, and how to see it again. */
import type { Size } from "./scenario.js";
import type { Figure, Trial } from "./trial.js";

export interface Outcome {
  readonly scenario: string;
  readonly title: string;
  readonly store: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly violations: Trial["violations"];
  readonly timelines: Trial["timelines"];
  /** Where the ledger and the SQLite file of a trial with violations still are. */
  readonly folder: string;
}

const MOST_VIOLATIONS = 10;

export function describe(outcome: Outcome, seed: number, size: Size): string {
  const { scenario, store, seconds, figures, violations, timelines, folder } = outcome;
  const sign = violations.length > 0 ? "✖" : figures.every(({ reached }) => reached) ? "✔" : "△";
  const lines = [`${sign} ${scenario} on ${store} (${seconds.toFixed(1)} s)`];
  for (const figure of figures) lines.push(`    ${figure.reached ? " " : "△"} ${figure.name}: ${valueOf(figure)}`);
  for (const { rule, jobId, message } of violations.slice(0, MOST_VIOLATIONS)) {
    lines.push(`    ✖ ${rule}: ${message}${jobId === null ? "" : `, job ${jobId}`}`);
  }
  if (violations.length > MOST_VIOLATIONS) lines.push(`    ✖ and ${violations.length - MOST_VIOLATIONS} more`);
  for (const [jobId, timeline] of timelines) lines.push(`    The story of ${jobId}:`, timeline);
  if (violations.length > 0) {
    lines.push(
      `    Again: npm run faults -- ${replay(scenario, store, size, seed)}`,
      `    Its files are in ${folder}.`,
    );
  }
  return lines.join("\n");
}

function valueOf({ value, unit, goal, reached }: Figure): string {
  const text = `${Number.isInteger(value) ? value : value.toFixed(2)}${unit === "" ? "" : ` ${unit}`}`;
  if (goal === null) return text;
  const wanted = "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
  return `${text} (${reached ? "goal" : "MISSED, goal"}: ${wanted})`;
}

function replay(scenario: string, store: string, size: Size, seed: number): string {
  const flag = size === "quick" ? "" : ` --${size}`;
  return `--only ${scenario} --store ${store}${flag} --seed ${seed}`;
}
