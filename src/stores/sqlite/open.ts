/** Opens the file: directory, driver, pragmas, schema. What comes out is ready for work. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { WaymarkError } from "../../core/errors.js";
import { latestVersion, type MigrateMode, type Migration, type MigrationPort, migrate } from "../migrate.js";
import { Connection } from "./connection.js";
import { loadDriver, type SqliteFactory } from "./driver.js";
import { typed } from "./failures.js";
import { HAS_META, MIGRATIONS, READ_VERSION } from "./migrations.js";
import { whenFree } from "./when-free.js";

export interface OpenOptions {
  readonly path: string;
  readonly migrate: MigrateMode;
  readonly synchronous: "FULL" | "NORMAL";
  readonly database: SqliteFactory | undefined;
  readonly busyMs: number;
}

/** @returns the connection and the absolute path */
export async function openFile(options: OpenOptions): Promise<{ connection: Connection; path: string }> {
  const path = resolve(options.path);
  const fresh = !existsSync(path);
  // A look at a database must not make one.
  if (fresh && options.migrate === "check") {
    throw new WaymarkError("schema_outdated", { found: 0, needed: latestVersion(MIGRATIONS) });
  }
  if (fresh) makeDirectory(dirname(path));
  const factory = options.database ?? (await loadDriver());
  let connection: Connection | null = null;
  try {
    connection = new Connection(await factory(path));
    // First of all: without it, the others fail at once when eight processes start together.
    connection.database.exec("pragma busy_timeout = 10");
    const schema = port(connection, options.busyMs);
    // Nor may a look change somebody else's database: the schema is checked before the file's mode is set.
    if (options.migrate === "check") await migrate(schema, MIGRATIONS, "check");
    await configure(connection, options);
    if (options.migrate === "auto") await migrate(schema, MIGRATIONS, "auto");
    // From here on it is `whenFree` that waits.
    connection.database.exec("pragma busy_timeout = 0");
    return { connection, path };
  } catch (error) {
    connection?.database.close();
    throw typed(error);
  }
}

/**
 * Step by step: Node's own recursion never ends where a directory is there in which none can be made, such as /proc
 * (seen with Node 20.20 and 24.21).
 */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory));
  try {
    mkdirSync(directory);
  } catch (cause) {
    // Another process was quicker.
    if ((cause as NodeJS.ErrnoException).code === "EEXIST" && existsSync(directory)) return;
    throw new WaymarkError("store_refused", { problem: "the directory of the database cannot be made" }, { cause });
  }
}

async function configure(connection: Connection, { synchronous, busyMs }: OpenOptions): Promise<void> {
  const { database } = connection;
  const mode = await whenFree(busyMs, () => connection.get<{ journal_mode: string }>("pragma journal_mode = wal"));
  if (mode?.journal_mode !== "wal") {
    throw new WaymarkError("store_refused", { problem: "the file system cannot hold a write-ahead log" });
  }
  database.exec(`pragma synchronous = ${synchronous}`);
  // After a burst the log shrinks again to 64 MiB; the cache may take 16 MiB.
  database.exec("pragma journal_size_limit = 67108864");
  database.exec("pragma cache_size = -16384");
}

function port(connection: Connection, busyMs: number): MigrationPort {
  const readVersion = (): number => {
    if (connection.get(HAS_META) === undefined) return 0;
    return connection.get<{ version: number }>(READ_VERSION)?.version ?? 0;
  };
  const applyNow = ({ version, sql }: Migration): void => {
    const { database } = connection;
    database.exec("begin immediate");
    try {
      if (readVersion() < version) database.exec(sql);
      database.exec("commit");
    } catch (error) {
      database.exec("rollback");
      throw error;
    }
  };
  return {
    readVersion: async () => whenFree(busyMs, readVersion),
    apply: async (migration: Migration) => whenFree(busyMs, () => applyNow(migration)),
  };
}
