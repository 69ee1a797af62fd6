/** Opening the file: where it is, how it is set up, and how its schema comes to be. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { printMigrations } from "../../src/stores/migrate.js";
import { loadDriver, type SqliteDatabase, type SqliteStatement } from "../../src/stores/sqlite/driver.js";
import { MIGRATIONS } from "../../src/stores/sqlite/migrations.js";
import { sqliteStore } from "../../src/stores/sqlite/store.js";
import { newJob, newPath, openStore, openStranger, openWithConnection, present } from "./sqlite-tools.js";

const CHILD = fileURLToPath(new URL("sqlite-child.ts", import.meta.url));

/** Runs a child to its end; resolves with its exit code and what it said on stderr. */
function run(what: string, path: string): Promise<{ code: number | null; errors: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ["--import", "tsx", CHILD, what, path], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 30_000,
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code, errors }));
  });
}

describe("the file of the SQLite store", () => {
  it("is written ahead and flushed at every commit: acknowledged means on disk", async () => {
    const { database } = await openWithConnection(newPath());
    expect(database.prepare("pragma journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    expect(database.prepare("pragma synchronous").get()).toMatchObject({ synchronous: 2 });
  });

  it("can be told to flush less often", async () => {
    const path = newPath();
    const store = await openStore({ path, synchronous: "NORMAL" });
    expect(store.address).toMatchObject({ url: `sqlite:${resolve(path)}`, options: { synchronous: "NORMAL" } });
  });

  it("is made together with its directory, and keeps its jobs", async () => {
    const path = newPath();
    const job = newJob();
    const first = await openStore({ path });
    await first.enqueue([job]);
    await first.close();
    const second = await openStore({ path });
    expect(await present(second, [job])).toEqual([true]);
  });

  it.skipIf(!existsSync("/proc"))(
    "is refused at once where no directory can be made",
    { timeout: 45_000 },
    async () => {
      const { code, errors } = await run("open", "/proc/waymark/jobs.db");
      expect(code).toBe(1);
      expect(errors).toContain("the directory of the database cannot be made");
    },
  );

  it("is a file: a database in memory is refused", async () => {
    await expect(sqliteStore({ path: ":memory:" })).rejects.toMatchObject({ code: "invalid_option" });
    await expect(sqliteStore({ path: "" })).rejects.toMatchObject({ code: "invalid_option" });
  });

  it("answers store_refused when it is no database, or cannot be made, and does not say to try again", async () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      "this is a letter, and a long one, so that it cannot be the header of a database at all ".repeat(9),
    );
    await expect(sqliteStore({ path })).rejects.toMatchObject({
      code: "store_refused",
      message: "The store cannot be used like this: the file is not a database.",
    });
    await expect(sqliteStore({ path: `${path}/below/a/file.db` })).rejects.toMatchObject({ code: "store_refused" });
  });

  it("names the missing tables when it was told to trust the schema", async () => {
    const store = await openStore({ path: newPath(), migrate: "off" });
    await expect(store.counts({})).rejects.toMatchObject({
      code: "store_refused",
      message: expect.stringMatching(/waymark migrate\.$/),
    });
  });

  it.each([
    { migrate: "always" },
    { busyTimeoutMs: "10s" },
    { busyTimeoutMs: -1 },
    { busyTimeoutMs: Number.NaN },
    { watch: "yes" },
    { synchronous: "OFF" },
  ])("refuses %j by the name of the option, and makes no file", async (wrong) => {
    const path = newPath();
    const [option] = Object.keys(wrong);
    const refused = sqliteStore({ path, ...(wrong as object) });
    await expect(refused).rejects.toMatchObject({ code: "invalid_option", details: { option } });
    expect(existsSync(path)).toBe(false);
  });

  it("leaves a user's own tables and user_version alone", async () => {
    const path = newPath();
    await (await openStore({ path })).close();
    const stranger = await openStranger(path);
    const names = stranger.prepare("select name from sqlite_schema where type = 'table'").all() as { name: string }[];
    expect(names.filter(({ name }) => !name.startsWith("waymark_"))).toEqual([]);
    expect(stranger.prepare("pragma user_version").get()).toMatchObject({ user_version: 0 });
  });

  it("takes any driver with the few methods it calls", async () => {
    const load = await loadDriver();
    const database = async (path: string): Promise<SqliteDatabase> => {
      const real = await load(path);
      const prepare = (sql: string): SqliteStatement => {
        const statement = real.prepare(sql);
        return {
          run: (...values) => statement.run(...values),
          get: (...values) => statement.get(...values),
          all: (...values) => statement.all(...values),
        };
      };
      return { exec: (sql) => real.exec(sql), prepare, close: () => real.close() };
    };
    const store = await openStore({ path: newPath(), database });
    const job = newJob();
    await store.enqueue([job]);
    const request = { workerId: "w", kinds: ["kind"], queues: null, limit: 1, leaseMs: 1_000 };
    expect((await store.claim(request)).jobs).toMatchObject([{ jobId: job.jobId, fence: 1, payload: job.payload }]);
    expect(await store.read({ jobIds: [job.jobId], view: "full" })).toMatchObject([{ status: "processing" }]);
    // Another thread could not make the same connection.
    expect(store.address).toBeNull();
  });

  it("answers closed after close, and closing twice is fine", async () => {
    const store = await openStore({ path: newPath() });
    const last = store.enqueue([newJob()]);
    await Promise.all([store.close(), store.close()]);
    expect(await last).toMatchObject([{ answer: "created" }]);
    await expect(store.enqueue([newJob()])).rejects.toMatchObject({ code: "closed" });
    await expect(store.read({ jobIds: ["x"], view: "status" })).rejects.toMatchObject({ code: "closed" });
  });
});

describe("the schema of the SQLite store", () => {
  it("is numbered from 1 without gaps, and each script records its number", () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
    for (const { version, sql } of MIGRATIONS) expect(sql).toContain(`values ('schema', ${version})`);
  });

  it("is made once when eight processes start on a new file at the same time", async () => {
    const path = newPath();
    const ends = await Promise.all(Array.from({ length: 8 }, () => run("open", path)));
    expect(ends).toEqual(Array.from({ length: 8 }, () => ({ code: 0, errors: "" })));
    const store = await openStore({ path, migrate: "check" });
    expect(await store.counts({})).toMatchObject({ pending: 8 });
  }, 60_000);

  it("is only checked in mode check: an empty file is outdated, a current one is fine", async () => {
    const path = newPath();
    await expect(sqliteStore({ path, migrate: "check" })).rejects.toMatchObject({
      code: "schema_outdated",
      details: { found: 0, needed: MIGRATIONS.length },
    });
    await (await openStore({ path })).close();
    await expect(openStore({ path, migrate: "check" })).resolves.toBeDefined();
  });

  it("is refused when a later release made it, and trusted unread in mode off", async () => {
    const path = newPath();
    await (await openStore({ path })).close();
    const stranger = await openStranger(path);
    stranger.exec("update waymark_meta set value = 99 where name = 'schema'");
    await expect(sqliteStore({ path })).rejects.toMatchObject({ code: "schema_too_new", details: { found: 99 } });
    await expect(sqliteStore({ path, migrate: "check" })).rejects.toMatchObject({ code: "schema_too_new" });
    await expect(openStore({ path, migrate: "off" })).resolves.toBeDefined();
  });

  it.each(MIGRATIONS.slice(0, -1))(
    "of version $version is brought up to date and keeps its jobs",
    async ({ version }) => {
      const path = newPath();
      mkdirSync(dirname(path), { recursive: true });
      const stranger = await openStranger(path);
      for (const { sql } of MIGRATIONS.slice(0, version)) stranger.exec(sql);
      const before = await openStore({ path, migrate: "off" });
      const job = newJob();
      await before.enqueue([job]);
      await before.close();
      const store = await openStore({ path });
      const request = { workerId: "w", kinds: [job.kind], queues: null, limit: 1, leaseMs: 1_000 };
      const { jobs } = await store.claim(request);
      expect(jobs).toMatchObject([{ jobId: job.jobId }]);
      expect(await store.report([{ jobId: job.jobId, fence: 1, stage: "a" }])).toEqual(["held"]);
      expect(await store.read({ jobIds: [job.jobId], view: "info" })).toMatchObject([{ status: "processing" }]);
    },
  );

  it("can be printed and applied by hand", async () => {
    const path = newPath();
    mkdirSync(dirname(path), { recursive: true });
    const stranger = await openStranger(path);
    stranger.exec(printMigrations(MIGRATIONS));
    const store = await openStore({ path, migrate: "check" });
    const job = newJob();
    await store.enqueue([job]);
    expect(await present(store, [job])).toEqual([true]);
    expect(printMigrations(MIGRATIONS, MIGRATIONS.length)).toBe("");
  });
});
