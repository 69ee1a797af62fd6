/** What was measured on: without it, a figure says nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import pg from "pg";
import { syncTimes } from "../limits/disk.mjs";
import { sqlitePlace } from "../stores/sqlite.mjs";
import { WORK } from "./settings.mjs";

const PACKAGE = new URL("../../package.json", import.meta.url);
const SYNCS = { full: 1_000, quick: 20 };
/** What decides how durable a commit is. */
const SETTINGS = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"];

export async function environment({ folder, postgresUrl, stores, quick }) {
  const { p50, p99 } = syncTimes(folder, quick ? SYNCS.quick : SYNCS.full);
  return {
    at: new Date().toISOString(),
    waymark: JSON.parse(readFileSync(PACKAGE, "utf8")).version,
    commit: commit(),
    node: process.version,
    system: `${os.type()} ${os.release()}, ${os.arch()}`,
    processor: os.cpus()[0]?.model ?? "unknown",
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    syncMs: { p50: Number(p50.toFixed(3)), p99: Number(p99.toFixed(3)) },
    work: WORK,
    ...(stores.includes("postgres") ? { postgres: await postgresFacts(postgresUrl) } : {}),
    ...(stores.some((store) => store.startsWith("sqlite")) ? { sqlite: await sqliteFacts() } : {}),
  };
}

/** Of the sources measured; with `+` when they were changed since. Null outside a clone. */
function commit() {
  try {
    const git = (...args) =>
      execFileSync("git", args, { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--", "../src") === "" ? "" : "+");
  } catch {
    return null;
  }
}

async function postgresFacts(url) {
  const client = new pg.Client(Object.assign(new URL(url), { pathname: "/postgres" }).href);
  await client.connect();
  const { rows } = await client.query("select name, current_setting(name) as value from pg_settings");
  const value = (wanted) => rows.find(({ name }) => name === wanted)?.value;
  await client.end();
  return {
    version: value("server_version"),
    settings: Object.fromEntries(SETTINGS.map((name) => [name, value(name)])),
  };
}

async function sqliteFacts() {
  const memory = sqlitePlace(":memory:");
  const [{ version }] = await memory.query("select sqlite_version() as version");
  await memory.close();
  return { version, driver: process.getBuiltinModule?.("node:sqlite") ? "node:sqlite" : "@photostructure/sqlite" };
}
