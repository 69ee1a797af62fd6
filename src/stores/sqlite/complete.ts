/**
 * T6 on the plain path, for many attempts in one statement: on time, nobody asked to cancel, each under its fence. Either
 * all of them end here, or none does and each is judged on its own.
 */
import type { SettleAnswer, Settlement } from "../../core/store.js";
import { ANY_KEY, KEYS_OF_JOBS } from "./sql/keys.js";
import { COMPLETE_ALL_PLAINLY } from "./sql/settle.js";
import type { Transaction } from "./transaction.js";

/** Longer results go one by one: here each is written into a text, and read out of it again. */
const LONGEST_RESULT = 1_000;

type Completion = Settlement & { readonly outcome: { readonly type: "completed"; readonly result: string | null } };

/** @returns the answers of those that ended plainly, by their place in `settlements` */
export function completeTogether(tx: Transaction, settlements: readonly Settlement[]): Map<number, SettleAnswer> {
  const answers = new Map<number, SettleAnswer>();
  const ids = new Set<string>();
  const completions: Completion[] = [];
  for (const [i, settlement] of settlements.entries()) {
    ids.add(settlement.jobId);
    if (!mayGoTogether(settlement)) continue;
    completions.push(settlement);
    answers.set(i, { answer: "settled", status: "completed", late: false });
  }
  // Told of one job twice, the order decides, so there is no together.
  const distinct = ids.size === settlements.length;
  return distinct && completions.length > 1 && completeAll(tx, completions) ? answers : new Map();
}

function mayGoTogether(settlement: Settlement): settlement is Completion {
  const { outcome } = settlement;
  return outcome.type === "completed" && (outcome.result?.length ?? 0) <= LONGEST_RESULT;
}

function completeAll({ connection, now, touched }: Transaction, completions: readonly Completion[]): boolean {
  const endings = completions.map(({ jobId, fence, outcome }) => [jobId, fence, outcome.result]);
  connection.run("savepoint together");
  const ended = connection.run(COMPLETE_ALL_PLAINLY, { now, endings: JSON.stringify(endings) });
  if (ended !== completions.length) connection.run("rollback to together");
  connection.run("release together");
  if (ended !== completions.length) return false;

  for (const { jobId } of completions) touched.jobs.add(jobId);
  if (connection.get(ANY_KEY) !== undefined) {
    const jobIds = JSON.stringify(completions.map(({ jobId }) => jobId));
    for (const { concurrency_key: key } of connection.all<{ concurrency_key: string }>(KEYS_OF_JOBS, { jobIds })) {
      touched.keys.add(key);
    }
  }
  return true;
}
