/** The words for a status: its shape, its title, and the line that says where it is and how long still. */
import type { JobStatusInfo } from "../core/status-info.js";
import type { WaitingReason } from "../core/waiting-reason.js";
import { capital, countText, durationText, instantText, type Place } from "../explain/wording.js";
import type { Style } from "./screen.js";

/** A status as a shape and a colour; the title is the third channel. */
export function signOf(info: JobStatusInfo): { readonly text: string; readonly style: Style } {
  if (info.status === "processing" && info.cancelRequestedAt !== undefined) return { text: "◌", style: "stone" };
  return SIGNS[info.status];
}
const SIGNS: Readonly<Record<JobStatusInfo["status"], { text: string; style: Style }>> = {
  scheduled: { text: "◷", style: "plum" },
  pending: { text: "○", style: "stone" },
  processing: { text: "◆", style: "lake" },
  retrying: { text: "↻", style: "ochre" },
  completed: { text: "✔", style: "green" },
  failed: { text: "✖", style: "red" },
  cancelled: { text: "⊘", style: "stone" },
  expired: { text: "⧗", style: "brown" },
};

/** "Waiting in line", "Analyzing · 49%", "Trying again (2 of 3)", "Done" … */
export function titleOf(info: JobStatusInfo): string {
  switch (info.status) {
    case "scheduled":
      return "Scheduled";
    case "pending":
      return info.waiting === null ? "Waiting" : waitingTitle(info.waiting);
    case "processing": {
      if (info.cancelRequestedAt !== undefined) return "Stopping…";
      const stage = info.progress?.stage ?? null;
      const percent = info.progress?.percent ?? null;
      const again =
        info.attempt > 1 ? (info.attempt === info.maxAttempts ? ", last try" : `, try ${info.attempt}`) : "";
      return `${stage === null ? "Working" : capital(stage)}${again}${percent === null ? "" : ` · ${percent}%`}`;
    }
    case "retrying":
      return `Trying again (${info.attempt + 1} of ${info.maxAttempts})`;
    case "completed":
      return "Done";
    case "failed":
      return "Failed";
    case "cancelled":
      return "Cancelled";
    case "expired":
      return info.attempt === 0 ? "Not started in time" : "Not finished in time";
  }
}

function waitingTitle(waiting: WaitingReason): string {
  switch (waiting.reason) {
    case "position":
      return waiting.ahead === 0 ? "Next in line" : "Waiting in line";
    case "no_worker":
      return "Waiting to be picked up";
    case "queue_paused":
      return "On hold";
    case "concurrency":
      return "Waiting for another job";
    default:
      return "Waiting";
  }
}

/** A sentence below the title; "" when there is nothing to add. */
export function detailOf(info: JobStatusInfo, place: Place): string {
  switch (info.status) {
    case "scheduled":
    case "pending":
      return info.waiting === null ? "" : waitingDetail(info.waiting, place);
    case "processing":
      return progressDetail(info.progress);
    case "retrying":
      return `${info.lastError.message}${nextTry(info.waiting)}`;
    case "completed":
      return info.processingMs === null ? "" : `Finished in ${durationText(info.processingMs)}.`;
    case "failed":
      return info.error.message;
    case "cancelled":
    case "expired":
      return "";
  }
}

function waitingDetail(waiting: WaitingReason, place: Place): string {
  switch (waiting.reason) {
    case "scheduled":
      return `It starts by itself at ${instantText(waiting.at.getTime(), place)}, in ${durationText(waiting.inMs)}.`;
    case "retry":
      return nextTry(waiting).trim();
    case "outside":
      return "Another queue runs it, and has not told that it began.";
    case "queue_paused":
      return `Queue ${waiting.queue} is paused. It keeps its place and goes on when the pause ends.`;
    case "no_worker":
      return `No live worker takes ${waiting.kind}. It keeps its place and starts by itself.`;
    case "concurrency":
      return `Key ${waiting.key} allows ${waiting.limit} at a time, and that is taken.`;
    case "position":
      return waiting.ahead === 0 ? "It starts by itself." : `${countText(waiting.ahead, "job")} ahead of it.`;
  }
}

function nextTry(waiting: WaitingReason | null): string {
  return waiting?.reason === "retry" ? ` Next try in ${durationText(waiting.inMs)}.` : "";
}

function progressDetail(progress: JobStatusInfo["progress"]): string {
  if (progress?.message !== undefined) return progress.message;
  if (progress?.done === undefined) return "";
  const done = progress.done.toLocaleString("en");
  return progress.total === undefined ? `${done} so far` : `${done} of ${progress.total.toLocaleString("en")}`;
}

/** A status in few words, for a row of a table. */
export function briefOf(info: JobStatusInfo): string {
  return info.status === "failed" ? `Failed: ${info.error.code}` : titleOf(info);
}
