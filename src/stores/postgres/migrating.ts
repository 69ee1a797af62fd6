/** Brings the schema up to date: one process at a time, each script in a transaction, behind an advisory lock. */
import { type MigrateMode, type Migration, migrate } from "../migrate.js";
import type { Driver } from "./driver.js";
import { migrationsFor } from "./migrations.js";
import { checksum, type Names } from "./names.js";

/** The first half of the advisory lock's number; the second is made of schema and prefix. */
const LOCK = 0x7761796d;

export async function migrateSchema(driver: Driver, names: Names, mode: MigrateMode): Promise<void> {
  const table = names.table("migrations");
  const readVersion = (): Promise<number> =>
    driver.hold(async (connection) => {
      const { rows: known } = await connection.query("select to_regclass($1) is not null as known", [table]);
      if (known[0]?.["known"] !== true) return 0;
      const { rows } = await connection.query(`select max(version) as version from ${table}`);
      return Number(rows[0]?.["version"] ?? 0);
    });
  const apply = (migration: Migration): Promise<void> =>
    driver.hold(async (connection) => {
      await connection.query("begin");
      try {
        await connection.query("select pg_advisory_xact_lock($1, $2)", [LOCK, lockOf(names)]);
        const { rows: known } = await connection.query("select to_regclass($1) is not null as known", [table]);
        const found =
          known[0]?.["known"] === true
            ? Number((await connection.query(`select max(version) as version from ${table}`)).rows[0]?.["version"] ?? 0)
            : 0;
        // Each script ends by recording its version, so that a printed one does too.
        if (found < migration.version) await connection.query(migration.sql);
        await connection.query("commit");
      } catch (error) {
        await connection.query("rollback").catch(() => {});
        throw error;
      }
    });
  await migrate({ readVersion, apply }, migrationsFor(names), mode);
}

function lockOf({ schema, prefix }: Names): number {
  return Number.parseInt(checksum(`${schema}.${prefix}`), 16) | 0;
}
