/** What the SQLite store does when the disk is full, somebody else holds the lock, or the process is killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadDriver, type SqliteDatabase, type SqliteStatement } from "../../src/stores/sqlite/driver.js";
import { newJob, newPath, openStore, openStranger, openWithConnection, present, turn } from "./sqlite-tools.js";

const CHILD = fileURLToPath(new URL("sqlite-child.ts", import.meta.url));

it("answers storage_full on a full disk, keeps what was acknowledged, and goes on when there is room", async () => {
  const { store, database } = await openWithConnection(newPath());
  const small = newJob();
  await store.enqueue([small]);
  const { page_count } = database.prepare("pragma page_count").get() as { page_count: number };
  database.prepare(`pragma max_page_count = ${page_count + 2}`).get();
  const large = newJob({ payload: JSON.stringify("x".repeat(1_000_000)) });
  await expect(store.enqueue([large])).rejects.toMatchObject({ code: "storage_full" });
  expect(await present(store, [small, large])).toEqual([true, false]);
  database.prepare("pragma max_page_count = 1000000").get();
  expect(await store.enqueue([large])).toMatchObject([{ answer: "created" }]);
});

it("fails one caller for one bad job: its neighbours of the same transaction are kept", async () => {
  const store = await openStore({ path: newPath() });
  const good = [newJob(), newJob()];
  const bad = newJob({ concurrencyKey: "key", concurrencyLimit: 0 });
  const answers = await Promise.allSettled([
    store.enqueue([good[0]!]),
    store.enqueue([bad]),
    store.enqueue([good[1]!]),
  ]);
  expect(answers[1]).toMatchObject({ reason: { code: "store_refused" } });
  expect(JSON.stringify(answers[1])).not.toMatch(/check/i);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await present(store, [good[0]!, bad, good[1]!])).toEqual([true, false, true]);
});

it("commits what is asked for in one tick as one transaction", async () => {
  const load = await loadDriver();
  let commits = 0;
  const database = async (path: string): Promise<SqliteDatabase> => {
    const real = await load(path);
    const prepare = (sql: string): SqliteStatement => {
      const statement = real.prepare(sql);
      if (sql !== "commit") return statement;
      const run = (): { changes: number | bigint } => {
        commits++;
        return statement.run();
      };
      return { run, get: () => undefined, all: () => [] };
    };
    return { exec: (sql) => real.exec(sql), prepare, close: () => real.close() };
  };
  const store = await openStore({ path: newPath(), database });
  await Promise.all(Array.from({ length: 100 }, async () => store.enqueue([newJob()])));
  expect(commits).toBe(1);
  expect(await store.counts({})).toMatchObject({ pending: 100 });
});

it("waits while a stranger holds the write lock, and is never told of it", async () => {
  const path = newPath();
  const store = await openStore({ path });
  const stranger = await openStranger(path);
  stranger.exec("begin immediate");
  let done = false;
  const enqueued = Promise.resolve(store.enqueue([newJob()])).finally(() => {
    done = true;
  });
  for (let i = 0; i < 5; i++) await turn();
  expect(done).toBe(false);
  expect(await store.counts({})).toMatchObject({ pending: 0 });
  stranger.exec("commit");
  expect(await enqueued).toMatchObject([{ answer: "created" }]);
});

it("answers store_unavailable when the lock is not given back in time, and works again afterwards", async () => {
  const path = newPath();
  const store = await openStore({ path, busyTimeoutMs: 50 });
  const stranger = await openStranger(path);
  stranger.exec("begin immediate");
  const job = newJob();
  await expect(store.enqueue([job])).rejects.toMatchObject({ code: "store_unavailable" });
  stranger.exec("rollback");
  expect(await store.enqueue([job])).toMatchObject([{ answer: "created" }]);
});

it("I23 keeps every acknowledged job, and a whole database, when the process is killed in the middle", async () => {
  const path = newPath();
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, "write", path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const acknowledged: { jobId: string }[] = [];
  for await (const jobId of createInterface({ input: child.stdout })) {
    acknowledged.push({ jobId });
    if (acknowledged.length === 500) child.kill("SIGKILL");
  }
  await closed;
  // The last line may have been cut.
  const whole = acknowledged.filter(({ jobId }) => jobId.length === 36);
  expect(whole.length).toBeGreaterThanOrEqual(500);
  const stranger = await openStranger(path);
  expect(stranger.prepare("pragma integrity_check").all()).toMatchObject([{ integrity_check: "ok" }]);
  const store = await openStore({ path });
  expect((await present(store, whole)).filter((found) => !found)).toEqual([]);
}, 60_000);
