/** The built command line as a process, beside a store that the test itself writes to. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openWaymark, type Waymark } from "waymark";

const root = fileURLToPath(new URL("../../", import.meta.url));
export const MAIN: string = path.join(root, "dist/cli/main.js");
export const LIBRARY: string = new URL("../../dist/index.js", import.meta.url).href;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves when standard output so far matches; rejects when the program ends without it. */
  until(pattern: RegExp): Promise<void>;
}

/** Builds what the tests run; nothing to do when it is up to date. */
export async function build(): Promise<void> {
  const { code, stderr } = await start([path.join(root, "scripts/build.mjs")], root).ended;
  if (code !== 0) throw new Error(`The library does not build:\n${stderr}`);
}

/** A folder with a database of its own. */
export class Place {
  readonly folder: string;
  readonly waymark: Waymark;
  readonly #running = new Set<Running>();

  private constructor(folder: string, waymark: Waymark) {
    this.folder = folder;
    this.waymark = waymark;
  }

  static async make(): Promise<Place> {
    const folder = await mkdtemp(path.join(tmpdir(), "waymark-cli-"));
    const waymark = await openWaymark({
      store: `sqlite:${path.join(folder, "data/waymark.db")}`,
      retention: { default: false },
    });
    return new Place(folder, waymark);
  }

  /** Runs `waymark …words` in the folder, to its end. */
  run(...words: string[]): Promise<Ran> {
    return this.start(...words).ended;
  }

  start(...words: string[]): Running {
    const running = start([MAIN, ...words], this.folder);
    this.#running.add(running);
    return running;
  }

  async remove(): Promise<void> {
    for (const { child, ended } of this.#running) {
      if (child.exitCode === null) child.kill("SIGKILL");
      await ended;
    }
    await this.waymark.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Runs Node for at most a minute; nothing of the caller's environment decides what is seen. */
export function start(words: readonly string[], cwd: string, env: Record<string, string> = {}): Running {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, words, {
    cwd,
    env: { PATH, TZ: "UTC", COLUMNS: "80", ...env },
    timeout: 60_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    stdout += part;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => (stderr += part));
  const ended = new Promise<Ran>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without ${pattern}:\n${stdout}\n${stderr}`)));
    });
  return { child, ended, until };
}

/** What stands on standard output, as JSON. */
export function json<T = Record<string, unknown>>({ stdout }: Ran): T {
  return JSON.parse(stdout) as T;
}
/** What stands on standard output, as JSON lines. */
export function jsonLines({ stdout }: Ran): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Does one attempt at the oldest due job of a kind, as a worker would. */
export async function attempt(
  { store }: Waymark,
  kind: string,
  end: { readonly code: string; readonly message: string } | { readonly result: unknown },
): Promise<void> {
  const { jobs } = await store.claim({ workerId: "w1", kinds: [kind], queues: null, limit: 1, leaseMs: 30_000 });
  const { jobId, fence } = jobs[0]!;
  const outcome =
    "result" in end
      ? ({ type: "completed", result: JSON.stringify(end.result) } as const)
      : ({
          type: "failed",
          retryInMs: null,
          failure: { public: { ...end, category: "input", retryable: true, reference: "ref-1" }, detail: "{}" },
        } as const);
  await store.settle([{ jobId, fence, outcome }]);
}
