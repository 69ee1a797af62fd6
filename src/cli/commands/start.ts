/** `waymark start`: the demo. It lives in the repository; an installed package says where to find it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "../command.js";
import { CliError, EXIT, type ExitCode } from "../errors.js";

const SCRIPT = fileURLToPath(new URL("../../../scripts/start.mjs", import.meta.url));

export const start: Command = {
  name: "start",
  summary: "run the demo (in the repository)",
  args: ["[FILE]"],
  about:
    "Runs the demo: it tells the story of a CSV file. The demo is part of the repository, not of the installed package.",
  options: {},
  run: async (context) => {
    if (!existsSync(SCRIPT)) {
      throw new CliError(
        "no_demo",
        EXIT.trouble,
        "The demo lives in the repository, not in the installed package. Clone the repository and run: npm start",
      );
    }
    const store = context.text("store");
    const words = [
      ...context.args,
      ...(store === undefined ? [] : ["--store", store]),
      ...(context.json ? ["--json"] : []),
    ];
    return runScript(words, context.folder, context.stopSignal());
  },
};

/** The demo reports in its own words, and its exit code is ours. */
function runScript(words: readonly string[], folder: string, stop: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SCRIPT, ...words], { cwd: folder, stdio: "inherit" });
    stop.addEventListener("abort", () => child.kill(stop.reason === "SIGINT" ? "SIGINT" : "SIGTERM"));
    child.once("error", () => resolve(EXIT.trouble));
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
