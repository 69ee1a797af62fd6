/** The trail told line by line: when, what, which attempt, who, why, and what came of it. */
import { ATTEMPT_OUTCOMES } from "../core/lifecycle.js";
import type { TrailEvent } from "../core/trail.js";
import { type Evidence, errorText, workerName } from "./explanation.js";
import { durationText, instantText } from "./wording.js";

export function storyOf(evidence: Evidence): string[] {
  const { trail, place } = evidence;
  return trail.map(
    (row, i) => `${instantText(row.at, place, { millis: true })}  ${tell(row, claimBefore(trail, i), evidence)}`,
  );
}

/** The claim of the attempt that a row is about. */
function claimBefore(trail: readonly TrailEvent[], index: number): TrailEvent | undefined {
  return trail.slice(0, index).findLast((row) => row.event === "claim");
}

function tell(row: TrailEvent, claim: TrailEvent | undefined, evidence: Evidence): string {
  const { record } = evidence;
  const because = row.reason === null ? "" : `: ${row.reason}`;
  const late = row.reason === "late" ? " It was late: the lease had run out." : "";
  const attempt = `Attempt ${row.attempt}`;
  const after = spent(row, claim);
  switch (row.event) {
    case "enqueue":
      return `Enqueued in ${record.queue} by ${row.actor}.`;
    case "enqueue_later":
      return `Enqueued in ${record.queue} by ${row.actor}${later(evidence)}.`;
    case "claim":
      return `${attempt} of ${record.maxAttempts} began: ${holder(row, evidence)}.`;
    case "complete":
      return `${attempt} succeeded${after}. The job is completed.${late}`;
    case "fail_retry":
      return `${attempt} failed${after}${errorOf(row)}. It is tried again.${late}`;
    case "fail":
      return `${attempt} failed${after}${errorOf(row)}. The job failed.${late}`;
    case "release":
      return `${attempt} was given back at shutdown${after}, not charged.`;
    case "snooze":
      return `${attempt} put itself off${after}, not charged.`;
    case "lose_retry":
      return `${attempt} was silent until its lease ran out${after}. It is tried again.`;
    case "lose_fail":
      return `${attempt} was silent until its lease ran out${after}. The job failed${errorOf(row)}.`;
    case "lose_cancel":
      return `${attempt} was silent until its lease ran out${after}. The job is cancelled, as asked.`;
    case "fail_cancel":
      return `${attempt} ended badly${after}${errorOf(row)}. The job is cancelled, as asked.`;
    case "cancel":
      return `Cancelled by ${row.actor}${because}.`;
    case "request_cancel":
      return `${row.actor} asked to cancel it${because}.`;
    case "confirm_cancel":
      return `${attempt} stopped${after}. The job is cancelled.`;
    case "force_cancel":
      return `${row.actor} cancelled it without waiting for the handler${because}.`;
    case "expire":
      return row.attempt === 0 ? "Not started in time. The job expired." : "Not finished in time. The job expired.";
    case "retry":
      return `${row.actor} had it tried again: run ${row.generation} begins.`;
    case "conflict":
      return `A different ending was refused${because}. The first one stays.`;
  }
}

function spent(row: TrailEvent, claim: TrailEvent | undefined): string {
  const ended = ATTEMPT_OUTCOMES[row.event] !== undefined;
  if (!ended || claim === undefined || claim.startUnknown) return "";
  return ` after ${durationText(row.at - claim.at)}`;
}

function errorOf({ error }: TrailEvent): string {
  return error === null ? "" : ` with ${errorText(error)}`;
}

function later({ record, place }: Evidence): string {
  return record.scheduledAt === null ? "" : `, to start at ${instantText(record.scheduledAt, place)}`;
}

function holder(row: TrailEvent, { workers }: Evidence): string {
  const colon = row.actor.indexOf(":");
  const id = row.actor.slice(colon + 1);
  return row.actor.startsWith("worker:") ? workerName(id, workers) : row.actor;
}
