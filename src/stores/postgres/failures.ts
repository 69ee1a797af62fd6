/**
 * What an error of PostgreSQL, or of the way to it, means. Its own texts can hold data (`detail`, `where`, parameters), so
 * none of them enters a message: only the SQLSTATE does. The error itself travels as `cause`.
 */
import { WaymarkError } from "../../core/errors.js";

/** The SQLSTATE, or the system's code of a broken connection, or null. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : null;
}

/** Serialization failure and deadlock: nothing happened, and trying again is the cure. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** Somebody else took a unique key first. */
export function isTaken(error: unknown): boolean {
  return codeOf(error) === "23505";
}

/** A value of this very batch was refused; nothing of it took effect. Classes 22 and 23, and texts that are too long. */
export function isBadRow(error: unknown): boolean {
  const code = codeOf(error instanceof WaymarkError ? error.cause : error);
  return code !== null && /^(22|23|54)/.test(code);
}

/** The connection broke or never was. A statement that was under way may or may not have taken effect. */
export function isBroken(error: unknown): boolean {
  const code = codeOf(error);
  if (code === null) return error instanceof Error && /terminated|timeout|not queryable|ended/i.test(error.message);
  return /^(08|57P0[123])/.test(code) || /^E[A-Z]+$/.test(code);
}

/** The typed error for what a user may meet. */
export function typed(error: unknown): unknown {
  if (error instanceof WaymarkError) return error;
  const options = { cause: error };
  const code = codeOf(error);
  if (code === "53100") return new WaymarkError("storage_full", {}, options);
  const problem = isBroken(error) ? "the connection to PostgreSQL failed" : problemOf(code);
  return problem === null ? error : new WaymarkError("store_unavailable", { problem }, options);
}

function problemOf(code: string | null): string | null {
  switch (code) {
    case null:
      return null;
    case "57014":
      return "PostgreSQL took too long";
    case "42P01":
    case "3F000":
    case "42703":
      return "its tables are missing or of another version; run: waymark migrate";
    case "42501":
      return "the role may not do this";
    case "28P01":
    case "28000":
      return "PostgreSQL refused the login";
    default:
      return `PostgreSQL refused the statement (SQLSTATE ${code})`;
  }
}
