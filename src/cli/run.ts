/** Finds the command, gives it what it needs, and turns whatever comes out into an exit code. */
import type { Clock } from "../core/clock.js";
import { nearest } from "../core/nearest.js";
import type { Waymark } from "../waymark.js";
import type { Command, Context } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import { connect, type Given, storeOptions, storeUrl } from "./connect.js";
import { EXIT, type ExitCode, faceOf, usageError } from "./errors.js";
import { helpOf, overview } from "./help.js";
import { type Parsed, parse } from "./parse.js";
import type { Screen } from "./screen.js";

/** Everything that is outside of the program. */
export interface World {
  /** What stands behind "waymark". */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly user: string;
  readonly version: string;
  readonly screen: Screen;
  readonly clock: Clock;
  stopSignal(whenUnread?: "stop" | "goOn"): AbortSignal;
}

/** Never rejects: an error becomes a sentence and an exit code. */
export async function run(world: World): Promise<ExitCode> {
  const { screen, words } = world;
  try {
    return await dispatch(world);
  } catch (error) {
    const { code, message, exitCode } = faceOf(error);
    const debug = (world.env["WAYMARK_DEBUG"] ?? "") !== "";
    if (words.includes("--json")) await screen.jsonLine({ error: { code, message } });
    else await screen.complain({ text: "waymark: ", style: "red" }, message);
    if (debug && error instanceof Error)
      for (const line of (error.stack ?? "").split("\n")) await screen.complain(line);
    return exitCode;
  }
}

async function dispatch(world: World): Promise<ExitCode> {
  const { screen } = world;
  const [name = "--help", ...rest] = world.words;
  if (name === "--version" || name === "-v") {
    await screen.line(world.version);
    return EXIT.ok;
  }
  const asksForHelp = ["--help", "-h", "help"].includes(name);
  if (asksForHelp && rest[0] === undefined) {
    await screen.verbatim(overview(COMMANDS));
    return world.words.length === 0 ? EXIT.usage : EXIT.ok;
  }
  const command = commandNamed(asksForHelp ? rest[0]! : name);
  const parsed = asksForHelp ? null : parse(command, rest);
  if (parsed === null || parsed.values["help"] === true) {
    await screen.verbatim(helpOf(command));
    return EXIT.ok;
  }
  const opened: Waymark[] = [];
  try {
    return await command.run(contextOf(world, parsed, opened));
  } finally {
    for (const waymark of opened) await waymark.close();
  }
}

function commandNamed(name: string): Command {
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return command;
  if (name.startsWith("-")) throw usageError("Give the command first: waymark COMMAND [options]. See: waymark --help");
  const near = nearest(
    name,
    COMMANDS.map((each) => each.name),
  );
  throw usageError(`There is no command ${name}. ${near === null ? "See: waymark --help" : `Did you mean ${near}?`}`);
}

function contextOf(world: World, { args, values }: Parsed, opened: Waymark[]): Context {
  const { screen, clock, folder, user, env } = world;
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const given: Given = { store: text("store"), schema: text("schema"), env, folder };
  return {
    args,
    json: values["json"] === true,
    screen,
    clock,
    folder,
    user,
    flag: (name) => values[name] === true,
    text,
    texts: (name) => {
      const value = values[name];
      const all = Array.isArray(value) ? (value as string[]) : [];
      return all.flatMap((each) => each.split(",")).filter((each) => each !== "");
    },
    wholeNumber: (name, least) => {
      const value = text(name);
      if (value === undefined) return undefined;
      if (/^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value);
      throw usageError(`--${name} is a whole number from ${least}, not ${JSON.stringify(value)}.`);
    },
    storeUrl: () => storeUrl(given),
    storeOptions: () => storeOptions(given),
    open: async (options = {}) => {
      const waymark = await connect(given, clock, options);
      opened.push(waymark);
      return waymark;
    },
    stopSignal: world.stopSignal,
  };
}
