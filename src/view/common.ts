/** What the views of several states share. */
import type { ActionView, LinkName, ViewInput } from "./view-types.js";

/** Milliseconds since the status on the screen was true. */
export function aged({ timing }: Pick<ViewInput, "timing">): number {
  return timing.now === null || timing.statusAt === null ? 0 : Math.max(0, timing.now - timing.statusAt);
}

export function cancelAction({ snapshot, words }: ViewInput): ActionView {
  const busy = snapshot.action?.kind === "cancel" && snapshot.action.state === "asking";
  const label = words.say(busy ? "action.cancelling" : "action.cancel");
  return { action: "cancel", label, kind: "quiet", ...(busy ? { busy } : {}) };
}

/** Null unless the server said that a retry is possible. */
export function retryAction(input: ViewInput, label: "action.retry" | "action.restart"): ActionView | null {
  const { snapshot, words } = input;
  if (snapshot.status?.retry.eligible !== true) return null;
  const busy = snapshot.action?.kind === "retry" && snapshot.action.state === "asking";
  const kind = label === "action.retry" ? "primary" : "plain";
  const said = words.say(busy ? "action.retrying" : label);
  return { action: "retry", label: said, kind, icon: "again", ...(busy ? { busy } : {}) };
}

/** Why the newest action was refused, in the server's words or ours. */
export function refusalOf({ snapshot, words }: ViewInput): string | null {
  const { action, status } = snapshot;
  if (action?.state !== "refused") return null;
  if (action.code === "unreachable") return words.say("refused.unreachable");
  if (status?.retry.reason === "attempts_used" && action.kind === "retry") {
    return words.say("refused.attempts", { n: status.attempt, total: status.maxAttempts });
  }
  return action.message ?? words.say("refused.other");
}

export function present<T>(...values: (T | null | undefined | false)[]): T[] {
  return values.filter((value): value is T => value !== null && value !== undefined && value !== false);
}

/** A way the app offers, or null. */
export function linkAction(
  { options }: ViewInput,
  action: LinkName,
  rest: Omit<ActionView, "action">,
): ActionView | null {
  const link = options.links?.[action];
  if (link === undefined) return null;
  if (typeof link === "function") return { action, ...rest };
  return isSafe(link) ? { action, ...rest, href: link } : null;
}

/** No script and no data in an address, wherever it came from. */
function isSafe(href: string): boolean {
  try {
    return /^https?:$/.test(new URL(href, "https://relative.invalid/").protocol);
  } catch {
    return false;
  }
}
