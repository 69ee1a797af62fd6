/** What a step of writing works with: the connection inside its transaction, the time, and a note of what it changed. */
import type { Connection } from "./connection.js";
import { LaneNumbers } from "./lane-numbers.js";

export interface Transaction {
  readonly connection: Connection;
  /** Epoch ms by the store's clock, the same for the whole step. */
  readonly now: number;
  readonly touched: Touched;
}

/** Gathered while a transaction runs, told to subscribers once it has committed. */
export interface Touched {
  /** Jobs whose status, progress or trail changed. */
  readonly jobs: Set<string>;
  /** Something may be claimable now that was not before. */
  waiting: boolean;
  /** Concurrency keys that may have a free slot now; see keys.ts. */
  readonly keys: Set<string>;
  /** The numbers of lanes that were made sure of; see lanes.ts. */
  readonly lanes: LaneNumbers;
}

export function touchedNothing(): Touched {
  return { jobs: new Set(), waiting: false, keys: new Set(), lanes: new LaneNumbers() };
}
