/** From a snapshot and a moment to the markup of one job. What React and the element both call. */
import type { WatchSnapshot } from "../client-web/snapshot.js";
import { card, row, type Variant } from "./card.js";
import { jobView, subjectOf } from "./job-view.js";
import type { Markup } from "./markup.js";
import type { JobView, Timing, ViewOptions } from "./view-types.js";
import { Words } from "./words.js";

export interface Presentation {
  readonly view: JobView;
  readonly markup: Markup;
}

export interface PresentOptions extends ViewOptions {
  readonly variant?: Variant;
  readonly headingLevel?: number;
}

/** Work that took longer than this is not thrown away without asking. */
const ASK_FROM_MS = 10_000;

export function present(snapshot: WatchSnapshot, timing: Timing, options: PresentOptions): Presentation {
  // On a server, and while a browser takes over its page, the reader's time zone is not known yet: both use the same.
  const zone = options.timeZone ?? (timing.now === null ? "UTC" : undefined);
  const words = new Words({ ...options, ...(zone === undefined ? {} : { timeZone: zone }) });
  const view = jobView({ snapshot, timing, options, words });
  const subject = subjectOf({ options }, snapshot.status);
  const question = !timing.asking
    ? null
    : subject === null
      ? words.say("ask.unnamed")
      : words.say("ask.question", { subject });
  const draw = options.variant === "compact" ? row : card;
  const level = options.headingLevel === undefined ? {} : { headingLevel: options.headingLevel };
  const { copied, skeleton } = timing;
  return { view, markup: draw(view, { words, question, copied, quiet: !skeleton, ...level }) };
}

/** Whether cancelling now would throw away so much that it is asked first. */
export function asksFirst({ status }: WatchSnapshot, timing: Timing): boolean {
  if (status?.status !== "processing") return false;
  const since = timing.now === null || timing.statusAt === null ? 0 : timing.now - timing.statusAt;
  return (status.processingMs ?? 0) + since > ASK_FROM_MS;
}
