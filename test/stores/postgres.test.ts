/** The PostgreSQL store keeps the contract of every store. What is its own stands in the files beside this one. */
import { testStore } from "../../src/testing/store-suite/index.js";
import { emptiedPostgres } from "../support/postgres-world.js";

const open = emptiedPostgres();

testStore("postgres", (clock) => open({ clock, maxConnections: 4 }));
