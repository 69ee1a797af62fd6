/** The one place where log lines are made: one subscriber of the job events, each line with the job's id (PROMISES D7). */
import type { JobEvent, JobEvents } from "./core/job-events.js";
import { type Logger, speaks } from "./core/logger.js";
import type { Redactor } from "./core/redact.js";

const LEVELS: Readonly<Record<JobEvent["type"], keyof Logger>> = {
  queried: "debug",
  enqueued: "info",
  started: "info",
  ended: "info",
  lease_lost: "warn",
  rescued: "warn",
  expired: "info",
  controlled: "info",
  purged: "info",
  trouble: "warn",
};

/** Logs events from now on: those that the logger says anything of. */
export function logJobEvents(events: JobEvents, logger: Logger, redactor: Redactor): void {
  const types = (Object.keys(LEVELS) as JobEvent["type"][]).filter((type) => speaks(logger, LEVELS[type]));
  events.on((event) => {
    const { type: _type, ...facts } = event;
    if (event.type === "trouble") Object.assign(facts, { error: redactor.text(messageOf(event.error)) });
    logger[LEVELS[event.type]](facts, sentence(event));
  }, new Set(types));
}

function sentence(event: JobEvent): string {
  switch (event.type) {
    case "queried":
      return "Job was looked up";
    case "enqueued":
      return event.deduplicated ? "Job was already there" : "Job was enqueued";
    case "started":
      return "Attempt started";
    case "ended":
      return `Attempt ended, job is ${event.status}`;
    case "lease_lost":
      return "Lease was lost; what the attempt would have written was refused";
    case "rescued":
      return `Lease ran out, job is ${event.status}`;
    case "expired":
      return "Job passed its expiry";
    case "controlled":
      return `Job: ${event.action} was asked`;
    case "purged":
      return "Job was removed, its tombstone stays";
    case "trouble":
      return LASTING.get(event.part) ?? `Trouble in ${event.part}; it is tried again`;
  }
}

/** Troubles that are not tried again. */
const LASTING: ReadonlyMap<string, string> = new Map([
  ["event_loop", "The event loop stood still"],
  ["handler", "A handler does what it should not"],
]);

function messageOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  } catch {
    return "an error that cannot be shown";
  }
}
