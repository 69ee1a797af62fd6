/** The PostgreSQL store keeps the contract of every store. What is its own stands in the files beside this one. */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { testStore } from "../../src/testing/store-suite/index.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const schema = schemaName();
const admin = new pg.Client(postgresUrl());
let emptying = "";

// One schema for the whole suite, emptied for each test: making it takes longer than most tests do.
beforeAll(async () => {
  const store = await postgresStore({ url: postgresUrl(), schema });
  await store.close();
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

testStore("postgres", async (clock) => {
  await admin.query(emptying);
  return postgresStore({ url: postgresUrl(), schema, clock, migrate: "check", maxConnections: 4 });
});
