/**
 * What the store makes of an error of PostgreSQL, or of the way to it; faults.ts says which is which. The server's own
 * texts can hold data (`detail`, `where`, parameters), so none of them enters a message: only the SQLSTATE does. The
 * error itself travels as `cause`.
 */
import { WaymarkError } from "../../core/errors.js";
import { type Fault, faultOf, faultOfDriver } from "./faults.js";

/** The SQLSTATE, or the system's code of a broken connection, or null. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : null;
}

function faultIn(error: unknown, server = "PostgreSQL"): Fault | null {
  if (!(error instanceof Error)) return null;
  const code = codeOf(error);
  return (code === null ? null : faultOf(code, server)) ?? faultOfDriver(code, error.message, server);
}

/** Serialization failure and deadlock: nothing happened, and trying again is the cure. */
export function isTransient(error: unknown): boolean {
  return faultIn(error)?.sort === "transient";
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

/**
 * Whether the connection is as good as before: the server refused a value, a lock or the time. After anything else (tables
 * that changed under a plan, a server that turned read-only) a new one may help.
 */
export function leavesConnectionFit(error: unknown): boolean {
  return /^(22|23|40|54|55P03|57014)/.test(codeOf(error) ?? "");
}

/** The connection is of no further use. A statement that was under way may or may not have taken effect. */
export function isBroken(error: unknown): boolean {
  return faultIn(error)?.sort === "broken";
}

/**
 * The typed error for what a user may meet: `store_unavailable` for what may pass by itself, `store_refused` for what
 * somebody must mend, `storage_full`.
 *
 * @param where  host and port of the server, when known; no login, no password
 */
export function typed(error: unknown, where: string | null = null): unknown {
  if (error instanceof WaymarkError || !(error instanceof Error)) return error;
  const fault = faultIn(error, where === null ? "PostgreSQL" : `PostgreSQL at ${where}`);
  if (fault === null) return error;
  const options = { cause: error };
  switch (fault.sort) {
    case "full":
      return new WaymarkError("storage_full", {}, options);
    case "refused":
      return new WaymarkError("store_refused", { problem: fault.problem }, options);
    case "transient":
    case "broken":
    case "unavailable":
      return new WaymarkError("store_unavailable", { problem: fault.problem }, options);
  }
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
