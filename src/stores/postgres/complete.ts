/** T6 in PostgreSQL: completions, which are nearly all endings there are, in as little as they need. */
import type { SettleAnswer, Settlement } from "../../core/store.js";
import { plain } from "./arrays.js";
import type { Db } from "./db.js";
import type { Note } from "./hints.js";

export interface Completed {
  /** None was refused, and none was late. */
  readonly isPlain: boolean;
  /** Undefined when it was refused. */
  readonly answerFor: (jobId: string) => SettleAnswer | undefined;
  /** A job gave back the slot of its key. */
  readonly freed: boolean;
}

/** The common answer. */
export const COMPLETED: SettleAnswer = { answer: "settled", status: "completed", late: false };
const COMPLETED_LATE: SettleAnswer = { ...COMPLETED, late: true };

/** Most go the short way. Those it left alone are late, or asked to stop, or have a key, or are refused. */
export async function complete(db: Db, items: readonly Settlement[], note: Note | null): Promise<Completed> {
  if (items.length === 0) return { isPlain: true, answerFor: () => undefined, freed: false };
  const message = [note?.channel ?? null, note?.payload ?? null];
  const done = items.length === 1 ? await completeLone(db, items[0]!, message) : await completeMany(db, items, message);
  if (done === "all") return { isPlain: true, answerFor: () => COMPLETED, freed: false };
  const others = items.filter(({ jobId }) => !done.has(jobId.toLowerCase()));
  // Of one that was not plain, nothing was sent.
  const unsent = items.length === 1 ? message : [null, null];
  const [row] = await db.run(db.sql.completeAny, [...completions(db, others), ...unsent], true);
  const [any, late] = [idsIn(row!["those"]), idsIn(row!["late"])];
  return {
    isPlain: false,
    freed: row!["freed"] === true,
    answerFor: (given) => {
      const jobId = given.toLowerCase();
      if (late.has(jobId)) return COMPLETED_LATE;
      return done.has(jobId) || any.has(jobId) ? COMPLETED : undefined;
    },
  };
}

/** Which were plain: all of them, or those ids. */
type Plain = "all" | ReadonlySet<string>;

async function completeMany(db: Db, items: readonly Settlement[], message: readonly (string | null)[]): Promise<Plain> {
  const [row] = await db.run(db.sql.complete, [...completions(db, items), ...message], true);
  return row!["settled"] === items.length ? "all" : idsIn(row!["those"]);
}

async function completeLone(db: Db, item: Settlement, message: readonly (string | null)[]): Promise<Plain> {
  const params = [db.now(), item.jobId, item.fence, resultOf(item), ...message];
  const rows = await db.runRaw(db.sql.completeLone, params, true);
  return rows.length === 1 ? "all" : new Set();
}

function resultOf({ outcome }: Settlement): string | null {
  return outcome.type === "completed" ? outcome.result : null;
}

/** The parameters of `complete` and `completeAny`, but for the message. */
function completions(db: Db, items: readonly Settlement[]): unknown[] {
  const fence = items[0]!.fence;
  const isCommon = items.every((item) => item.fence === fence);
  return [
    db.now(),
    plain(items, ({ jobId }) => jobId),
    isCommon ? fence : null,
    isCommon ? null : byId(items, ({ fence }) => String(fence)),
    byId(items, (item) => {
      const result = resultOf(item);
      return result === null ? null : JSON.stringify(result);
    }),
  ];
}

/**
 * A JSON object of what differs from job to job, under their ids; null when it would be empty. The text is put together
 * here: making an object of a thousand ids first took three times as long as all else that a completion costs Node.
 */
function byId(items: readonly Settlement[], pick: (item: Settlement) => string | null): string | null {
  const parts: string[] = [];
  for (const item of items) {
    const json = pick(item);
    if (json !== null) parts.push(`"${item.jobId.toLowerCase()}":${json}`);
  }
  return parts.length === 0 ? null : `{${parts.join(",")}}`;
}

/** The ids of a text that lists them. */
function idsIn(list: unknown): ReadonlySet<string> {
  return new Set(typeof list === "string" ? list.split(",") : []);
}
