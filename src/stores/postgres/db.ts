/** What the parts of the store share: the statements, the way to run one, the time, and whom to tell. */
import type { Clock } from "../../core/clock.js";
import type { ClockGuard } from "../../core/clock-guard.js";
import type { ClaimLog } from "./claim-log.js";
import type { Driver, RawRow, Row } from "./driver.js";
import type { DueWatch } from "./due-watch.js";
import type { Hints } from "./hints.js";
import type { Lanes } from "./lanes.js";
import type { LineMarks } from "./line-marks.js";
import type { Listener } from "./listen.js";
import type { LoneJobs } from "./lone-jobs.js";
import type { ReadGuess } from "./read-guess.js";
import type { Statement, Statements } from "./sql.js";

export interface Db {
  readonly sql: Statements;
  readonly driver: Driver;
  readonly hints: Hints;
  readonly due: DueWatch;
  readonly lanes: Lanes;
  readonly claims: ClaimLog;
  readonly marks: LineMarks;
  readonly lone: LoneJobs;
  readonly guess: ReadGuess;
  /** Of this process. The server's wall clock rules; this one's monotonic clock notices when that jumps. */
  readonly clock: Clock;
  readonly guard: ClockGuard;
  /** The listener's proof that it hears, when one is due: whoever takes it carries it. */
  readonly probe: () => ReturnType<Listener["carry"]>;
  /** For $1 of the statements: null lets the server's clock rule; epoch ms when a test turns its own. */
  readonly now: () => number | null;
  /**
   * Runs a statement. `repeatable` = it may run twice, so a broken connection is no reason to give up; `patienceMs` = a
   * connection that stays silent for longer is given up, and not tried again.
   */
  readonly run: (statement: Statement, params: unknown[], repeatable?: boolean, patienceMs?: number) => Promise<Row[]>;
  /** The same, for the texts of the columns. */
  readonly runRaw: (statement: Statement, params: unknown[], repeatable?: boolean) => Promise<RawRow[]>;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text can be an id at all; whatever cannot is simply unknown, and never reaches the server. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/**
 * Runs a batch so that no two items of one statement are about the same job: the second such item waits for the next
 * round, and sees what the first one did.
 */
export async function inRounds<T extends { readonly jobId: string }, R>(
  items: readonly T[],
  run: (round: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const first = new Set<string>();
  for (const { jobId } of items) first.add(jobId.toLowerCase());
  if (first.size === items.length) return [...(await run(items))];
  const answers: R[] = new Array(items.length);
  let left = items.map((_, index) => index);
  while (left.length > 0) {
    const seen = new Set<string>();
    const later: number[] = [];
    const round: number[] = [];
    for (const index of left) {
      const jobId = items[index]!.jobId.toLowerCase();
      if (seen.has(jobId)) later.push(index);
      else {
        seen.add(jobId);
        round.push(index);
      }
    }
    const told = await run(round.map((index) => items[index]!));
    round.forEach((index, i) => {
      answers[index] = told[i]!;
    });
    left = later;
  }
  return answers;
}

/** Rows by their job id. */
export function byJob(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row["job_id"] as string, row]));
}

/** In the order in which rows are locked. */
export function sorted<T extends { readonly jobId: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0));
}

/** Ids of the items of which it holds. */
export function idsWhere(items: readonly { readonly jobId: string }[], holds: (index: number) => boolean): string[] {
  return items.filter((_, i) => holds(i)).map(({ jobId }) => jobId);
}
