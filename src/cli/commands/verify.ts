/** `waymark verify`: checks every job against the invariants of docs/state-machine.md. */
import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { createAuditor, type Violation } from "../../core/audit.js";
import { type Duration, toMs } from "../../core/duration.js";
import type { ExportLine } from "../../core/export-format.js";
import { countText } from "../../explain/wording.js";
import { exportStore } from "../../export.js";
import type { Command, Context } from "../command.js";
import { CliError, EXIT, usageError } from "../errors.js";

export const verify: Command = {
  name: "verify",
  summary: "check every job against the invariants",
  args: ["[FILE]"],
  about:
    "Checks every job of the store, or every line of an exported file, against the invariants of the state machine. It only reads, and workers may go on meanwhile. Ends with 1 when something is wrong.",
  options: {
    "lease-grace": {
      type: "string",
      value: "DURATION",
      about: "also complain of leases that are over for longer than this (default: do not look)",
    },
  },
  run: async (context) => {
    const { screen, json } = context;
    const grace = context.text("lease-grace");
    const auditor = createAuditor(
      grace === undefined ? {} : { leaseGraceMs: toMs(grace as Duration, "--lease-grace") },
    );
    const counted = { jobs: 0, lines: 0 };
    for await (const line of linesFor(context)) {
      counted.lines++;
      if (line.type === "job") counted.jobs++;
      auditor.feed(line);
    }
    const violations = auditor.finish();
    if (json) await screen.json({ ...counted, violations });
    else await print(context, violations, counted.jobs);
    return violations.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

async function print({ screen }: Context, violations: readonly Violation[], jobs: number): Promise<void> {
  for (const { invariant, jobId, message } of violations) {
    await screen.line(
      { text: "✖ ", style: "red" },
      { text: invariant, style: "strong" },
      `  ${jobId ?? "–"}  ${message}`,
    );
  }
  const checked = `${countText(jobs, "job")} checked`;
  if (violations.length === 0) await screen.line({ text: "✔ ", style: "green" }, `${checked}: every invariant holds.`);
  else await screen.line(`${checked}: ${countText(violations.length, "violation")}.`);
}

async function* linesFor(context: Context): AsyncGenerator<ExportLine> {
  const file = context.args[0];
  if (file === undefined) yield* exportStore((await context.open()).store);
  else yield* linesOf(path.resolve(context.folder, file));
}

async function* linesOf(file: string): AsyncGenerator<ExportLine> {
  let number = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number++;
      if (text.trim() !== "") yield parsed(text, number);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError("file_unreadable", EXIT.trouble, `${file} cannot be read.`, { cause: error });
  }
}

function parsed(text: string, number: number): ExportLine {
  try {
    const line = JSON.parse(text) as unknown;
    if (line !== null && typeof line === "object" && "type" in line) return line as ExportLine;
  } catch {
    // Told below.
  }
  throw usageError(`Line ${number} is not a line of an export.`);
}
