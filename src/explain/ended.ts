/** What became of a job that has ended. */
import { processingMs } from "../core/job.js";
import { isEnding, type TrailEvent } from "../core/trail.js";
import { type Evidence, errorText } from "./explanation.js";
import { countText, durationText, instantText } from "./wording.js";

export function explainEnded(evidence: Evidence): string {
  const { record, trail, place } = evidence;
  const at = instantText(record.finishedAt ?? record.updatedAt, place);
  const ending = trail.findLast(isEnding);
  switch (record.status) {
    case "completed": {
      const took = processingMs(record);
      const late = ending?.reason === "late" ? " Its lease had run out by then, and nobody had taken it back." : "";
      const inTime = took === null ? "" : `, after ${durationText(took)}`;
      return `It completed at ${at}${inTime}, on attempt ${record.attempt} of ${record.maxAttempts}.${late}`;
    }
    case "failed":
      return `It failed at ${at}${errorOf(evidence)}. ${whyFinal(evidence)}`;
    case "cancelled":
      return cancelled(evidence, ending, at);
    default: {
      const until = record.expiresAt === null ? "" : `: it was only good until ${instantText(record.expiresAt, place)}`;
      if (record.attempt === 0) return `It was not started in time${until}.`;
      return `It was not finished in time${until}. ${countText(record.attempt, "attempt")} had ended badly by then.`;
    }
  }
}

function errorOf({ record }: Evidence): string {
  return record.error === null ? "" : ` with ${errorText(record.error)}`;
}

function whyFinal({ record }: Evidence): string {
  if (record.error?.code === "poisoned") return `It was lost ${countText(record.lostCount, "time")} in a row.`;
  if (record.maxAttempts === 1) return "Its only attempt is used.";
  if (record.attempt >= record.maxAttempts) return `All ${countText(record.maxAttempts, "attempt")} are used.`;
  const spent = `${record.attempt} of ${countText(record.maxAttempts, "attempt")} used`;
  return `The error says that trying again by itself would not help (${spent}).`;
}

function cancelled({ trail }: Evidence, ending: TrailEvent | undefined, at: string): string {
  const asked = trail.findLast((row) => ["cancel", "request_cancel", "force_cancel"].includes(row.event));
  const why = asked?.reason == null ? "" : `: ${asked.reason}`;
  const who = asked === undefined ? `It was cancelled at ${at}` : `${asked.actor} cancelled it at ${at}`;
  switch (ending?.event) {
    case "confirm_cancel":
      return `${who}${why}. The handler was at work and stopped.`;
    case "force_cancel":
      return `${who} without waiting for the handler${why}. Whatever that still writes is refused.`;
    case "fail_cancel":
      return `${who}${why}. The attempt at work ended badly, so it was not tried again.`;
    case "lose_cancel":
      return `${who}${why}. The worker had fallen silent by then.`;
    default:
      return `${who}${why}.`;
  }
}
