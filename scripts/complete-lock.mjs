/**
 * `node scripts/complete-lock.mjs`, after a dependency was added: names in package-lock.json the binaries for other
 * platforms that npm left out because the registry at hand did not offer them. Without them `npm ci` refuses the lockfile
 * everywhere. Such entries have a version, and no digest until somebody whose registry has them runs `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { root, say } from "./lib/run.mjs";

const OS = { android: "android", darwin: "darwin", freebsd: "freebsd", linux: "linux", openharmony: "openharmony" };
const CPU = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64", "wasm32"];

/**
 * Optional dependencies of locked packages for which the lockfile has no entry.
 *
 * @param {Record<string, { optionalDependencies?: Record<string, string>, dev?: boolean }>} packages
 * @returns {{ name: string, version: string, dev: boolean }[]}
 */
export function missingPlatforms(packages) {
  const present = new Set(Object.keys(packages).map((where) => where.split("node_modules/").at(-1)));
  return Object.values(packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !present.has(name))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** The lockfile's entry for a binary package, read from its name, e.g. `@oxlint/binding-linux-x64-musl`. */
export function platformEntry({ name, version, dev }) {
  const words = name.split("/").at(-1).split(/[-.]/);
  const os = /win32|windows/.test(name) ? "win32" : OS[words.find((word) => word in OS)];
  const cpu = CPU.find((each) => words.includes(each));
  if (!os || !cpu || !/^\d+\.\d+\.\d+[\w.-]*$/.test(version)) {
    throw new Error(`${name}@${version} does not look like a binary package; add it to the lockfile with npm.`);
  }
  const libc = words.some((word) => word.startsWith("musl")) ? { libc: ["musl"] } : {};
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), ...libc, optional: true, os: [os] };
}

function complete() {
  const file = `${root}package-lock.json`;
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingPlatforms(lock.packages);
  for (const each of missing) lock.packages[`node_modules/${each.name}`] = platformEntry(each);
  const { "": self, ...rest } = lock.packages;
  const sorted = Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, "en"));
  lock.packages = { "": self, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  say(`package-lock.json: ${missing.length} packages for other platforms added`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) complete();
