/** The SQLite store keeps the whole contract. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { testStore } from "../../src/testing/store-suite/index.js";

const directory = mkdtempSync(join(tmpdir(), "waymark-sqlite-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
testStore("sqlite", (clock) => sqliteStore({ path: join(directory, `${files++}.db`), clock }));
