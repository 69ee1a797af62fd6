/** The demo's own SQLite file: Node's module where there is one, else the package with the same interface. */
import type { DatabaseSync } from "@photostructure/sqlite";

export type Database = InstanceType<typeof DatabaseSync>;

export async function openDatabase(path: string): Promise<Database> {
  const builtin = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: typeof DatabaseSync } | undefined;
  const module = builtin ?? (await import("@photostructure/sqlite"));
  const database = new module.DatabaseSync(path);
  // The web server and its worker both write here.
  database.exec("pragma journal_mode = wal; pragma busy_timeout = 5000;");
  return database;
}
