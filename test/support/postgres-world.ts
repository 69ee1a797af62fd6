/** Stores of the tests' PostgreSQL that follow each other in one place. */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import type { Store } from "../../src/core/store.js";
import { type PostgresStoreOptions, postgresStore } from "../../src/stores/postgres/store.js";
import { dropSchemas, postgresUrl, schemaName } from "./postgres.js";

/**
 * Stores in one schema, which is emptied for each: making it takes longer than most tests do. To be called at the top of a
 * file.
 */
export function emptiedPostgres(): (options: Pick<PostgresStoreOptions, "clock" | "maxConnections">) => Promise<Store> {
  const admin = new pg.Client(postgresUrl());
  const schema = schemaName();
  let emptying = "";
  beforeAll(async () => {
    await (await postgresStore({ url: postgresUrl(), schema })).close();
    await admin.connect();
    const { rows } = await admin.query(
      "select string_agg(format('delete from %I.%I', schemaname, tablename), '; ') as script from pg_tables where schemaname = $1 and tablename <> 'migrations'",
      [schema],
    );
    emptying = rows[0].script;
  });
  afterAll(async () => {
    await admin.end();
    await dropSchemas();
  });
  return async (options) => {
    await admin.query(emptying);
    return postgresStore({ url: postgresUrl(), schema, migrate: "check", ...options });
  };
}
