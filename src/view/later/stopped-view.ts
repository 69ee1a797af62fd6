/** Ended without a result and without an error: somebody stopped it, or its time ran out. */
import type { WireStatus } from "../../core/wire.js";
import { present } from "../common.js";
import { positionOf } from "../position.js";
import type { ViewInput, ViewPart } from "../view-types.js";
import { retryAction } from "./asked.js";
import { count, until, when } from "./dates.js";
import { BARRED, CROSSED } from "./end-signs.js";
import { CANCELLED, EXPIRED } from "./icons.js";

type Cancelled = Extract<WireStatus, { status: "cancelled" }>;
type Expired = Extract<WireStatus, { status: "expired" }>;

export function cancelledView(input: ViewInput, status: Cancelled): ViewPart {
  const { words, timing, snapshot } = input;
  // The server does not always know; we know at least of ourselves.
  const by = status.cancelledBy ?? (snapshot.cancelledHere ? "owner" : undefined);
  const key = by === "owner" ? "cancelled.byYou" : by === "operator" ? "cancelled.byTeam" : "cancelled.line";
  const { at, posts } = positionOf(status.progress);
  return {
    look: "cancelled",
    icon: CANCELLED,
    title: words.say("cancelled.title"),
    line: words.say(key, { when: when(words, Date.parse(status.finishedAt), timing.now) }),
    actions: present(retryAction(input, "action.restart")),
    trail: { sign: BARRED, at, posts, unknown: false, meter: null },
  };
}

export function expiredView(input: ViewInput, status: Expired): ViewPart {
  const { words } = input;
  return {
    look: "expired",
    icon: EXPIRED,
    title: words.say(status.attempt === 0 ? "expired.notStarted" : "expired.notFinished"),
    line: expiredLine(input, status),
    actions: present(retryAction(input, "action.restart")),
    trail: { sign: CROSSED, at: 0, posts: positionOf(status.progress).posts, unknown: false, meter: null },
  };
}

function expiredLine({ words, timing }: ViewInput, { attempt, expiresAt }: Expired): string {
  const values = {
    n: attempt,
    count: count(words, attempt),
    ...(expiresAt === undefined ? {} : { when: until(words, Date.parse(expiresAt), timing.now) }),
  };
  if (attempt === 0) return words.say(expiresAt ? "expired.untilNotStarted" : "expired.didNotRun", values);
  return words.say(expiresAt ? "expired.untilFailed" : "expired.failed", values);
}
