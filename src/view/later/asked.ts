/** What a person asked of the job: the retry that is offered, what is being asked for, and why something was refused. */
import type { ActionView, ViewInput, ViewPart } from "../view-types.js";
import { AGAIN } from "./icons.js";

/** Null unless the server said that a retry is possible. */
export function retryAction(
  { snapshot, words }: ViewInput,
  label: "action.retry" | "action.restart",
): ActionView | null {
  if (snapshot.status?.retry.eligible !== true) return null;
  return {
    action: "retry",
    label: words.say(label),
    kind: label === "action.retry" ? "primary" : "plain",
    icon: AGAIN,
  };
}

/** `part` with the answer to what was asked: a busy button, or the reason in its place. */
export function withAsked({ snapshot, words }: ViewInput, part: ViewPart): ViewPart {
  const { action, status } = snapshot;
  if (action === null || part.look === "completed" || part.look === "cancelling") return part;
  if (action.state === "refused") {
    const usedUp = status?.retry.reason === "attempts_used" && action.kind === "retry";
    const said = usedUp
      ? words.say("refused.attempts", { n: status.attempt, total: status.maxAttempts })
      : (action.message ?? words.say("refused.other"));
    return { ...part, refusal: action.code === "unreachable" ? words.say("refused.unreachable") : said };
  }
  const label = words.say(action.kind === "cancel" ? "action.cancelling" : "action.retrying");
  const busy = (each: ActionView): ActionView => (each.action === action.kind ? { ...each, label, busy: true } : each);
  return { ...part, actions: (part.actions ?? []).map(busy) };
}
