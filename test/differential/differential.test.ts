/**
 * The same commands on the three stores: the same answers, call by call, and the same export in the end. A sequence that
 * tells them apart is shrunk, and fast-check prints its seed. Another seed, more runs:
 * DIFFERENTIAL_SEED=7 DIFFERENTIAL_RUNS=500 npm test -- test/differential
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createAuditor } from "../../src/core/audit.js";
import type { ExportLine } from "../../src/core/export-format.js";
import type { Store } from "../../src/core/store.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { emptiedPostgres } from "../support/postgres-world.js";
import { type Command, command } from "./commands.js";
import { type Answers, runCommands } from "./run-commands.js";

/** The same each time, so that a change is to blame and not the day; others by the environment. */
const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 1);
const RUNS = Number(process.env["DIFFERENTIAL_RUNS"] ?? 25);
const MOST_COMMANDS = 60;
/** Shrinking ends with what it has by then. */
const PATIENCE_MS = 60_000;

const directory = mkdtempSync(join(tmpdir(), "waymark-differential-"));
const openPostgres = emptiedPostgres();
let files = 0;
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STORES: Readonly<Record<string, (clock: FakeClock) => Promise<Store>>> = {
  memory: async (clock) => memoryStore({ clock }),
  sqlite: (clock) => sqliteStore({ path: join(directory, `${files++}.db`), clock }),
  postgres: (clock) => openPostgres({ clock, maxConnections: 2 }),
};

async function answersOf(name: string, commands: readonly Command[]): Promise<Answers> {
  const clock = new FakeClock();
  const store = await STORES[name]!(clock);
  try {
    return await runCommands(store, clock, commands);
  } finally {
    await store.close();
  }
}

test("A6, I1–I30 three stores give the same answers to the same calls, and tell the same story in the end", {
  timeout: 180_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(command, { minLength: 1, maxLength: MOST_COMMANDS, size: "max" }),
    async (commands) => {
      const expected = await answersOf("memory", commands);
      for (const name of ["sqlite", "postgres"]) {
        const answers = await answersOf(name, commands);
        for (const [i, answer] of answers.entries()) {
          const asked = commands[i] === undefined ? "the export" : JSON.stringify(commands[i]);
          expect(answer, `${name} and memory disagree on ${asked}`).toEqual(expected[i]);
        }
      }
      const auditor = createAuditor({ checkLimits: false });
      for (const line of expected.at(-1) as ExportLine[]) auditor.feed(line);
      expect(auditor.finish()).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: PATIENCE_MS });
});
