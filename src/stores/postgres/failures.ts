/**
 * What an error of PostgreSQL, or of the way to it, means. Its own texts can hold data (`detail`, `where`, parameters), so
 * none of them enters a message: only the SQLSTATE does. The error itself travels as `cause`. What may pass by itself is
 * `store_unavailable`; what somebody must mend is `store_refused`.
 */
import { type ErrorCode, WaymarkError } from "../../core/errors.js";

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
  return /^(08|57P0[123])/.test(code) || /^E(?!RR_)[A-Z_]+$/.test(code);
}

/**
 * The typed error for what a user may meet.
 *
 * @param where  host and port of the server, when known; no login, no password
 */
export function typed(error: unknown, where: string | null = null): unknown {
  if (error instanceof WaymarkError || !(error instanceof Error)) return error;
  const options = { cause: error };
  const code = codeOf(error);
  if (code === "53100") return new WaymarkError("storage_full", {}, options);
  const server = where === null ? "PostgreSQL" : `PostgreSQL at ${where}`;
  if (isBroken(error)) {
    return new WaymarkError("store_unavailable", { problem: `the connection to ${server} failed` }, options);
  }
  const meaning = code === null ? withoutCode(error, server) : meaningOf(code, server);
  return meaning === null ? error : new WaymarkError(meaning[0], { problem: meaning[1] }, options);
}

type Meaning = readonly [ErrorCode, string];

/** The driver itself refuses a login it was given no password for, and a server without TLS. */
function withoutCode(error: Error, server: string): Meaning | null {
  if (/SASL|SCRAM|password/.test(error.message)) return ["store_refused", `${server} refused the login`];
  return /\bSSL\b/.test(error.message) ? ["store_refused", `${server} speaks no TLS`] : null;
}

function meaningOf(code: string, server: string): Meaning {
  switch (code) {
    case "57014":
      return ["store_unavailable", "PostgreSQL took too long"];
    case "25006":
      return ["store_unavailable", `${server} is read-only now`];
    case "53300":
      return ["store_unavailable", `${server} has no connection left`];
    case "42P01":
    case "3F000":
    case "42703":
      return ["store_refused", "its tables are missing or of another version; run: waymark migrate"];
    case "42501":
      return ["store_refused", "the role lacks a right; see docs/stores.md for those it needs"];
    case "28P01":
    case "28000":
      return ["store_refused", `${server} refused the login`];
    case "3D000":
      return ["store_refused", `${server} has no database of that name`];
  }
  if (!/^[0-9A-Z]{5}$/.test(code)) return ["store_refused", `no safe connection to ${server} came about (${code})`];
  // Resources, locks, rolled back transactions, an operator at work, the server's own system, its insides.
  if (/^(40|53|55|57|58|XX000)/.test(code)) {
    return ["store_unavailable", `PostgreSQL could not run the statement (SQLSTATE ${code})`];
  }
  if (/^2[23]/.test(code)) return ["store_refused", `a value broke a rule of its tables (SQLSTATE ${code})`];
  return ["store_refused", `PostgreSQL refused the statement (SQLSTATE ${code})`];
}

/** Host and port of a URL, for messages; null when it has none. */
export function placeOf(url: string | undefined): string | null {
  try {
    const { hostname, port } = new URL(url ?? "");
    return hostname === "" ? null : `${hostname}:${port === "" ? "5432" : port}`;
  } catch {
    return null;
  }
}
