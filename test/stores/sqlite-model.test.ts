/** The SQLite store against the model: random commands, compared after each, audited after each run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { testStoreModel } from "../../src/testing/index.js";
import { auditStore } from "../support/audit-store.js";

const directory = mkdtempSync(join(tmpdir(), "waymark-sqlite-model-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
testStoreModel("sqlite", (clock) => sqliteStore({ path: join(directory, `${files++}.db`), clock }), {
  runs: 40,
  audit: auditStore,
});
