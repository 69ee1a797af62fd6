/** The package as users get it: packed, installed into an empty folder, and once more without anything beside it. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Packed {
  /** The .tgz file. */
  tarball: string;
  /** The files inside, from the package's root. */
  files: { path: string; size: number; mode: number }[];
  /** A folder where waymark is installed with its dependencies. */
  home: string;
  /** A folder whose node_modules holds waymark and nothing else. */
  bare: string;
  /** Removes all of it. */
  remove(): Promise<void>;
}

/** Builds when needed, packs, installs. Optional dependencies and peers stay out, so needing one by accident fails. */
export async function pack(): Promise<Packed> {
  const folder = await mkdtemp(path.join(tmpdir(), "waymark-package-"));
  const home = path.join(folder, "home");
  await mkdir(home);
  await writeFile(path.join(home, "package.json"), JSON.stringify({ name: "home", private: true }));

  await must(process.execPath, [path.join(root, "scripts/build.mjs")], root);
  const listed = await must("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  const [summary] = JSON.parse(listed) as [{ filename: string; files: Packed["files"] }];
  const tarball = path.join(folder, summary.filename);
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await must("npm", ["install", tarball, "--omit=optional", "--omit=peer", ...quiet], home);
  const bare = path.join(folder, "bare");
  await cp(path.join(home, "node_modules/waymark"), path.join(bare, "node_modules/waymark"), { recursive: true });
  return { tarball, files: summary.files, home, bare, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, for at most two minutes. */
export function run(command: string, args: string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 120_000, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

async function must(command: string, args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
