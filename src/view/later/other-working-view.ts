/** At work, but not as usual: another try, slower than usual, or asked to stop. */
import { aged } from "../common.js";
import { positionOf } from "../position.js";
import type { NoteView, ViewInput, ViewPart } from "../view-types.js";
import { coarse, type Words } from "../words.js";
import { type Working, workingView } from "../working-view.js";
import { CANCELLING, SLOW } from "./icons.js";
import { sayDurations } from "./time-left.js";

export function otherWorkingView(input: ViewInput, status: Working): ViewPart {
  if (status.cancelRequestedAt !== undefined) return cancellingView(input, status);
  const part = workingView(input, status);
  const slow = status.estimate?.slowerThanUsual === true;
  return { ...part, title: withTry(input.words, part.title, status), note: slow ? slowNote(input, status) : null };
}

/** Somebody asked for a stop, and the handler has not come to a safe point yet. */
function cancellingView({ words }: ViewInput, status: Working): ViewPart {
  const { at, posts } = positionOf(status.progress);
  return {
    look: "cancelling",
    icon: CANCELLING,
    title: words.say("cancelling.title"),
    line: words.say("cancelling.line"),
    trail: { sign: "none", at, posts, unknown: false, meter: null },
  };
}

function withTry(words: Words, title: string, { attempt, maxAttempts }: Working): string {
  if (attempt <= 1) return title;
  if (attempt >= maxAttempts) return words.say("try.last", { title });
  return attempt <= 3 ? words.say(`try.${attempt as 2 | 3}`, { title }) : words.say("try.n", { title, n: attempt });
}

function slowNote(input: ViewInput, status: Working): NoteView {
  const { words } = input;
  const elapsed = words.took(coarse((status.processingMs ?? 0) + aged(input)));
  const typical = status.estimate?.typicalMs;
  const text =
    typical === undefined
      ? words.say("slow.text", { elapsed })
      : words.say("slow.typical", { elapsed, range: sayDurations(words, typical) });
  return { tone: "slow", icon: SLOW, strong: words.say("slow.strong"), text };
}
