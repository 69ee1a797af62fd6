/**
 * The door to SQLite: Node's own module where there is one, else the package with the same interface, else a factory the
 * user handed in (better-sqlite3 fits too). Loaded when a store opens, never at import, so that a program without SQLite
 * pays nothing and `require()` of the package keeps working.
 */
import { WaymarkError } from "../../core/errors.js";

/** The only values ever bound: a Date or a boolean would be stored as something else, or end the process. */
export type SqliteValue = string | number | bigint | null | Uint8Array;
export type SqliteRow = Record<string, unknown>;

/** The few methods used of a prepared statement. */
export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint };
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
  /** Not in every driver, nor in every version. */
  columns?(): { readonly name: string }[];
  setReturnArrays?(enabled: boolean): void;
}
/** The few methods used of a connection. node:sqlite, @photostructure/sqlite and better-sqlite3 have them. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}
/** Opens a connection to the file, which may not exist yet. */
export type SqliteFactory = (path: string) => SqliteDatabase | Promise<SqliteDatabase>;

interface SqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

const PACKAGE = "@photostructure/sqlite";

/** @throws {WaymarkError} `driver_missing` */
export async function loadDriver(): Promise<SqliteFactory> {
  const builtin = process.getBuiltinModule?.("node:sqlite") as SqliteModule | undefined;
  const { DatabaseSync } = builtin ?? (await importPackage());
  return (path) => new DatabaseSync(path);
}

async function importPackage(): Promise<SqliteModule> {
  try {
    return (await import(PACKAGE)) as SqliteModule;
  } catch (cause) {
    throw new WaymarkError("driver_missing", { driver: PACKAGE }, { cause });
  }
}
