/** A step of writing, and what every step ends with. */
import { unpark } from "./keys.js";
import type { Transaction } from "./transaction.js";

export function runStep<T>(tx: Transaction, work: (tx: Transaction) => T): T {
  const answer = work(tx);
  unpark(tx);
  return answer;
}
