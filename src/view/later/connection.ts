/** While the line is lost the last known state stays, and says how old it is. */
import { hasEnded } from "../../client-web/snapshot.js";
import type { ViewInput, ViewPart } from "../view-types.js";
import { timeOfDay } from "./dates.js";
import { OFFLINE, RECONNECTING } from "./icons.js";

export function withConnection({ snapshot, timing, words }: ViewInput, part: ViewPart): ViewPart {
  if (hasEnded(snapshot.status)) return part;
  const since = snapshot.lastSeenAt ?? timing.statusAt;
  if (snapshot.connection === "offline") {
    const line = since === null ? part.line : words.say("offline.seen", { time: timeOfDay(words, since) });
    const said = { strong: words.say("offline.strong"), text: words.say("offline.text") };
    const note = { tone: "line", icon: OFFLINE, ...said } as const;
    return { ...part, line: line ?? null, text: null, time: null, actions: [], note };
  }
  if (!timing.lost) return part;
  const age = since === null || timing.now === null ? null : words.ago(Math.max(0, timing.now - since));
  const line = [part.line, age].filter((each) => each !== null && each !== undefined).join(" · ");
  const said = { strong: words.say("reconnecting.strong"), text: words.say("reconnecting.text") };
  return { ...part, line: line || null, time: null, note: { tone: "line", icon: RECONNECTING, ...said } };
}
