/** Keeps the worker process running while the server does. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("worker-process.js", import.meta.url));
const PAUSE_MS = 1_000;

export interface WorkerChild {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

/** Starts it, and starts it anew when it ends unasked. */
export function startWorkerChild(args: readonly string[]): WorkerChild {
  const stopped = new AbortController();
  let child: ChildProcess;
  const start = (): void => {
    child = fork(PROGRAM, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.once("exit", () => {
      if (stopped.signal.aborted) return;
      sleep(PAUSE_MS, undefined, { signal: stopped.signal }).then(start, () => {});
    });
  };
  start();
  return {
    get pid() {
      return child.pid;
    },
    async stop() {
      stopped.abort();
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
