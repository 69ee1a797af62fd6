/**
 * Runs other programs for the scripts of this folder. Needs Node only, because it works before anything is installed.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository, with a slash at the end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** One line about what happens next, on stderr so that stdout stays the program's own. */
export function say(line) {
  process.stderr.write(`waymark: ${line}\n`);
}

/**
 * Runs a program in the repository, its output going where ours goes. SIGINT, SIGTERM and SIGHUP reach it.
 *
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it, 127 when it could not be started
 */
export function run(command, args, { env = process.env, stdio = "inherit" } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio });
    const forward = (signal) => child.kill(signal);
    const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
    const finish = (code) => {
      for (const name of Object.keys(signals)) process.off(name, forward);
      resolve(code);
    };
    for (const name of Object.keys(signals)) process.on(name, forward);
    child.once("error", (error) => {
      say(`${command} could not be started: ${error.message}`);
      finish(127);
    });
    child.once("close", (code, signal) => finish(code ?? signals[signal] ?? 137));
  });
}

/** Runs one of the installed packages' own programs with this very Node, e.g. `node_modules/vitest/vitest.mjs`. */
export function runNode(file, args, options) {
  return run(process.execPath, [`${root}${file}`, ...args], options);
}
