/**
 * Turns src/ into dist/ and examples/ into dist-examples/ with plain `tsc`, when they are not up to date. Files that are
 * not TypeScript (styles, pages, sample data) are copied beside the compiled ones.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { root, runNode, say } from "./run.mjs";

/** What runs in browsers is compiled apart, without Node's types; see tsconfig.web.json. */
const WEB = existsSync(path.join(root, "src/client-web")) ? ["tsconfig.build.web.json"] : [];
const LIBRARY = {
  name: "the library",
  from: "src",
  to: "dist",
  projects: ["tsconfig.build.json", ...WEB],
  finish: makeExecutable,
};
const PAGES = path.join(root, "examples/story/web/client");
const EXAMPLES = {
  name: "the examples",
  from: "examples",
  to: "dist-examples",
  projects: ["tsconfig.examples.json"],
  // Loaded when it is needed: most calls find everything built.
  finish: async (out) => existsSync(PAGES) && (await import("./build-pages.mjs")).buildPages(out),
};

/** Builds the library when its sources changed since the last build. Returns whether dist/ is usable. */
export function ensureBuilt() {
  return build(LIBRARY, "");
}

/** Builds the library, then the examples, which import it as "waymark". Returns whether both are usable. */
export async function ensureExamplesBuilt() {
  if (!(await ensureBuilt())) return false;
  const library = readFileSync(path.join(root, LIBRARY.to, ".buildinfo"), "utf8");
  return build(EXAMPLES, library);
}

async function build({ name, from, to, projects, finish }, basis) {
  const out = path.join(root, to);
  const files = await sources(path.join(root, from));
  const fresh = await digest(files, projects, basis);
  const note = path.join(out, ".buildinfo");
  if (existsSync(note) && readFileSync(note, "utf8") === fresh) return true;

  say(`building ${name}: ${from}/ to ${to}/`);
  // Built beside, then swapped in: nobody sees half a build, and files whose source is gone do not stay behind.
  const staging = path.join(root, `${to}.building-${process.pid}`);
  try {
    await mkdir(staging, { recursive: true });
    for (const project of projects) {
      const code = await runNode("node_modules/typescript/bin/tsc", ["-p", project, "--outDir", staging], toStderr());
      if (code !== 0) {
        say(`${from}/ does not compile; see above.`);
        return false;
      }
    }
    for (const file of files.filter((each) => !isCompiled(each))) {
      await cp(file, path.join(staging, path.relative(path.join(root, from), file)));
    }
    await finish?.(staging);
    await writeFile(path.join(staging, ".buildinfo"), fresh);
    await rm(out, { recursive: true, force: true });
    await rename(staging, out);
    return true;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** npx makes the package's commands executable only when it first links it, and a build makes their files anew. */
async function makeExecutable(out) {
  const { bin = {} } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  const built = Object.values(bin).map((file) => path.join(out, path.relative(LIBRARY.to, file)));
  for (const file of built.filter(existsSync)) await chmod(file, 0o755);
}

/** A fingerprint of everything the output depends on; contents, not times, because git sets times anew. */
async function digest(files, projects, basis) {
  const hash = createHash("sha256").update(basis);
  const settings = ["tsconfig.json", ...projects, "node_modules/typescript/package.json"];
  for (const file of [...settings.map((each) => path.join(root, each)), ...files]) {
    hash
      .update(`${path.relative(root, file)}\0`)
      .update(await readFile(file))
      .update("\0");
  }
  return hash.digest("hex");
}

async function sources(folder) {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.split(path.sep).some((part) => part === "node_modules" || part === "__pycache__"))
    .sort();
}

function isCompiled(file) {
  return /\.[cm]?tsx?$/.test(file);
}

function toStderr() {
  return { stdio: ["ignore", process.stderr, "inherit"] };
}
