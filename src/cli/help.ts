/** The help texts, made from the table of commands; docs/cli.md repeats them and a test compares. */
import type { Command, OptionSpec } from "./command.js";
import { COMMON_OPTIONS } from "./parse.js";
import { padEnd, wrap } from "./text.js";

const WIDTH = 80;

export function overview(commands: readonly Command[]): string {
  const widest = Math.max(...commands.map(({ name }) => name.length));
  return [
    "waymark: background jobs your users can watch.",
    "",
    "Usage: waymark COMMAND [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${padEnd(name, widest)}  ${summary}`),
    "",
    "waymark COMMAND --help tells more. The store is named by --store or by the",
    "environment variable WAYMARK_STORE; else it is sqlite:data/waymark.db, when that",
    "file is there. NO_COLOR turns colours off, WAYMARK_DEBUG prints stack traces.",
    "",
    "Exit codes",
    "  0  done",
    "  1  the job did not succeed, or verify or doctor found something",
    "  2  called in a wrong way",
    "  3  there is no such job",
    "  4  refused: the job is not in a state that allows it",
    "  5  the store did not answer, or something else went wrong",
    "",
  ].join("\n");
}

export function helpOf(command: Command): string {
  return `${describe(command)}\n${commonOptions()}`;
}

/** What a command does, and the options of its own. */
export function describe(command: Command): string {
  const own = Object.entries(command.options);
  const options = own.length === 0 ? [] : ["", ...table(own)];
  return [`Usage: ${usageOf(command)}`, "", ...wrap(command.about, WIDTH), ...options, ""].join("\n");
}

/** The options that every command has. */
export function commonOptions(): string {
  return ["Everywhere", ...table(Object.entries(COMMON_OPTIONS)), ""].join("\n");
}

function usageOf({ name, args }: Command): string {
  return ["waymark", name, ...args, "[options]"].join(" ");
}

function table(options: readonly (readonly [string, OptionSpec])[]): string[] {
  const heads = options.map(([name, { short, value }]) => {
    const head = `${short === undefined ? "" : `-${short}, `}--${name}`;
    return value === undefined ? head : `${head} ${value}`;
  });
  const widest = Math.max(...heads.map((head) => head.length));
  return options.flatMap(([, { about }], i) =>
    wrap(about, WIDTH - widest - 4).map((line, n) => `  ${padEnd(n === 0 ? heads[i]! : "", widest)}  ${line}`),
  );
}
