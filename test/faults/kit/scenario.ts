/** What a scenario is: one row of the table in docs/reliability.md, as a program. */
import type { Trial } from "./trial.js";

export type StoreName = "sqlite" | "postgres";
/** `ci`: a few minutes for all of them together · `quick`: at most ten · `full`: the counts of the table. */
export type Size = "ci" | "quick" | "full";

export interface Scenario {
  readonly name: string;
  /** The row of the table. */
  readonly title: string;
  readonly stores: readonly StoreName[];
  /** False: only in the larger sets, because it takes long to mean anything. */
  readonly inCi: boolean;
  run(trial: Trial): Promise<void>;
}
