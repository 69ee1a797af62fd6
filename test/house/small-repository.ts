/** A throw-away repository with the real scripts and a source of one line, to see what the scripts do with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const SETTINGS = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "tsconfig.examples.json",
];

/** How a script ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder with the scripts of this repository in it. */
export class SmallRepository {
  readonly home: string;

  private constructor(home: string) {
    this.home = home;
  }

  static async make(files: Record<string, string>): Promise<SmallRepository> {
    const repository = new SmallRepository(await mkdtemp(path.join(tmpdir(), "waymark-small-")));
    for (const name of ["scripts", ...SETTINGS]) {
      await cp(path.join(root, name), path.join(repository.home, name), { recursive: true });
    }
    await symlink(path.join(root, "node_modules"), path.join(repository.home, "node_modules"));
    await repository.write(files);
    return repository;
  }

  async write(files: Record<string, string>): Promise<void> {
    for (const [name, source] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(this.home, name)), { recursive: true });
      await writeFile(path.join(this.home, name), source);
    }
  }

  /** Runs one of the scripts. `started` gets the process, to send it signals. */
  run(script: string, args: string[] = [], started?: (child: ChildProcess) => void): Promise<Ended> {
    const child = spawn(process.execPath, [`scripts/${script}`, ...args], { cwd: this.home, timeout: 60_000 });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (part) => (said.stdout += part));
    child.stderr.on("data", (part) => (said.stderr += part));
    started?.(child);
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...said })));
  }

  remove(): Promise<void> {
    return rm(this.home, { recursive: true, force: true });
  }
}
