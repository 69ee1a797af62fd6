/** One line that says where a job is: a sign, a word, a bar, a percent, the time so far. Made of its status alone. */
import type { JobStatusInfo } from "waymark";
import { capital, count, plural } from "../words.js";
import { cut, harmless, type Ink, padEnd, paint, type Screen, widthOf } from "./text.js";

const BAR = 24;
const BAR_AT_LEAST = 8;
/** Fewer columns than this are not worth a cut text. */
const EXTRA_AT_LEAST = 12;

interface Parts {
  readonly sign: string;
  readonly ink: Ink;
  readonly words: string;
  /** Null draws no bar; a bar without percent is drawn empty. */
  readonly percent?: number | null;
  readonly extra?: string;
}

/**
 * @param soFarMs  how long the attempt has taken, by the caller's clock; null leaves it out
 * @returns one line, never wider than the screen
 */
export function statusLine(info: JobStatusInfo, soFarMs: number | null, screen: Screen): string {
  const { sign, ink, words, percent, extra } = partsOf(info);
  const head = padEnd(harmless(words), 12);
  const time = soFarMs === null ? "" : durationInWords(soFarMs);
  const shown = percent === undefined ? [] : [percent === null ? "  ?%" : `${percent}%`.padStart(4)];
  // On a narrow screen the extra words go first, then the bar, then the time. The bar keeps its place while words change.
  const fixed = [...shown, time].filter((part) => part !== "");
  let room = screen.width - 2 - widthOf(head);
  const kept: string[] = [];
  for (const part of fixed) {
    if (widthOf(part) + 2 > room) break;
    kept.push(part);
    room -= widthOf(part) + 2;
  }
  const barWidth = percent === undefined ? 0 : Math.min(BAR, room - 2);
  const bar = barWidth < BAR_AT_LEAST ? [] : [barOf(percent ?? 0, barWidth, screen)];
  room -= bar.length === 0 ? 0 : barWidth + 2;
  const more = harmless(extra ?? "");
  if (more !== "" && room - 2 >= Math.min(EXTRA_AT_LEAST, widthOf(more))) kept.push(cut(more, room - 2));
  return [`${paint(sign, ink, screen)} ${cut(head, screen.width - 2)}`, ...bar, ...kept].join("  ").trimEnd();
}

/** What a person who watches a stream of lines should be told anew: not each percent, but each change of place. */
export function placeOf(info: JobStatusInfo): string {
  const { words } = partsOf(info);
  return `${info.status} ${info.generation} ${info.attempt} ${words}`;
}

function partsOf(info: JobStatusInfo): Parts {
  switch (info.status) {
    case "scheduled":
      return { sign: "◷", ink: "quiet", words: "Scheduled", extra: "It starts by itself." };
    case "pending":
      return { sign: "◇", ink: "quiet", ...waitingWords(info) };
    case "processing": {
      if (info.cancelRequestedAt) return { sign: "○", ink: "quiet", words: "Stopping…" };
      const stage = capital(info.progress?.stage ?? "working");
      const again =
        info.attempt > 1 ? `, ${info.attempt >= info.maxAttempts ? "last" : ordinal(info.attempt)} try` : "";
      const extra = info.progress?.message;
      return {
        sign: "◆",
        ink: "here",
        words: stage + again,
        percent: info.progress?.percent ?? null,
        ...(extra ? { extra } : {}),
      };
    }
    case "retrying": {
      const next = `trying again (${Math.min(info.attempt + 1, info.maxAttempts)} of ${info.maxAttempts})`;
      return { sign: "↻", ink: "again", words: `A step failed, ${next}`, extra: info.lastError.message };
    }
    case "completed":
      return { sign: "●", ink: "good", words: "Done" };
    case "failed":
      return { sign: "!", ink: "bad", words: "Failed" };
    case "cancelled":
      return { sign: "○", ink: "quiet", words: "Cancelled" };
    case "expired":
      return { sign: "×", ink: "quiet", words: "Not finished in time" };
  }
}

function waitingWords(
  info: Extract<JobStatusInfo, { status: "pending" | "scheduled" }>,
): Pick<Parts, "words" | "extra"> {
  const { waiting } = info;
  switch (waiting?.reason) {
    case "no_worker":
      return { words: "Waiting to be picked up", extra: "Nothing is free to work on this right now." };
    case "queue_paused":
      return { words: "On hold", extra: "This kind of work is paused for the moment." };
    case "position":
      return waiting.ahead > 0
        ? { words: "Waiting in line", extra: `${plural(waiting.ahead, "job")} ahead of yours` }
        : { words: "Next in line" };
    default:
      return { words: "Waiting" };
  }
}

function barOf(percent: number, width: number, screen: Screen): string {
  const done = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * width);
  return paint("━".repeat(done), "here", screen) + paint("─".repeat(width - done), "quiet", screen);
}

function ordinal(n: number): string {
  return ["first", "second", "third", "fourth", "fifth"][n - 1] ?? `${count(n)}th`;
}

/** "0.4 s", "26 s", "3 min 12 s". */
export function durationInWords(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
