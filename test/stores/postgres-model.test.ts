/** The PostgreSQL store against the model: random commands, compared after each, audited after each run. */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { testStoreModel } from "../../src/testing/index.js";
import { auditStore } from "../support/audit-store.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const schema = schemaName();
const admin = new pg.Client(postgresUrl());
let emptying = "";

// One schema for all runs, emptied for each: making it takes longer than a run does.
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

testStoreModel(
  "postgres",
  async (clock) => {
    await admin.query(emptying);
    return postgresStore({ url: postgresUrl(), schema, clock, migrate: "check", maxConnections: 4 });
  },
  { runs: 40, audit: auditStore },
);
