/** Waiting for more than its place in line: for a time of day, for another try, for a worker, for another job. */
import type { WireStatus } from "../../core/wire.js";
import { aged, cancelAction, timeOf } from "../common.js";
import { PENDING } from "../icons.js";
import { pendingView } from "../plain-view.js";
import { positionOf } from "../position.js";
import type { TrailFacts } from "../trail.js";
import type { ViewInput, ViewPart } from "../view-types.js";
import type { Words } from "../words.js";
import { when } from "./dates.js";
import { AGAIN, SCHEDULED, SLOW } from "./icons.js";
import { stop } from "./sentences.js";

type Waiting = Extract<WireStatus, { status: "scheduled" | "pending" | "retrying" }>;
/** Every reason of today, and those a newer server may know. */
type Reason = NonNullable<Waiting["waiting"]> | { readonly reason: "parent"; readonly jobId?: string };

export function waitingView(input: ViewInput, status: Waiting): ViewPart {
  const reason: Reason | null = status.waiting;
  const common = { actions: [cancelAction(input)], trail: startOf(status, "still") };
  if (status.status === "retrying") return { ...common, ...retrying(input, status, reason) };
  if (reason?.reason === "scheduled") return { ...common, ...scheduled(input, status, reason) };
  return heldView(input, reason) ?? pendingView(input, status);
}

function startOf(status: Waiting, sign: TrailFacts["sign"]): TrailFacts {
  return { sign, at: 0, posts: positionOf(status.progress).posts, unknown: false, meter: null };
}

function scheduled(
  { words, timing }: ViewInput,
  status: Waiting,
  reason: Extract<Reason, { reason: "scheduled" }>,
): ViewPart {
  return {
    look: "scheduled",
    icon: SCHEDULED,
    title: words.say("scheduled.title", { when: when(words, Date.parse(reason.at), timing.now) }),
    line: words.say("scheduled.line"),
    trail: startOf(status, "none"),
  };
}

function retrying(input: ViewInput, status: Extract<Waiting, { status: "retrying" }>, reason: Reason | null): ViewPart {
  const { words } = input;
  const { attempt, maxAttempts, lastError } = status;
  // Due, and still held up by something else: then that is what a person wants to know.
  const held =
    reason === null || reason.reason === "retry" ? null : (heldView(input, reason) ?? standing(input, status));
  return {
    look: "retrying",
    icon: AGAIN,
    title: words.say("retrying.title"),
    corner: words.say("retrying.of", { n: Math.min(attempt + 1, maxAttempts), total: maxAttempts }),
    line: reason?.reason === "retry" ? nextTry(words, reason.inMs - aged(input)) : (held?.line ?? held?.text ?? null),
    time: held?.time ?? null,
    note: { tone: "", icon: SLOW, text: words.say("retrying.note", { message: stop(lastError.message) }) },
  };
}

function standing(input: ViewInput, status: Waiting): ViewPart {
  return pendingView(input, { ...status, status: "pending" } as Extract<Waiting, { status: "pending" }>);
}

/** "Next try in 8 seconds", in steps, so that it does not tick. */
function nextTry(words: Words, ms: number): string {
  const seconds = ms / 1_000;
  if (seconds <= 1) return words.say("retrying.soon");
  const step = seconds <= 10 ? 2 : seconds <= 60 ? 5 : 60;
  const n = Math.ceil(seconds / step) * step;
  const time = n < 60 ? words.unit(n, "second") : words.unit(Math.ceil(n / 60), "minute");
  return words.say("retrying.next", { time: n <= 3_600 ? time : words.short(n * 1_000) });
}

/** What holds it up, other than those before it in line; null when nothing else does. */
function heldView(input: ViewInput, reason: Reason | null): ViewPart | null {
  const { words, options } = input;
  const say = (part: Pick<ViewPart, "title"> & Partial<ViewPart>): ViewPart => ({
    look: "pending",
    icon: PENDING,
    actions: [cancelAction(input)],
    trail: { sign: "still", at: 0, posts: positionOf(progressOf(input)).posts, unknown: false, meter: null },
    ...part,
  });
  switch (reason?.reason) {
    case "no_worker":
      return say({ title: words.say("noWorker.title"), text: words.say("noWorker.text") });
    case "queue_paused":
      return say({ title: words.say("paused.title"), text: words.say("paused.text") });
    case "concurrency": {
      const [first] = reason.holders;
      const n = reason.holders.length;
      const subject = n === 1 && first !== undefined ? options.subjects?.[first] : undefined;
      const line =
        subject === undefined ? words.say("concurrency.line", { n }) : words.say("concurrency.named", { subject });
      return say({ title: words.say("concurrency.title"), line, time: timeOf(input, "start") });
    }
    case "parent": {
      const subject = options.subjects?.[reason.jobId ?? ""];
      const title = subject === undefined ? words.say("outside.title") : words.say("parent.title", { subject });
      return say({ title, line: words.say("parent.line") });
    }
    case "outside":
      return say({ title: words.say("outside.title"), line: words.say("next.line") });
    default:
      return null;
  }
}

function progressOf({ snapshot }: ViewInput): WireStatus["progress"] {
  return snapshot.status?.progress ?? null;
}
