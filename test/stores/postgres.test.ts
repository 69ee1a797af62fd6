/** The PostgreSQL store keeps the contract of every store. What is its own stands in the files beside this one. */
import { afterAll } from "vitest";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { testStore } from "../../src/testing/store-suite/index.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

testStore("postgres", (clock) => postgresStore({ url: postgresUrl(), schema: schemaName(), clock, maxConnections: 4 }));

afterAll(dropSchemas);
