/** The one place where log lines are made: one subscriber of the job events, each line with the job's id (PROMISES D7). */
import type { JobEvent } from "./core/job-events.js";
import type { Logger } from "./core/logger.js";
import type { Redactor } from "./core/redact.js";

export function logJobEvents(logger: Logger, redactor: Redactor): (event: JobEvent) => void {
  return (event) => {
    const { type, ...facts } = event;
    switch (event.type) {
      case "queried":
        return logger.debug(facts, "Job was looked up");
      case "enqueued":
        return logger.info(facts, event.deduplicated ? "Job was already there" : "Job was enqueued");
      case "started":
        return logger.info(facts, "Attempt started");
      case "ended":
        return logger.info(facts, `Attempt ended, job is ${event.status}`);
      case "lease_lost":
        return logger.warn(facts, "Lease was lost; what the attempt would have written was refused");
      case "rescued":
        return logger.warn(facts, `Lease ran out, job is ${event.status}`);
      case "expired":
        return logger.info(facts, "Job passed its expiry");
      case "controlled":
        return logger.info(facts, `Job: ${event.action} was asked`);
      case "purged":
        return logger.info(facts, "Job was removed, its tombstone stays");
      case "trouble": {
        const { error, ...rest } = event;
        const what = LASTING.get(event.part) ?? `Trouble in ${event.part}; it is tried again`;
        return logger.warn({ ...rest, error: redactor.text(messageOf(error)) }, what);
      }
      default:
        return logger.debug(facts, type);
    }
  };
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
