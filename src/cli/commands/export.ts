/** `waymark export`: everything the store holds, a JSON object a line. */
import { open } from "node:fs/promises";
import path from "node:path";
import { countText } from "../../explain/wording.js";
import { exportStore } from "../../export.js";
import type { Command, Context } from "../command.js";
import { CliError, EXIT, usageError } from "../errors.js";
import { jsonText } from "../text.js";

/** Characters gathered before they are written. */
const CHUNK = 65_536;

export const exportJobs: Command = {
  name: "export",
  summary: "write all jobs as JSON lines",
  args: [],
  about:
    "Writes every job with its trail and attempts, and every purged job, as one JSON object a line (see docs/state-machine.md). Payloads and results are told by digest and size unless --include-payload is given: they may be private.",
  options: {
    format: { type: "string", value: "FORMAT", about: "ndjson, the only one so far (default ndjson)" },
    "include-payload": { type: "boolean", about: "write payloads and results themselves" },
    output: { type: "string", short: "o", value: "FILE", about: "write to this file, which must not be there yet" },
  },
  run: async (context) => {
    const format = context.text("format") ?? "ndjson";
    if (format !== "ndjson") throw usageError(`--format is ndjson, not ${JSON.stringify(format)}.`);
    const output = context.text("output");
    const { store } = await context.open();
    const stop = context.stopSignal();
    const file = output === undefined ? null : await create(path.resolve(context.folder, output));
    const write = async (text: string): Promise<void> =>
      file === null ? context.screen.verbatim(text) : void (await file.write(text));
    let lines = 0;
    try {
      let chunk = "";
      for await (const line of exportStore(store, { includePayload: context.flag("include-payload") })) {
        chunk += `${jsonText(line)}\n`;
        lines++;
        if (stop.aborted) break;
        if (chunk.length < CHUNK) continue;
        await write(chunk);
        chunk = "";
      }
      await write(chunk);
    } finally {
      await file?.close();
    }
    if (file !== null) await tell(context, lines);
    if (!stop.aborted || stop.reason === "closed") return EXIT.ok;
    return stop.reason === "SIGTERM" ? 143 : 130;
  },
};

async function create(file: string) {
  try {
    // Private by default: an export tells who did what.
    return await open(file, "wx", 0o600);
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const problem = exists ? "is there already. Name another one" : "cannot be written";
    throw new CliError("file_not_written", EXIT.trouble, `${file} ${problem}.`, { cause });
  }
}

async function tell({ screen, json }: Context, lines: number): Promise<void> {
  if (json) await screen.json({ lines });
  else await screen.complain(`${countText(lines, "line")} written.`);
}
