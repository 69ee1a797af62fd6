/** What the views of several states share. */
import type { WireStatus } from "../core/wire.js";
import type { ActionView, LinkName, ViewInput } from "./view-types.js";

/** Milliseconds since the status on the screen was true. */
export function aged({ timing }: Pick<ViewInput, "timing">): number {
  return timing.now === null || timing.statusAt === null ? 0 : Math.max(0, timing.now - timing.statusAt);
}

/** What the app calls the job's matter, or what its metadata does. */
export function subjectOf({ options }: Pick<ViewInput, "options">, status: WireStatus | null): string | null {
  if (options.subject !== undefined) return options.subject;
  for (const name of ["subject", "fileName"]) {
    const value = status?.metadata[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** "About 20 seconds left", "Starts in …"; null without evidence. */
export function timeOf({ timing, words, later }: ViewInput, of: "left" | "start"): string | null {
  return timing.left === null || later === null ? null : later.sayTimeLeft(words, timing.left, of, timing.now);
}

export function cancelAction({ words }: ViewInput): ActionView {
  return { action: "cancel", label: words.say("action.cancel"), kind: "quiet" };
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
