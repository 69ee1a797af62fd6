/** How long a poller should wait before it looks again: it follows what is known of the job. Pure. */
import { isTerminal, type JobStatusInfo } from "../core/status-info.js";

/** The polling interval when nothing better is known, in seconds. */
export const USUAL_SECONDS = 2;
const LONGEST_SECONDS = 60;
/** Something is seen to move meanwhile: a fifth of what is left. */
const LOOKS = 5;

/** Whole seconds, 1 … 60; null for a job that has ended: there is nothing to wait for. */
export function retryAfterSeconds(info: JobStatusInfo): number | null {
  if (isTerminal(info)) return null;
  if ("waiting" in info && info.waiting !== null) {
    const { waiting } = info;
    if (waiting.reason === "scheduled" || waiting.reason === "retry") return whole(waiting.inMs / 1_000);
  }
  const { estimate } = info;
  const leftMs = estimate?.startsInMs?.low ?? estimate?.remainingMs?.low;
  return leftMs === undefined ? USUAL_SECONDS : whole(leftMs / LOOKS / 1_000);
}

function whole(seconds: number): number {
  return Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil(seconds)));
}
