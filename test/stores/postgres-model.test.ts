/** The PostgreSQL store against the model: random commands, compared after each, audited after each run. */
import { testStoreModel } from "../../src/testing/index.js";
import { auditStore } from "../support/audit-store.js";
import { emptiedPostgres } from "../support/postgres-world.js";

const open = emptiedPostgres();

testStoreModel("postgres", (clock) => open({ clock, maxConnections: 4 }), { runs: 40, audit: auditStore });
