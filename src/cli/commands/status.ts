/** `waymark status ID`: where a job is, once or until it has ended. */
import { isSuccessful, isTerminal, type JobStatusInfo } from "../../core/status-info.js";
import type { Waymark } from "../../waymark.js";
import type { Command, Context } from "../command.js";
import { EXIT, type ExitCode } from "../errors.js";
import { absence, idArgument } from "../find-job.js";
import { openLiveLine, statusLine } from "../live-line.js";
import { printStatus } from "../status-view.js";

export const status: Command = {
  name: "status",
  summary: "show where a job is",
  args: ["ID"],
  about:
    "Shows the status of a job. With --watch it follows the job until it has ended: one line that is drawn anew on a terminal, one line for each change elsewhere, one JSON document a line with --json. Ends with 1 when the job ended without success.",
  options: { watch: { type: "boolean", short: "w", about: "follow the job until it has ended" } },
  run: async (context) => {
    const jobId = idArgument(context);
    const waymark = await context.open();
    return context.flag("watch") ? watch(context, waymark, jobId) : show(context, waymark, jobId);
  },
};

async function show(context: Context, waymark: Waymark, jobId: string): Promise<ExitCode> {
  const info = await waymark.tracker.getStatus(jobId);
  if (info === null) throw await absence(waymark, jobId, context);
  if (context.json) await context.screen.json(info);
  else await printStatus(context.screen, info, { now: context.clock.now() });
  return exitCodeOf(info);
}

async function watch(context: Context, waymark: Waymark, jobId: string): Promise<ExitCode> {
  const { screen, clock, json } = context;
  const signal = context.stopSignal();
  const live = screen.isTerminal && !json ? openLiveLine(screen, clock) : null;
  let last: JobStatusInfo | null = null;
  let shown = "";
  for await (const info of waymark.tracker.watch(jobId, { signal })) {
    last = info;
    if (json) await screen.jsonLine(info);
    else if (live !== null) live.show(info);
    else {
      const pieces = statusLine(info, { now: clock.now() });
      const line = JSON.stringify(pieces.slice(1));
      if (line !== shown) await screen.line(...pieces);
      shown = line;
    }
  }
  await live?.end();
  if (last !== null && isTerminal(last)) {
    if (live !== null) await printStatus(screen, last, { now: clock.now() });
    return exitCodeOf(last);
  }
  if (last !== null && live !== null) await screen.line(...statusLine(last, { now: clock.now() }));
  if (!signal.aborted) throw await absence(waymark, jobId, context);
  return signal.reason === "SIGTERM" ? 143 : signal.reason === "SIGINT" ? 130 : EXIT.ok;
}

function exitCodeOf(info: JobStatusInfo): ExitCode {
  return isTerminal(info) && !isSuccessful(info) ? EXIT.failed : EXIT.ok;
}
