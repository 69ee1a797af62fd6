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
  const [plainly] = await db.run(
    db.sql.complete,
    [...completions(db, items), note?.channel ?? null, note?.payload ?? null],
    true,
  );
  if (plainly!["settled"] === items.length) return { isPlain: true, answerFor: () => COMPLETED, freed: false };
  const done = idsIn(plainly!["those"]);
  const others = items.filter(({ jobId }) => !done.has(jobId.toLowerCase()));
  const [row] = await db.run(db.sql.completeAny, completions(db, others), true);
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

/** The parameters of both ways to complete. */
function completions(db: Db, items: readonly Settlement[]): unknown[] {
  const fence = items[0]!.fence;
  const isCommon = items.every((item) => item.fence === fence);
  return [
    db.now(),
    plain(items, ({ jobId }) => jobId),
    isCommon ? fence : null,
    isCommon ? null : byId(items, ({ fence }) => String(fence)),
    byId(items, ({ outcome }) => {
      const result = outcome.type === "completed" ? outcome.result : null;
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
