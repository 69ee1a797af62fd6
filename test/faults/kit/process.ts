/** Processes of a scenario: started, listened to, and ended by their own id only. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export type Line = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Process {
  readonly pid: number;
  readonly running: boolean;
  /** What it wrote to standard error, its end only. */
  readonly errors: string;
  /** The first line, told so far or yet to come, that has `key`. Rejects when the process ends first. */
  line(key: string): Promise<Line>;
  /** Whether its event loop still turns; resolves when it has answered, which may be never. */
  ping(): Promise<boolean>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface Surroundings {
  readonly nodeOptions?: readonly string[];
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

const ERRORS_KEPT = 4_000;

/** Starts a program of ../child with one JSON argument. It ends by itself when this process is gone. */
export function startProcess(program: string, argument: unknown, surroundings: Surroundings = {}): Process {
  const { nodeOptions = [], env = {} } = surroundings;
  const file = fileURLToPath(new URL(`../child/${program}`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [...nodeOptions, file, JSON.stringify(argument)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const told: Line[] = [];
  let waiting: { key: string; resolve: (line: Line) => void; reject: (error: Error) => void }[] = [];
  let errors = "";
  let running = true;
  let pings = 0;
  child.stdin!.on("error", () => {});
  child.stderr!.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-ERRORS_KEPT);
  });
  createInterface({ input: child.stdout! }).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text) as Line;
    told.push(line);
    for (const one of waiting) if (one.key in line) one.resolve(line);
    waiting = waiting.filter(({ key }) => !(key in line));
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("exit", (code, signal) => {
      running = false;
      resolve({ code, signal });
    });
  });
  void ended.then(({ code, signal }) => {
    const error = new Error(`${program} ended (${signal ?? code}) too early. ${errors}`);
    for (const { reject } of waiting) reject(error);
  });
  const line = (key: string): Promise<Line> => {
    const known = told.find((one) => key in one);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => waiting.push({ key, resolve, reject }));
  };
  return {
    pid: child.pid!,
    get running() {
      return running;
    },
    get errors() {
      return errors;
    },
    line,
    ping: async () => {
      const pong = `pong-${++pings}`;
      child.stdin!.write(`${pong}\n`);
      return line(pong).then(
        () => true,
        () => false,
      );
    },
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
