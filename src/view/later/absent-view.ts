/** No status to show: it was cleared, it is not here, the session is over, or the network was gone before it came. */
import type { TerminalStatus } from "../../core/lifecycle.js";
import { linkAction, present } from "../common.js";
import { PENDING } from "../icons.js";
import type { ViewInput, ViewPart } from "../view-types.js";
import { dayOf } from "./dates.js";
import { PURGED, UNKNOWN } from "./icons.js";

const DAY = 86_400_000;

export function absentView(input: ViewInput): ViewPart {
  const { snapshot, words } = input;
  if (snapshot.notFound) return notFound(input);
  if (snapshot.gone !== null) return gone(input);
  if (snapshot.signedOut) {
    const title = words.say("signedOut.title");
    return { look: "unknown", icon: UNKNOWN, subject: null, title, text: words.say("signedOut.text"), ended: true };
  }
  return { look: "loading", icon: PENDING, title: words.say("offline.strong"), subject: null };
}

function notFound(input: ViewInput): ViewPart {
  const { words } = input;
  const actions = present(linkAction(input, "list", { label: words.say("action.list"), kind: "plain" }));
  const title = words.say("notFound.title");
  return {
    look: "unknown",
    icon: UNKNOWN,
    subject: null,
    title,
    text: words.say("notFound.text"),
    actions,
    ended: true,
  };
}

function gone(input: ViewInput): ViewPart {
  const { words, snapshot } = input;
  const { status, finishedAt, purgedAt } = snapshot.gone ?? {};
  const title =
    finishedAt === undefined
      ? words.say("gone.titleUnknown")
      : words.say("gone.title", { date: dayOf(words, Date.parse(finishedAt)) });
  const days =
    finishedAt === undefined || purgedAt === undefined
      ? 0
      : Math.round((Date.parse(purgedAt) - Date.parse(finishedAt)) / DAY);
  const was = status === undefined ? null : words.say("gone.was", { status: words.say(wasKey(status)) });
  const kept = days < 1 ? words.say("gone.textUnknown") : words.say("gone.text", { n: days });
  return {
    look: "purged",
    icon: PURGED,
    subject: null,
    title,
    text: [was, kept].filter((each) => each !== null).join(" "),
    actions: present(linkAction(input, "startNew", { label: words.say("action.startNew"), kind: "plain" })),
    ended: true,
  };
}

function wasKey(status: TerminalStatus): `gone.${TerminalStatus}` {
  return `gone.${status}`;
}
