/** Brings the schema up to date: one process at a time, each script in a transaction, behind an advisory lock. */
import { type MigrateMode, type Migration, migrate } from "../migrate.js";
import type { Driver, SqlExecutor } from "./driver.js";
import { migrationsFor } from "./migrations.js";
import { checksum, type Names } from "./names.js";

/** The first half of the advisory lock's number; the second is made of the schema, which stores of all prefixes share. */
const LOCK = 0x7761796d;

/** By the catalog's rows: `to_regclass` may answer from a cache that does not know yet what another process made. */
const HAS_TABLE = `
select count(*)::integer as tables
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relname = $2`;

export async function migrateSchema(driver: Driver, names: Names, mode: MigrateMode): Promise<void> {
  const apply = (migration: Migration): Promise<void> =>
    driver.hold(async (connection) => {
      await connection.query("begin");
      try {
        // A script may take long, and so may the wait for another process that runs it.
        await connection.query("set local statement_timeout = 0");
        await connection.query("select pg_advisory_xact_lock($1, $2)", [LOCK, lockOf(names)]);
        // Each script ends by recording its version, so that a printed one does too.
        if ((await versionOf(connection, names)) < migration.version) await connection.query(migration.sql);
        await connection.query("commit");
      } catch (error) {
        await connection.query("rollback").catch(() => {});
        throw error;
      }
    });
  const readVersion = (): Promise<number> => driver.hold((connection) => versionOf(connection, names));
  await migrate({ readVersion, apply }, migrationsFor(names), mode);
}

async function versionOf(connection: SqlExecutor, { schema, prefix, table }: Names): Promise<number> {
  const { rows: found } = await connection.query(HAS_TABLE, [schema, `${prefix}migrations`]);
  if (Number(found[0]?.["tables"]) === 0) return 0;
  const { rows } = await connection.query(`select max(version) as version from ${table("migrations")}`);
  return Number(rows[0]?.["version"] ?? 0);
}

function lockOf({ schema }: Names): number {
  return Number.parseInt(checksum(schema), 16) | 0;
}
