/** Before the start, and between two tries: why it waits, and until when. */
import type { WireStatus } from "../core/wire.js";
import { aged, cancelAction, refusalOf } from "./common.js";
import { positionOf } from "./position.js";
import { sayTimeLeft } from "./time-left.js";
import type { JobView, ViewInput, ViewPart } from "./view-types.js";
import type { Words } from "./words.js";

type Waiting = Extract<WireStatus, { status: "scheduled" | "pending" | "retrying" }>;
/** Every reason of today, and those a newer server may know. */
type Reason = NonNullable<Waiting["waiting"]> | { readonly reason: "parent"; readonly jobId?: string };

/** Beyond this many the server stops counting. */
const AHEAD_LIMIT = 1_000;

export function waitingView(input: ViewInput, status: Waiting): ViewPart {
  const { words } = input;
  const common = {
    actions: [cancelAction(input)],
    refusal: refusalOf(input),
    trail: { sign: "still", at: 0, posts: positionOf(status.progress).posts, unknown: false, meter: null },
  } as const;
  if (status.status === "retrying") return { ...common, ...retrying(input, status) };
  const reason = reasonOf(status);
  if (reason?.reason === "scheduled") return { ...common, ...scheduled(input, reason) };
  const part = pending(input, reason);
  return { look: "pending", icon: "pending", ...common, ...part, row: rowOf(words, part, reason) };
}

function reasonOf(status: Waiting): Reason | null {
  return status.waiting;
}

function scheduled(input: ViewInput, reason: Extract<Reason, { reason: "scheduled" }>): ViewPart {
  const { words, timing, snapshot } = input;
  const title = words.say("scheduled.title", { when: words.when(Date.parse(reason.at), timing.now) });
  const posts = positionOf(snapshot.status?.progress ?? null).posts;
  return {
    look: "scheduled",
    icon: "scheduled",
    title,
    line: words.say("scheduled.line"),
    trail: { sign: "none", at: 0, posts, unknown: false, meter: null },
    row: { word: words.say("scheduled.word"), more: null, time: title },
  };
}

function retrying(input: ViewInput, status: Extract<Waiting, { status: "retrying" }>): ViewPart {
  const { words } = input;
  const { attempt, maxAttempts, lastError } = status;
  const reason = reasonOf(status);
  const of = words.say("retrying.of", { n: Math.min(attempt + 1, maxAttempts), total: maxAttempts });
  // Due, and still held up by something else: then that is what a person wants to know.
  const held = reason !== null && reason.reason !== "retry" ? pending(input, reason) : null;
  const line =
    reason?.reason === "retry" ? nextTry(words, reason.inMs - aged(input)) : (held?.line ?? held?.text ?? null);
  return {
    look: "retrying",
    icon: "retrying",
    title: words.say("retrying.title"),
    corner: of,
    line,
    time: held?.time ?? null,
    note: { tone: "", icon: "slow", text: words.say("retrying.note", { message: stop(lastError.message) }) },
    row: { word: words.say("retrying.word"), more: of, time: line ?? "" },
  };
}

/** "Next try in 8 seconds", in steps, so that it does not tick. */
function nextTry(words: Words, ms: number): string {
  const seconds = ms / 1_000;
  if (seconds <= 1) return words.say("retrying.soon");
  const step = seconds <= 10 ? 2 : seconds <= 60 ? 5 : 60;
  const n = Math.ceil(seconds / step) * step;
  const time = n < 60 ? words.unit(n, "second") : words.unit(Math.ceil(n / 60), "minute");
  return n <= 3_600
    ? words.say("retrying.next", { time })
    : words.say("retrying.next", { time: words.short(n * 1_000) });
}

function pending(input: ViewInput, reason: Reason | null): Pick<JobView, "title"> & Partial<JobView> {
  const { words, timing, options } = input;
  const time = timing.left === null ? null : sayTimeLeft(words, timing.left, "start", timing.now);
  switch (reason?.reason) {
    case "position": {
      const { ahead } = reason;
      if (ahead === 0) return { title: words.say("next.title"), line: words.say("next.line"), time };
      const line = words.say(ahead >= AHEAD_LIMIT ? "position.many" : "position.line", { n: ahead });
      return { title: words.say("position.title"), line, time };
    }
    case "no_worker":
      return { title: words.say("noWorker.title"), text: words.say("noWorker.text") };
    case "queue_paused":
      return { title: words.say("paused.title"), text: words.say("paused.text") };
    case "concurrency": {
      const [first] = reason.holders;
      const n = reason.holders.length;
      const subject = n === 1 && first !== undefined ? options.subjects?.[first] : undefined;
      const line =
        subject === undefined ? words.say("concurrency.line", { n }) : words.say("concurrency.named", { subject });
      return { title: words.say("concurrency.title"), line, time };
    }
    case "parent": {
      const subject = options.subjects?.[reason.jobId ?? ""];
      const title = subject === undefined ? words.say("outside.title") : words.say("parent.title", { subject });
      return { title, line: words.say("parent.line") };
    }
    case "outside":
      return { title: words.say("outside.title"), line: words.say("next.line") };
    default:
      return { title: words.say("next.title"), line: words.say("next.line"), time };
  }
}

/** "**Waiting** · 3 jobs ahead". */
function rowOf(words: Words, part: Pick<JobView, "title"> & Partial<JobView>, reason: Reason | null): JobView["row"] {
  const time = part.time ?? "";
  if (reason?.reason === "queue_paused") return { word: part.title, more: words.say("paused.short"), time };
  if (reason?.reason === "position" && reason.ahead > 0) {
    const more = reason.ahead >= AHEAD_LIMIT ? null : words.say("position.short", { n: reason.ahead });
    return { word: words.say("pending.word"), more, time };
  }
  return { word: part.title, more: null, time };
}

/** A message as a sentence of its own. */
export function stop(message: string): string {
  return /[.!?…]$/.test(message.trim()) ? message.trim() : `${message.trim()}.`;
}
