/** From a snapshot and a moment to the markup of one job. What React and the element both call. */
import type { WatchSnapshot } from "../client-web/snapshot.js";
import { card, incomplete, NO_EXTRAS, skeleton } from "./card.js";
import { subjectOf } from "./common.js";
import { jobView } from "./job-view.js";
import { type Later, laterParts, laterPartsFailed } from "./later-parts.js";
import type { Markup } from "./markup.js";
import { SKELETON_MS } from "./pace.js";
import type { JobView, Timing, ViewInput, ViewOptions } from "./view-types.js";
import { Words } from "./words.js";

export interface Presentation {
  readonly input: ViewInput;
  readonly view: JobView;
  readonly markup: Markup;
}

export type Variant = "full" | "compact";

export interface PresentOptions extends ViewOptions {
  /** A card or a row. Default "full". */
  readonly variant?: Variant | undefined;
  /** Of the card's heading, 2 … 6. Default 3. */
  readonly headingLevel?: number | undefined;
}

/**
 * @param later  default: as this page has them
 * @returns null for a picture that takes the later parts while they are not here
 */
export function present(
  snapshot: WatchSnapshot,
  timing: Timing,
  options: PresentOptions,
  later: Later | null = laterParts(),
): Presentation | null {
  const { variant = "full", headingLevel } = options;
  const input = { snapshot, timing, options, words: wordsOf(timing, options, later), later };
  const view = jobView(input);
  if (view === null) return null;
  if (view.look === "loading") return { input, view, markup: skeleton(input.words, variant, !timing.skeleton) };
  const question = timing.asking ? later?.question(input.words, subjectOf(input, snapshot.status)) : undefined;
  if (variant === "full") {
    const extras = later?.extras(view, input.words) ?? NO_EXTRAS;
    return { input, view, markup: card(view, input.words, extras, question, headingLevel) };
  }
  return later === null ? null : { input, view, markup: later.row(input, view, question) };
}

/** Holds the place of a picture whose parts are on their way, and says so when they could not be had. */
export function placeholder({ variant = "full", ...options }: PresentOptions, timing: Timing): Markup {
  const words = wordsOf(timing, options, null);
  if (laterPartsFailed()) return incomplete(words, variant);
  const { now, statusAt } = timing;
  return skeleton(words, variant, now === null || statusAt === null || now - statusAt < SKELETON_MS);
}

function wordsOf({ now }: Timing, options: PresentOptions, later: Later | null): Words {
  // On a server, and while a browser takes over its page, the reader's time zone is not known yet: both use the same.
  const timeZone = options.timeZone ?? (now === null ? "UTC" : undefined);
  return new Words({ ...options, timeZone }, later);
}
