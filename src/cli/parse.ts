/** Words of the command line to options, with a sentence for whatever does not fit. */
import { parseArgs } from "node:util";
import { nearest } from "../core/nearest.js";
import type { Command, OptionSpec } from "./command.js";
import { usageError } from "./errors.js";

/** Every command has these. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  store: {
    type: "string",
    value: "URL",
    about: "sqlite:PATH or postgres://… (default: WAYMARK_STORE, else sqlite:data/waymark.db when that file is there)",
  },
  schema: { type: "string", value: "NAME", about: "the schema in PostgreSQL (default: WAYMARK_SCHEMA, else waymark)" },
  json: { type: "boolean", about: "print JSON, with times in ISO 8601" },
  help: { type: "boolean", short: "h", about: "print this" },
};

export interface Parsed {
  readonly args: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** @throws {CliError} `usage` */
export function parse(command: Command, words: readonly string[]): Parsed {
  const options = { ...COMMON_OPTIONS, ...command.options };
  const parsed = parseWords(options, words);
  if (parsed.values["help"] === true) return parsed;
  const most = command.args.length;
  const least = command.args.filter((arg) => !arg.startsWith("[")).length;
  const missing = command.args[parsed.args.length];
  if (parsed.args.length < least) throw usageError(`waymark ${command.name} needs ${missing}. ${seeHelp(command)}`);
  if (parsed.args.length > most) {
    throw usageError(
      `waymark ${command.name} has no use for ${JSON.stringify(parsed.args[most])}. ${seeHelp(command)}`,
    );
  }
  return parsed;

  function parseWords(specs: Readonly<Record<string, OptionSpec>>, given: readonly string[]): Parsed {
    try {
      const { values, positionals } = parseArgs({
        args: [...given],
        allowPositionals: true,
        options: Object.fromEntries(
          Object.entries(specs).map(([name, { type, multiple = false, short }]) => [
            name,
            { type, multiple, ...(short === undefined ? {} : { short }) },
          ]),
        ),
      });
      return { args: positionals, values };
    } catch (error) {
      throw usageError(complaint(error, Object.keys(specs), command));
    }
  }
}

function complaint(error: unknown, known: readonly string[], command: Command): string {
  const { code, message } = error as { code?: string; message?: string };
  const option = /'(-[^' ]*)/.exec(message ?? "")?.[1] ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = option.startsWith("--") ? nearest(option.slice(2), known) : null;
    const instead = near === null ? seeHelp(command) : `Did you mean --${near}?`;
    return `waymark ${command.name} has no option ${option}. ${instead}`;
  }
  if (message?.includes("does not take")) return `The option ${option} takes no value.`;
  const name = option.replace(/,$/, "");
  return `The option ${name} needs a value. ${seeHelp(command)}`;
}

function seeHelp({ name }: Command): string {
  return `See: waymark ${name} --help`;
}
