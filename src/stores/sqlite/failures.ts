/**
 * What an error of SQLite means. Drivers number it differently (`errcode` here, a name in `code` there); the store knows
 * these sorts: somebody else has the lock, the disk is full, the file cannot be used, a row breaks a rule of its table, and
 * everything else, which is a bug. What may pass by itself is `store_unavailable`, the rest `store_refused`.
 */
import { WaymarkError } from "../../core/errors.js";

const BUSY = 5;
const LOCKED = 6;
const FULL = 13;
const CONSTRAINT = 19;
/** Those that may pass by themselves. */
const PASSING: ReadonlyMap<number, string> = new Map([
  [BUSY, "another process keeps the database file locked"],
  [LOCKED, "another process keeps the database file locked"],
  [7, "memory ran out"],
  [10, "reading or writing the database file failed"],
  [15, "other processes fought over the lock of the database file"],
]);
/** Primary result codes that say the file is not usable, each with what to tell. */
const UNUSABLE: ReadonlyMap<number, string> = new Map([
  [3, "access to the database file was denied"],
  [8, "the database file is read-only"],
  [11, "the database file is damaged"],
  [14, "the database file cannot be opened"],
  [CONSTRAINT, "a value broke a rule of its tables"],
  [26, "the file is not a database"],
]);
/** Any fault in a statement has the code of these. */
const MISSING_TABLE = /no such (table|column)|has no column/;
const MISSING = "its tables are missing or of another version; run: waymark migrate";
/** By name, and as SQLite words them (`sqlite3_errstr`), for a driver that passes on nothing but the words. */
const CODES: readonly (readonly [number, string, RegExp])[] = [
  [3, "SQLITE_PERM", /^access permission denied/],
  [BUSY, "SQLITE_BUSY", /^database is locked/],
  [LOCKED, "SQLITE_LOCKED", /^database (table|schema) is locked/],
  [8, "SQLITE_READONLY", /^attempt to write a readonly database/],
  [1, "SQLITE_ERROR", MISSING_TABLE],
  [7, "SQLITE_NOMEM", /^out of memory/],
  [10, "SQLITE_IOERR", /^disk I\/O error/],
  [11, "SQLITE_CORRUPT", /^database disk image is malformed/],
  [FULL, "SQLITE_FULL", /^database or disk is full/],
  [14, "SQLITE_CANTOPEN", /^unable to open database file/],
  [15, "SQLITE_PROTOCOL", /^locking protocol/],
  [CONSTRAINT, "SQLITE_CONSTRAINT", /constraint failed/],
  [26, "SQLITE_NOTADB", /^file is not a database/],
];

/** The primary result code, or null for what is no error of SQLite. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  if (typeof errcode === "number") return errcode & 0xff;
  if (typeof code !== "string") return null;
  // Rows asked for all at once: @photostructure/sqlite 1.2 tells no number then.
  const isMute = code === "ERR_SQLITE_ERROR";
  for (const [number, name, words] of CODES) {
    if (isMute ? words.test(error.message) : code === name || code.startsWith(`${name}_`)) return number;
  }
  return null;
}

/** Whether another connection holds the lock, so that trying again may help. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** Whether a row breaks a rule of its table, so that its statement did nothing. */
export function isConstraint(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT;
}

/** The typed error for what a user may meet; anything else comes back as it was. */
export function typed(error: unknown): unknown {
  if (error instanceof WaymarkError) return error;
  const code = resultCode(error);
  if (code === null) return error;
  if (code === FULL) return new WaymarkError("storage_full", {}, { cause: error });
  const passing = PASSING.get(code);
  if (passing !== undefined) return new WaymarkError("store_unavailable", { problem: passing }, { cause: error });
  const problem = UNUSABLE.get(code) ?? (isMissingTable(code, error) ? MISSING : undefined);
  return problem === undefined ? error : new WaymarkError("store_refused", { problem }, { cause: error });
}

function isMissingTable(code: number, error: unknown): boolean {
  return code === 1 && error instanceof Error && MISSING_TABLE.test(error.message);
}
