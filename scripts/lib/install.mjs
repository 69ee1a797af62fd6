/**
 * Makes sure that what package-lock.json asks for is what node_modules holds, so that a fresh clone needs one command.
 */
import { existsSync, lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import { root, run, say } from "./run.mjs";

/** The oldest Node we support, as in package.json "engines". */
const OLDEST_NODE = [20, 19];

/**
 * Why node_modules does not fit the lockfile, or null when it does. The contents are compared, not file times: a git
 * checkout touches times, and a wrong guess would reinstall everything.
 *
 * @param {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }>} wanted
 * @param {Record<string, { version?: string }>} found  what npm noted in node_modules/.package-lock.json
 * @returns {string | null}
 */
export function mismatch(wanted, found) {
  for (const [where, entry] of Object.entries(wanted)) {
    if (where === "") continue;
    const present = found[where];
    const maySkip = entry.optional || entry.devOptional; // made for another platform
    if (!present && !maySkip) return `${nameOf(where)} is missing`;
    if (present && present.version !== entry.version) return `${nameOf(where)} is not at ${entry.version}`;
  }
  return null;
}

function nameOf(where) {
  return where.slice(where.lastIndexOf("node_modules/") + "node_modules/".length);
}

function whatIsMissing() {
  const note = path.join(root, "node_modules/.package-lock.json");
  if (!existsSync(note)) return "nothing is installed yet";
  const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages ?? {};
  return mismatch(read(path.join(root, "package-lock.json")), read(note));
}

/** Installs the dependencies when they are missing or old. Returns whether the tree is usable. */
export async function ensureInstalled() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    say(`Node ${OLDEST_NODE.join(".")} or newer is needed; this is ${process.version}.`);
    return false;
  }
  const missing = whatIsMissing();
  if (missing === null) return true;
  // Through a link npm would first empty the folder behind it, which others use.
  if (lstatSync(path.join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    say(`${missing}, and node_modules is a link: install in the folder it comes from.`);
    return false;
  }
  say(`installing dependencies (${missing}): npm ci`);
  // npm says where it lives when it started us; Windows' npm is a shell script that spawn cannot start.
  const npm = process.env.npm_execpath;
  const code = npm?.endsWith("js")
    ? await run(process.execPath, [npm, "ci"], quiet())
    : await run("npm", ["ci"], quiet());
  if (code !== 0) say("npm ci failed; see above.");
  return code === 0;
}

/** npm ci talks on stderr, so that `npm start -- file.csv > story.txt` holds the story only. */
function quiet() {
  return { stdio: ["ignore", process.stderr, "inherit"] };
}
