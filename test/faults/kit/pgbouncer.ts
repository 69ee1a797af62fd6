/** A real transaction pooler before the server, where pgbouncer is installed. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "../../../scripts/lib/embedded-postgres.mjs";
import type { Trial } from "./trial.js";
import { until } from "./wait.js";

/** @returns the URL that leads through it; null when it is not installed */
export async function startPgBouncer(trial: Trial): Promise<string | null> {
  try {
    execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
  } catch {
    return null;
  }
  const target = new URL(trial.url);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "waymark-faults-pooler-"));
  chmodSync(folder, 0o755);
  const file = join(folder, "pgbouncer.ini");
  const users = join(folder, "users.txt");
  writeFileSync(users, `"${target.username}" "${target.password}"\n`);
  writeFileSync(
    file,
    [
      "[databases]",
      `* = host=127.0.0.1 port=${target.port}`,
      "[pgbouncer]",
      "listen_addr = 127.0.0.1",
      `listen_port = ${port}`,
      "unix_socket_dir =",
      "auth_type = plain",
      `auth_file = ${users}`,
      "pool_mode = transaction",
      "default_pool_size = 5",
      "",
    ].join("\n"),
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ["--user", "postgres"] : [];
  const pooler = spawn("pgbouncer", ["--quiet", ...user, file], { stdio: "ignore" });
  trial.atEnd(async () => {
    const ended = new Promise((resolve) => pooler.once("exit", resolve));
    pooler.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  target.port = String(port);
  await until("pgbouncer accepts connections", 10_000, async () => {
    const client = new pg.Client(target.href);
    client.on("error", () => {});
    await client.connect();
    await client.end();
    return true;
  });
  return target.href;
}
