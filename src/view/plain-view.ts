/** The ordinary course of a job: it loads, it stands in line, it is at work, it is done. All of it comes with the page. */
import { hasEnded } from "../client-web/snapshot.js";
import type { WireStatus } from "../core/wire.js";
import { cancelAction, linkAction, present, timeOf } from "./common.js";
import { ARROW, COMPLETED, PENDING } from "./icons.js";
import { positionOf } from "./position.js";
import { TICKED } from "./trail.js";
import type { ViewInput, ViewPart } from "./view-types.js";
import { workingView } from "./working-view.js";

type Pending = Extract<WireStatus, { status: "scheduled" | "pending" }>;
type Completed = Extract<WireStatus, { status: "completed" }>;

/** Beyond this many the server stops counting. */
const AHEAD_LIMIT = 1_000;

/** Null for all that is not ordinary: that is a matter of the later parts. */
export function plainView(input: ViewInput): ViewPart | null {
  const { snapshot, timing } = input;
  const { status, connection } = snapshot;
  if (snapshot.notFound || snapshot.gone !== null || snapshot.signedOut || snapshot.action !== null) return null;
  if (!hasEnded(status) && (connection === "offline" || timing.lost)) return null;
  if (status === null) return loadingView(input);
  switch (status.status) {
    case "pending":
      return status.waiting === null || status.waiting.reason === "position" ? pendingView(input, status) : null;
    case "processing": {
      const strange =
        status.attempt > 1 || status.cancelRequestedAt !== undefined || status.estimate?.slowerThanUsual === true;
      return strange ? null : workingView(input, status);
    }
    case "completed":
      return completedView(input, status);
    default:
      return null;
  }
}

function loadingView({ words }: ViewInput): ViewPart {
  return { look: "loading", icon: PENDING, title: words.say("loading.text"), subject: null };
}

export function pendingView(input: ViewInput, { waiting, progress }: Pending): ViewPart {
  const { words } = input;
  const ahead = waiting?.reason === "position" ? waiting.ahead : 0;
  return {
    look: "pending",
    icon: PENDING,
    title: words.say(ahead > 0 ? "position.title" : "next.title"),
    line:
      ahead === 0
        ? words.say("next.line")
        : words.say(ahead >= AHEAD_LIMIT ? "position.many" : "position.line", { n: ahead }),
    time: timeOf(input, "start"),
    actions: [cancelAction(input)],
    trail: { sign: "still", at: 0, posts: positionOf(progress).posts, unknown: false, meter: null },
  };
}

export function completedView(input: ViewInput, { processingMs, progress }: Completed): ViewPart {
  const { words, timing } = input;
  const { redirecting } = timing;
  const label = words.say(redirecting ? "action.openNow" : "action.open");
  const { at, posts } = positionOf(progress);
  return {
    look: "completed",
    icon: COMPLETED,
    title: words.say(redirecting ? "redirecting.title" : "completed.title"),
    line: processingMs === null ? null : words.say("completed.line", { duration: words.took(processingMs) }),
    actions: present(linkAction(input, "open", { label, kind: redirecting ? "plain" : "primary", icon: ARROW })),
    trail: { sign: TICKED, at, posts, unknown: false, meter: null },
  };
}
