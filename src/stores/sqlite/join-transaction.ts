/** The caller's own SQLite connection, with a transaction of its own open: jobs enqueued there exist iff it commits. */
import { realpathSync } from "node:fs";
import { WaymarkError } from "../../core/errors.js";
import { Connection } from "./connection.js";
import type { SqliteDatabase } from "./driver.js";

/** Statements stay prepared for as long as the caller keeps the connection. */
const connections = new WeakMap<object, Connection>();

const MAIN_FILE = `
select file
  from pragma_database_list
 where name = 'main'`;

/**
 * @param path  of the store's own file
 * @throws {WaymarkError} `transaction_not_supported` when it is no SQLite connection, to another file, or has no
 *   transaction open (as far as the driver tells)
 */
export function joinTransaction(tx: unknown, path: string): Connection {
  if (!isDatabase(tx)) throw refused("it is not a connection of a SQLite driver");
  // node:sqlite and better-sqlite3 call it by different names; old versions do not tell.
  const { isTransaction, inTransaction } = tx as { isTransaction?: unknown; inTransaction?: unknown };
  if (isTransaction === false || inTransaction === false) throw refused("it has no open transaction");
  let connection = connections.get(tx);
  if (connection === undefined) {
    connection = new Connection(tx);
    const file = connection.get<{ file: string | null }>(MAIN_FILE)?.file;
    if (!file || realpathSync(file) !== realpathSync(path))
      throw refused("it is a connection to another database file");
    connections.set(tx, connection);
  }
  return connection;
}

function isDatabase(tx: unknown): tx is SqliteDatabase {
  if (typeof tx !== "object" || tx === null) return false;
  const { prepare, exec } = tx as Partial<Record<"prepare" | "exec", unknown>>;
  return typeof prepare === "function" && typeof exec === "function";
}

function refused(problem: string): WaymarkError {
  return new WaymarkError("transaction_not_supported", { problem });
}
