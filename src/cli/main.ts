#!/usr/bin/env node
/** The program `waymark`: binds the process to run.ts. Only here and below is the environment read. */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { systemClock } from "../core/clock.js";
import { run } from "./run.js";
import { Screen, type Sink } from "./screen.js";

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const stopping = new AbortController();
const unread = new AbortController();

function sinkOf(stream: NodeJS.WriteStream): Sink {
  let gone = false;
  // Whoever read this has left (`waymark list | head`): that is no error, there is only nobody to tell.
  stream.on("error", () => {
    gone = true;
    unread.abort("closed");
  });
  return {
    isTerminal: stream.isTTY,
    write: (text) =>
      new Promise((resolve) => {
        if (gone) resolve();
        else stream.write(text, () => resolve());
      }),
  };
}

/** The first signal asks, the second one ends. */
function stopSignal(whenUnread: "stop" | "goOn" = "stop"): AbortSignal {
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(code);
      stopping.abort(name);
    });
  }
  return whenUnread === "goOn" ? stopping.signal : AbortSignal.any([stopping.signal, unread.signal]);
}

function wantsColor({ env, stdout }: NodeJS.Process): boolean {
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return (env["FORCE_COLOR"] ?? "") !== "" || (stdout.isTTY && env["TERM"] !== "dumb");
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function user(): string {
  try {
    return userInfo().username;
  } catch {
    return "operator"; // a container may run as a user that has no name
  }
}

const { env, stdout, stderr } = process;
const out = sinkOf(stdout);
const code = await run({
  words: process.argv.slice(2),
  env,
  folder: process.cwd(),
  user: user(),
  version: version(),
  clock: systemClock,
  stopSignal,
  screen: new Screen({
    out,
    err: sinkOf(stderr),
    width: Number(env["COLUMNS"]) || stdout.columns || 80,
    color: wantsColor(process),
  }),
});
// After this everything is written; what a handler's module left open must not keep the process.
await out.write("");
process.exit(code);
