/** `npm start`, in the browser or with a file. The only part of the example that touches the process: arguments, environment, signals, exit. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "./run.js";
import { HELP, readArgs } from "./terminal/args.js";
import type { Ticking } from "./terminal/live-line.js";
import { DEFAULT_STORE } from "./terminal/print-end.js";
import type { Screen } from "./terminal/text.js";
import { runWeb } from "./web/run-web.js";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** @returns the exit code; see HELP */
export async function main(words: readonly string[]): Promise<number> {
  const asked = readArgs(words);
  if ("complaint" in asked) {
    process.stderr.write(`${asked.complaint} npm start -- --help says what there is.\n`);
    return 2;
  }
  const { path, json, remote, help } = asked.request;
  const store = asked.request.store ?? (process.env["WAYMARK_STORE"] || DEFAULT_STORE);
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }

  // A reader that has seen enough (`| head`) closes the pipe; that is no reason to break off the job.
  process.stdout.on("error", ignore);
  process.stderr.on("error", ignore);
  const stop = new AbortController();
  let interrupted: keyof typeof EXIT_CODES | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Once: who asks a second time gets the signal's own, sudden end.
    process.once(signal, () => {
      interrupted ??= signal;
      stop.abort();
    });
  }
  if (path === null && !json) {
    const port = portOf(process.env["PORT"]);
    if (port === null) {
      process.stderr.write(`PORT is a number from 0 to 65535, not ${process.env["PORT"]}.\n`);
      return 2;
    }
    return runWeb({
      store,
      folder: "data",
      port,
      remote,
      say: (text) => process.stdout.write(text),
      complain: (text) => process.stderr.write(text),
      signal: stop.signal,
    });
  }
  // JSON has standard output for itself; what goes on meanwhile goes beside it.
  const stream = json ? process.stderr : process.stdout;
  const screen: Screen = { color: wantsColor(stream.isTTY), width: stream.columns ?? 80 };
  const code = await run({
    path: path ?? seattleWeather(),
    store,
    json,
    screen,
    inPlace: stream.isTTY && process.env["TERM"] !== "dumb",
    out: (text) => process.stdout.write(text),
    status: (text) => stream.write(text),
    clock: wallClock,
    signal: stop.signal,
  });
  return code === 1 && interrupted ? EXIT_CODES[interrupted] : code;
}

const wallClock: Ticking = {
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function ignore(): void {}

/** @returns null when it is no port */
function portOf(given: string | undefined): number | null {
  const port = given === undefined || given === "" ? 4_400 : Number(given);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : null;
}

/** https://no-color.org: any value but none switches colour off. */
function wantsColor(isTty: boolean | undefined): boolean {
  return isTty === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
}

/** A real data set, so that the first try needs no file. */
function seattleWeather(): string {
  const entry = createRequire(import.meta.url).resolve("vega-datasets");
  return join(dirname(entry), "..", "data", "seattle-weather.csv");
}
