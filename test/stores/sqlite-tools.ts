/** What the tests of the SQLite store share: files that go away again, jobs to enqueue, connections of a stranger. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { NewJob, Store } from "../../src/core/store.js";
import { loadDriver, type SqliteDatabase } from "../../src/stores/sqlite/driver.js";
import { type SqliteStoreOptions, sqliteStore } from "../../src/stores/sqlite/store.js";
import { newJobs } from "./sqlite-jobs.js";

const directory = mkdtempSync(join(tmpdir(), "waymark-sqlite-"));
const open: { close(): unknown }[] = [];
afterAll(async () => {
  for (const one of open) {
    try {
      await one.close();
    } catch {
      // Closed by its test.
    }
  }
  rmSync(directory, { recursive: true, force: true });
});

let made = 0;

/** A path in a directory that is removed after the tests of the file. */
export function newPath(): string {
  return join(directory, `${made++}`, "jobs.db");
}

export async function openStore(options: SqliteStoreOptions): Promise<Store> {
  const store = await sqliteStore(options);
  open.push(store);
  return store;
}

/** A connection that knows nothing of the store. */
export async function openStranger(path: string): Promise<SqliteDatabase> {
  const database = await (await loadDriver())(path);
  open.push(database);
  return database;
}

/** A store, and its own connection to look at. */
export async function openWithConnection(path: string): Promise<{ store: Store; database: SqliteDatabase }> {
  const load = await loadDriver();
  let database: SqliteDatabase | undefined;
  const store = await openStore({
    path,
    database: async (file) => {
      database = await load(file);
      return database;
    },
  });
  return { store, database: database! };
}

/** A way to open a file that counts the statements that are run, by their first word. */
export function countingDatabase() {
  const ran = new Map<string, number>();
  let opened: SqliteDatabase | undefined;
  const database = async (path: string): Promise<SqliteDatabase> => {
    opened = counting(await (await loadDriver())(path), ran);
    return opened;
  };
  return { ran, database, opened: () => opened! };
}

function counting(database: SqliteDatabase, ran: Map<string, number>): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare: (sql) => {
      const statement = database.prepare(sql);
      const word = /\w+/.exec(sql)?.[0] ?? "";
      const count = (): void => void ran.set(word, (ran.get(word) ?? 0) + 1);
      return {
        run: (...values) => {
          count();
          return statement.run(...values);
        },
        get: (...values) => {
          count();
          return statement.get(...values);
        },
        all: (...values) => {
          count();
          return statement.all(...values);
        },
      };
    },
  };
}

/** One job with an id of its own. */
export function newJob(parts: Partial<NewJob> = {}): NewJob {
  return { ...newJobs(0, made++, 1)[0]!, ...parts };
}

/** Whether each job is there. */
export async function present(store: Store, jobs: readonly { readonly jobId: string }[]): Promise<boolean[]> {
  const found = await store.read({ jobIds: jobs.map(({ jobId }) => jobId), view: "status" });
  return found.map((job) => job !== null);
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
