/** T6–T10, T13 and T16 in PostgreSQL: attempts end as their holders tell, and who asks for a job is told of it. */
import { isTerminalStatus, type JobStatus } from "../../core/lifecycle.js";
import type * as contract from "../../core/store.js";
import { plain, texts } from "./arrays.js";
import { COMPLETED, complete } from "./complete.js";
import { byJob, type Db, idsWhere, inRounds, isId, sorted } from "./db.js";
import type { Row } from "./driver.js";
import type { Note } from "./hints.js";
import { judgeAll } from "./judge.js";
import { keyed } from "./keyed.js";

export async function settle(db: Db, settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
  let waiting = false;
  // Without keys, completions make nothing claimable; so what they tell can go along with them.
  const isPlain = !keyed.has(db) && settlements.every(isCompletion);
  const note = isPlain ? db.hints.carry({ waiting, jobs: settlements.map(({ jobId }) => jobId) }, "over") : null;
  const answers = await inRounds(settlements, async (round) => {
    const told = await settleRound(db, round, note);
    waiting ||= told.waiting;
    return told.answers;
  });
  const isSettled = (i: number): boolean => answers[i]?.answer === "settled";
  settlements.forEach((settlement, i) => {
    if (isSettled(i)) db.claims.ended(settlement);
  });
  if (waiting) db.marks.stale();
  const hint = { waiting, jobs: idsWhere(settlements, isSettled) };
  if (note === null || waiting) db.hints.tell(hint, waiting ? null : "over");
  else db.hints.tellHere(hint);
  return answers;
}

export interface Settled {
  readonly answers: contract.SettleAnswer[];
  /** Something may be claimable now: a job that waits again, or one whose key has a free slot. */
  readonly waiting: boolean;
}

/** Settlements of different jobs, and no word to the listeners but the message they are given. */
export async function settleRound(
  db: Db,
  round: readonly contract.Settlement[],
  note: Note | null = null,
): Promise<Settled> {
  const known = round.every(({ jobId }) => isId(jobId)) ? round : round.filter(({ jobId }) => isId(jobId));
  const completed = known.filter(isCompletion);
  const others = completed.length === known.length ? [] : known.filter((settlement) => !isCompletion(settlement));
  const [told, ended] = await Promise.all([complete(db, completed, note), end(db, sorted(others))]);
  if (told.isPlain && completed.length === round.length) return { answers: round.map(() => COMPLETED), waiting: false };
  const rows = byJob(ended);
  const settledAs = (settlement: contract.Settlement): contract.SettleAnswer | undefined => {
    const { jobId, outcome } = settlement;
    if (!isId(jobId)) return undefined;
    if (outcome.type === "completed") return told.answerFor(jobId);
    const row = rows.get(jobId.toLowerCase());
    return row && { answer: "settled", status: row["status"] as JobStatus, late: row["late"] === true };
  };
  const refused = round.filter((settlement) => settledAs(settlement) === undefined);
  const refusals = await judgeAll(db, refused);
  return {
    answers: round.map((settlement) => settledAs(settlement) ?? refusals.get(settlement)!),
    waiting: told.freed || ended.some((row) => row["freed"] === true || !isTerminalStatus(row["status"] as JobStatus)),
  };
}

function isCompletion({ outcome }: contract.Settlement): boolean {
  return outcome.type === "completed";
}

async function end(db: Db, items: readonly contract.Settlement[]): Promise<Row[]> {
  if (items.length === 0) return [];
  const waitOf = ({ outcome }: contract.Settlement): number | null => {
    const ms = outcome.type === "snoozed" ? outcome.inMs : outcome.type === "failed" ? outcome.retryInMs : null;
    if (ms !== null) db.due.note(ms);
    return ms === null ? null : Math.round(ms);
  };
  const failureOf = ({ outcome }: contract.Settlement) => (outcome.type === "failed" ? outcome.failure : null);
  return db.run(
    db.sql.settle,
    [
      db.now(),
      plain(items, ({ jobId }) => jobId),
      plain(items, ({ fence }) => fence),
      texts(items, ({ outcome }) => outcome.type),
      plain(items, waitOf),
      texts(items, (item) => {
        const failure = failureOf(item);
        return failure === null ? null : JSON.stringify(failure.public);
      }),
      texts(items, (item) => failureOf(item)?.detail),
    ],
    true,
  );
}
