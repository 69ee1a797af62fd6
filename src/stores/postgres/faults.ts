/**
 * Every fault of PostgreSQL, and of the way to it, that Waymark tells apart, as one table from SQLSTATE to what it means.
 * The first row whose pattern fits decides; pure data, so it can be read, and tested, from top to bottom.
 *
 *   transient    nothing happened, and trying again at once is the cure
 *   broken       the connection is of no further use; a statement under way may or may not have taken effect
 *   unavailable  nothing happened, and it may pass by itself: an outage, a failover, a server out of some resource
 *   full         the disk is full: it passes when somebody makes room
 *   refused      it does not pass until somebody mends what the sentence names
 */
export type FaultSort = "transient" | "broken" | "unavailable" | "full" | "refused";

export interface Fault {
  readonly sort: FaultSort;
  /** Completes "The store did not answer: …" or "The store cannot be used like this: …"; holds no data of anybody's. */
  readonly problem: string;
}

/** `%` is the server, by host and port when they are known; `$` the SQLSTATE. */
const FAULTS: readonly (readonly [states: RegExp, sort: FaultSort, problem: string])[] = [
  [/^(40001|40P01)$/, "transient", "PostgreSQL gave way to other statements several times over (SQLSTATE $)"],
  [/^40/, "unavailable", "PostgreSQL rolled the statement back (SQLSTATE $)"],
  [/^57P01$/, "broken", "% is shutting down, or somebody ended the connection"],
  [/^57P02$/, "broken", "% crashed, and is getting up again"],
  [/^57P03$/, "broken", "% takes no connections yet: it starts, stops or recovers"],
  [/^(57P0[45]|25P0[34])$/, "broken", "% ended the connection (SQLSTATE $)"],
  [/^08/, "broken", "the connection to % failed"],
  [/^25006$/, "broken", "% is read-only now: a standby, or a failover is under way"],
  [/^57014$/, "unavailable", "PostgreSQL took too long, or somebody cancelled the statement"],
  [/^55P03$/, "unavailable", "a lock was not free in time: something else holds the tables"],
  [/^53100$/, "full", ""],
  [/^53200$/, "unavailable", "% is out of memory"],
  [/^53300$/, "unavailable", "% has no connection left; lower maxConnections, or put a pooler in between"],
  [/^(53|55|57|58)/, "unavailable", "PostgreSQL could not run the statement (SQLSTATE $)"],
  [/^XX00[12]$/, "refused", "its data or an index of it is damaged (SQLSTATE $): restore a backup, or run REINDEX"],
  [/^XX/, "unavailable", "PostgreSQL stumbled over itself (SQLSTATE $); its log says more"],
  [/^0A000$/, "unavailable", "the tables changed under a prepared statement"],
  [
    /^(26000|42P05)$/,
    "refused",
    "a pooler hands connections round between statements; open the store with prepare: false",
  ],
  [/^(42P01|42703|42883|3F000)$/, "refused", "its tables are missing or of another version; run: waymark migrate"],
  [/^42501$/, "refused", "the role lacks a right; see docs/stores.md for those it needs"],
  [/^28/, "refused", "% refused the login"],
  [/^3D000$/, "refused", "% has no database of that name"],
  [/^2[23]/, "refused", "a value broke a rule of its tables (SQLSTATE $)"],
  // No SQLSTATE is made of letters alone, but EPIPE is.
  [/^(?=.*\d)[0-9A-Z]{5}$/, "refused", "PostgreSQL refused the statement (SQLSTATE $)"],
];

/** What a SQLSTATE means; null for what is none. @param server  for the sentence, by host and port when known */
export function faultOf(state: string, server: string): Fault | null {
  for (const [states, sort, problem] of FAULTS) {
    if (states.test(state)) return { sort, problem: problem.replace("%", server).replace("$", state) };
  }
  return null;
}

/** The system's codes of a wire that broke or never was: ECONNREFUSED, ETIMEDOUT, ENOTFOUND … but none of OpenSSL's. */
const SYSTEM = /^E(?!RR_)[A-Z_]+$/;

/** What an error without a SQLSTATE means: the system's, or the driver's own, which have no code but a fixed text. */
export function faultOfDriver(code: string | null, message: string, server: string): Fault | null {
  const failed = `the connection to ${server} failed`;
  if (code !== null) {
    if (SYSTEM.test(code)) return { sort: "broken", problem: failed };
    if (code === "ERR_INVALID_URL") return { sort: "refused", problem: "the address of PostgreSQL is no URL" };
    return { sort: "refused", problem: `no safe connection to ${server} came about (${code})` };
  }
  if (/trying to connect/i.test(message))
    return { sort: "broken", problem: `no connection to ${server} came free in time` };
  if (/read timeout/i.test(message)) return { sort: "broken", problem: `${server} fell silent` };
  if (/terminated|timeout|not queryable|ended/i.test(message)) return { sort: "broken", problem: failed };
  // The driver itself refuses a login it was given no password for, and a server without TLS.
  if (/SASL|SCRAM|password/.test(message)) return { sort: "refused", problem: `${server} refused the login` };
  return /\bSSL\b/.test(message) ? { sort: "refused", problem: `${server} speaks no TLS` } : null;
}
