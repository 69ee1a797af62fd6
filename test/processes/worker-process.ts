/** Starts and ends worker-program.mjs, and reads what it tells. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type Line = Readonly<Record<string, unknown>>;

export interface WorkerProcess {
  readonly pid: number;
  /** The first line, told so far or yet to come, that has `key`. Rejects when the process ends first. */
  line(key: string): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, null when it was killed. */
  readonly exited: Promise<number | null>;
  /** What it told so far. */
  readonly lines: readonly Line[];
  /** What it wrote to standard error so far. */
  readonly errors: string;
}

const PROGRAM = fileURLToPath(new URL("./worker-program.mjs", import.meta.url));

type Options = Readonly<Record<string, unknown>>;

/** @param work  options of `work`, over those of the program */
export function startWorkerProcess(url: string, options: Options = {}, work: Options = {}): WorkerProcess {
  const words = [PROGRAM, url, JSON.stringify(options), JSON.stringify(work)];
  const child: ChildProcess = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const told: Line[] = [];
  const waiting: { key: string; resolve: (line: Line) => void; reject: (error: Error) => void }[] = [];
  let errors = "";
  child.stderr!.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout! }).on("line", (text) => {
    const line = JSON.parse(text) as Line;
    told.push(line);
    for (const one of waiting) if (one.key in line) one.resolve(line);
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  void exited.then((code) => {
    for (const { key, reject } of waiting)
      reject(new Error(`The worker ended (${code}) before it told "${key}". ${errors}`));
  });
  return {
    pid: child.pid!,
    line: (key) => {
      const known = told.find((line) => key in line);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => waiting.push({ key, resolve, reject }));
    },
    kill: (signal) => child.kill(signal),
    exited,
    lines: told,
    get errors() {
      return errors;
    },
  };
}
