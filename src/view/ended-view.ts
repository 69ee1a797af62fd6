/** After the end: what came out, or what went wrong and what a person can do. */
import type { WireStatus } from "../core/wire.js";
import { linkAction, present, refusalOf, retryAction } from "./common.js";
import { failedView } from "./failed-view.js";
import { positionOf } from "./position.js";
import type { TrailFacts } from "./trail.js";
import type { ViewInput, ViewPart } from "./view-types.js";

export type Ended = Extract<WireStatus, { finishedAt: string }>;

export function endedView(input: ViewInput, status: Ended): ViewPart {
  switch (status.status) {
    case "completed":
      return completedView(input, status);
    case "failed":
      return failedView(input, status);
    case "cancelled":
    case "expired":
      return stoppedView(input, status);
  }
}

function completedView(input: ViewInput, status: Ended): ViewPart {
  const { words, timing } = input;
  const { redirecting } = timing;
  const duration = status.processingMs === null ? null : words.took(status.processingMs);
  const label = words.say(redirecting ? "action.openNow" : "action.open");
  return {
    look: "completed",
    icon: "completed",
    title: words.say(redirecting ? "redirecting.title" : "completed.title"),
    line: duration === null ? null : words.say("completed.line", { duration }),
    actions: present(linkAction(input, "open", { label, kind: redirecting ? "plain" : "primary", icon: "arrow" })),
    trail: endTrail(status, "completed"),
    row: { word: words.say("completed.word"), more: duration, time: rowTime(input, status) },
  };
}

function stoppedView(input: ViewInput, status: Ended): ViewPart {
  const { words } = input;
  const cancelled = status.status === "cancelled";
  const title = cancelled
    ? words.say("cancelled.title")
    : words.say(status.attempt === 0 ? "expired.notStarted" : "expired.notFinished");
  return {
    look: cancelled ? "cancelled" : "expired",
    icon: cancelled ? "cancelled" : "expired",
    title,
    line: cancelled ? cancelledLine(input, status) : expiredLine(input, status),
    actions: present(retryAction(input, "action.restart")),
    refusal: refusalOf(input),
    trail: endTrail(status, cancelled ? "cancelled" : "expired"),
    row: { word: title, more: null, time: rowTime(input, status) },
  };
}

function cancelledLine({ words, timing, snapshot }: ViewInput, status: Ended): string {
  const when = words.when(Date.parse(status.finishedAt), timing.now);
  const told = status.status === "cancelled" ? status.cancelledBy : undefined;
  // The server does not always know; we know at least of ourselves.
  const by = told ?? (snapshot.cancelledHere ? "owner" : undefined);
  return words.say(by === "owner" ? "cancelled.byYou" : by === "operator" ? "cancelled.byTeam" : "cancelled.line", {
    when,
  });
}

function expiredLine({ words, timing }: ViewInput, status: Ended): string {
  const expiresAt = status.status === "expired" ? status.expiresAt : undefined;
  const values = {
    n: status.attempt,
    count: words.count(status.attempt),
    ...(expiresAt === undefined ? {} : { when: words.until(Date.parse(expiresAt), timing.now) }),
  };
  if (status.attempt === 0) return words.say(expiresAt ? "expired.untilNotStarted" : "expired.didNotRun", values);
  return words.say(expiresAt ? "expired.untilFailed" : "expired.failed", values);
}

export function endTrail(status: Ended, sign: TrailFacts["sign"]): TrailFacts {
  const { at, posts } = positionOf(status.progress);
  return { sign, at: sign === "expired" ? 0 : at, posts, unknown: false, meter: null };
}

export function rowTime({ words, timing }: ViewInput, { finishedAt }: Ended): string {
  return words.until(Date.parse(finishedAt), timing.now);
}
