/** A throw-away repository that breaks every house rule once, linted with the real rules. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Lints `files` (path → source) with this repository's rules.
 *
 * @returns what was said about each file, as "rule: message"
 */
export async function lint(files: Record<string, string>): Promise<Map<string, string[]>> {
  const home = await mkdtemp(path.join(tmpdir(), "waymark-house-"));
  try {
    await cp(path.join(root, "scripts/lint"), path.join(home, "scripts/lint"), { recursive: true });
    await cp(path.join(root, "package.json"), path.join(home, "package.json"));
    await writeFile(path.join(home, ".oxlintrc.json"), await rules());
    for (const [file, source] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(home, file)), { recursive: true });
      await writeFile(path.join(home, file), source);
    }
    return said(await oxlint(home));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The repository's own configuration, less what needs a TypeScript project. */
async function rules(): Promise<string> {
  const commented = await readFile(path.join(root, ".oxlintrc.json"), "utf8");
  const config = JSON.parse(commented.replace(/^\s*\/\/.*$/gm, "")) as Record<string, unknown>;
  return JSON.stringify({ ...config, options: { typeAware: false } });
}

function oxlint(home: string): Promise<string> {
  const program = path.join(root, "node_modules/oxlint/bin/oxlint");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, "--format=json", "src", "examples"], { cwd: home }, (error, stdout, stderr) =>
      stdout.startsWith("{")
        ? resolve(stdout)
        : reject(new Error(`oxlint said nothing usable: ${stderr}`, { cause: error })),
    );
  });
}

function said(report: string): Map<string, string[]> {
  const { diagnostics } = JSON.parse(report) as { diagnostics: { filename: string; code: string; message: string }[] };
  const byFile = new Map<string, string[]>();
  for (const { filename, code, message } of diagnostics) {
    byFile.set(filename, [...(byFile.get(filename) ?? []), `${code}: ${message}`]);
  }
  return byFile;
}
