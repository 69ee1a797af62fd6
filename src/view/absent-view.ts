/** No status to show: it loads, it was cleared, it is not here, or the session is over. */
import type { TerminalStatus } from "../core/lifecycle.js";
import { linkAction, present } from "./common.js";
import type { ViewInput, ViewPart } from "./view-types.js";

const DAY = 86_400_000;

export function absentView(input: ViewInput): ViewPart {
  const { snapshot, words } = input;
  if (snapshot.notFound) return notFound(input);
  if (snapshot.gone !== null) return gone(input);
  if (snapshot.signedOut) {
    const title = words.say("signedOut.title");
    return { look: "unknown", icon: "unknown", title, text: words.say("signedOut.text"), ended: true };
  }
  const text = words.say(snapshot.connection === "offline" ? "offline.strong" : "loading.text");
  return { look: "loading", icon: "pending", title: text, beat: "loading" };
}

function notFound(input: ViewInput): ViewPart {
  const { words } = input;
  const actions = present(linkAction(input, "list", { label: words.say("action.list"), kind: "plain" }));
  const title = words.say("notFound.title");
  return { look: "unknown", icon: "unknown", title, text: words.say("notFound.text"), actions, ended: true };
}

function gone(input: ViewInput): ViewPart {
  const { words, snapshot } = input;
  const { status, finishedAt, purgedAt } = snapshot.gone ?? {};
  const title =
    finishedAt === undefined
      ? words.say("gone.titleUnknown")
      : words.say("gone.title", { date: words.date(Date.parse(finishedAt)) });
  const days =
    finishedAt === undefined || purgedAt === undefined
      ? 0
      : Math.round((Date.parse(purgedAt) - Date.parse(finishedAt)) / DAY);
  const was = status === undefined ? null : words.say("gone.was", { status: words.say(wasKey(status)) });
  const kept = days < 1 ? words.say("gone.textUnknown") : words.say("gone.text", { n: days });
  return {
    look: "purged",
    icon: "purged",
    title,
    text: [was, kept].filter((each) => each !== null).join(" "),
    actions: present(linkAction(input, "startNew", { label: words.say("action.startNew"), kind: "plain" })),
    ended: true,
  };
}

function wasKey(status: TerminalStatus): `gone.${TerminalStatus}` {
  return `gone.${status}`;
}
