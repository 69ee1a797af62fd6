/** Ids from the command line, and what to say when nothing stands behind one. */
import { WaymarkError } from "../core/errors.js";
import { toJobId } from "../core/id.js";
import { instantText } from "../explain/wording.js";
import type { Waymark } from "../waymark.js";
import type { Context } from "./command.js";
import { CliError, EXIT } from "./errors.js";

/** @throws {WaymarkError} `invalid_job_id` */
export function idArgument({ args }: Context): string {
  return toJobId(args[0]);
}

/** The error for a job that is not there: purged, with what became of it, or unknown. */
export async function absence(waymark: Waymark, jobId: string, { clock }: Context): Promise<Error> {
  const tombstone = await waymark.tracker.getTombstone(jobId);
  if (tombstone === null) return new WaymarkError("not_found", { jobId });
  const place = { now: clock.now() };
  const code = tombstone.errorCode === null ? "" : ` (${tombstone.errorCode})`;
  const ended = `It was ${tombstone.status}${code} at ${instantText(tombstone.finishedAt, place)}`;
  const cleared = `its details and result were cleared at ${instantText(tombstone.purgedAt, place)}`;
  return new CliError("purged", EXIT.notFound, `The job ${jobId} has ended. ${ended}; ${cleared}.`);
}
