/** Starts the measurement of one row on one store, and waits for it; a measurement that does not end is ended. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./one.mjs", import.meta.url));

/** A million waiting jobs take minutes on a slow disk. */
const CAP_MS = 900_000;

/** @returns `{ figures, limits }` by name, or `{ error }` */
export function runRow({ row, store, where, quick }) {
  const child = fork(SCRIPT, [JSON.stringify({ row, store, where, quick })], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let answer = null;
  const cap = setTimeout(() => {
    answer ??= { error: `it did not end within ${CAP_MS / 60_000} minutes` };
    child.kill("SIGKILL");
  }, CAP_MS);
  return new Promise((resolve) => {
    child.on("message", (message) => {
      answer ??= message;
    });
    child.on("exit", (code, signal) => {
      clearTimeout(cap);
      resolve(answer ?? { error: `the process ended without an answer (${code ?? signal})` });
    });
  });
}
