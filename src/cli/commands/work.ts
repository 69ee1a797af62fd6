/** `waymark work MODULE`: a worker without a program of one's own. */
import type { JobEvent } from "../../core/job-events.js";
import { durationText, instantText, listText } from "../../explain/wording.js";
import type { WorkOptions } from "../../worker/worker.js";
import type { Command, Context } from "../command.js";
import { EXIT } from "../errors.js";
import { loadHandlers } from "../load-handlers.js";
import type { Piece } from "../screen.js";

export const work: Command = {
  name: "work",
  summary: "work on jobs with the handlers of a module",
  args: ["MODULE"],
  about:
    "Imports an ES module and works with the handlers it exports: an array as the default export, or any exports made by definition.handle(…). The first SIGINT or SIGTERM stops gracefully: running handlers get the grace to finish, then they are told to stop and their jobs are given back, uncharged. The second one ends the process at once; what it held is taken back when the leases run out. A process whose event loop has stood still for ten leases ends itself by SIGKILL, so that whoever supervises it starts a new one. A promise that a handler forgot and that rejects is told with its job, and ends nothing.",
  options: {
    concurrency: { type: "string", value: "N", about: "handlers running at once (default 10)" },
    queues: { type: "string", multiple: true, value: "QUEUE", about: "these queues only; several with commas" },
    prefetch: { type: "string", value: "N", about: "jobs to hold ready beyond that (default: adapts)" },
    lease: { type: "string", value: "DURATION", about: "silent for this long means dead (default 30s)" },
    poll: { type: "string", value: "DURATION", about: "how often to look although no hint came (default 5s)" },
    sweep: { type: "string", value: "DURATION", about: "how often to look for lost leases (default 10s)" },
    grace: { type: "string", value: "DURATION", about: "what running handlers get on the first signal (default 30s)" },
    keep: { type: "string", value: "DURATION", about: "remove jobs that ended longer ago (default: remove none)" },
  },
  run: async (context) => {
    const { screen, json } = context;
    const handlers = await loadHandlers(context.args[0]!, context.folder);
    // Nobody reading the lines is no reason to stop working.
    const stop = context.stopSignal("goOn");
    const keep = context.text("keep");
    const waymark = await context.open({ migrate: "auto", log: true, ...(keep === undefined ? {} : { keep }) });
    waymark.on((event) => {
      if (!TOLD.has(event.type)) return;
      void (json ? screen.jsonLine(event) : screen.line(...lineOf(event, context)));
    });
    const worker = waymark.work(handlers, workOptions(context));
    const kinds = handlers.map(({ definition }) => definition.kind);
    if (!json) await screen.line(`Working on ${listText(kinds, 10)}. Ctrl+C stops.`);
    await aborted(stop);
    if (!json && worker.running > 0) await screen.line(`Stopping; ${worker.running} still running.`);
    await worker.stop();
    return EXIT.ok;
  },
};

function workOptions(context: Context): WorkOptions {
  const concurrency = context.wholeNumber("concurrency", 1);
  const prefetch = context.wholeNumber("prefetch", 0);
  const queues = context.texts("queues");
  const durations = { lease: "leaseMs", poll: "pollMs", sweep: "sweepMs", grace: "shutdownGraceMs" } as const;
  const given = Object.entries(durations).flatMap(([option, name]) => {
    const value = context.text(option);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    // The process is ours alone: no caller's policy is changed.
    blocked: "kill",
    strayRejections: "record",
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(prefetch === undefined ? {} : { prefetch }),
    ...(queues.length === 0 ? {} : { queues }),
    ...(Object.fromEntries(given) as Partial<WorkOptions>),
  };
}

function aborted(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Not the troubles: they hold an error, which the log tells in its own, redacted way. */
const TOLD: ReadonlySet<JobEvent["type"]> = new Set(["started", "ended", "lease_lost", "rescued", "expired", "purged"]);

function lineOf(event: JobEvent, { clock }: Context): Piece[] {
  const now = clock.now();
  const head: Piece = { text: `${instantText(now, { now })}  `, style: "quiet" };
  const jobId = "jobId" in event ? event.jobId : "";
  switch (event.type) {
    case "started":
      return [head, `◆ ${event.kind}  ${jobId}  attempt ${event.attempt}`];
    case "ended": {
      const code = event.errorCode === null ? "" : ` (${event.errorCode})`;
      return [head, `${event.status}${code} after ${durationText(event.durationMs)}  ${event.kind}  ${jobId}`];
    }
    case "lease_lost":
      return [head, { text: `lease lost  ${event.kind}  ${jobId}`, style: "ochre" }];
    case "rescued":
      return [head, { text: `taken back, ${event.status}  ${event.kind}  ${jobId}`, style: "ochre" }];
    case "expired":
      return [head, `expired  ${event.kind}  ${jobId}`];
    default:
      return [head, `${event.type}  ${jobId}`];
  }
}
