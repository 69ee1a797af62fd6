/** What was asked for on the command line. Pure: words in, a request or a complaint out. */
import { parseArgs } from "node:util";

export interface Request {
  /** Null opens the demo in the browser, or tells of the data set that comes with it when JSON is wanted. */
  readonly path: string | null;
  /** Null leaves it to the environment or the default. */
  readonly store: string | null;
  readonly json: boolean;
  /** Let the service in examples/python-service do the work. */
  readonly remote: boolean;
  readonly help: boolean;
}
export type Asked = { readonly request: Request } | { readonly complaint: string };

export const HELP = `Tells the story of a CSV file: findings in sentences, figures for every column.

Usage
  npm start                           in the browser, on http://localhost:4400
  npm start -- FILE.csv [options]     here, in the terminal

In the browser you bring a file or take one of five data sets, and watch your
job to its end. PORT chooses another port. Ctrl-C ends the demo; jobs that have
not ended go on at the next start.

Options
  --store URL   where jobs are kept: sqlite:PATH, postgres://… or memory:
                (default: WAYMARK_STORE, else sqlite:data/waymark.db)
  --json        print one JSON object with the job and its story; without a
                file it tells the weather of Seattle, 2012 to 2015
  --remote      in the browser only: a service in Python does the work and
                reports by signed callbacks (needs python3)
  --help        this text

Ends with 0 when the story is told, 1 when the job did not succeed, 2 when it
was called wrongly, 130 or 143 when it was interrupted.
`;

export function readArgs(words: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        store: { type: "string" },
        json: { type: "boolean", default: false },
        remote: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (positionals.length > 1) return { complaint: "One file at a time, please: each gets a story of its own." };
    const path = positionals[0] ?? null;
    if (path === "") return { complaint: "The name of the file is empty." };
    const { json, remote, help } = values;
    if (remote && (path !== null || json))
      return { complaint: "--remote is for the demo in the browser: no file, no --json." };
    return { request: { path, store: values.store ?? null, json, remote, help } };
  } catch (error) {
    return { complaint: complaintOf(error, words) };
  }
}

function complaintOf(error: unknown, words: readonly string[]): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : "";
  const option = /'(-[^' <]*)/.exec(message)?.[1] ?? words.find((word) => word.startsWith("-")) ?? "";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `There is no option ${option}.`;
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") {
    return message.includes("does not take")
      ? `The option ${option} takes no value.`
      : `The option ${option} needs a value.`;
  }
  return "The options could not be read.";
}
