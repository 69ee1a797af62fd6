/** The picture of a job in words: one function from what is known to what is shown. */
import { subjectOf } from "./common.js";
import { plainView } from "./plain-view.js";
import { positionOf } from "./position.js";
import type { TrailFacts } from "./trail.js";
import type { ActionView, JobView, ViewInput, ViewPart } from "./view-types.js";
import { lowerFirst } from "./words.js";

/** Null for a picture that takes the later parts while they are not here. */
export function jobView(input: ViewInput): JobView | null {
  const part = plainView(input) ?? input.later?.otherView(input) ?? null;
  return part === null ? null : complete(input, part);
}

function complete(input: ViewInput, part: ViewPart): JobView {
  const { snapshot, options } = input;
  const { status } = snapshot;
  const mayAct = options.actions !== false;
  const allowed = ({ action }: ActionView): boolean => mayAct || (action !== "cancel" && action !== "retry");
  const view: JobView = {
    corner: null,
    line: null,
    time: null,
    text: null,
    note: null,
    stages: [],
    refusal: null,
    reference: null,
    trail: null,
    ended: status !== null && "finishedAt" in status,
    ...part,
    subject: part.subject === undefined ? subjectOf(input, status) : part.subject,
    actions: (part.actions ?? []).filter(allowed),
  };
  return { ...view, trail: withMeter(input, view) };
}

/** What the trail tells assistive technology while the job is at work. */
function withMeter({ words, options, snapshot }: ViewInput, { trail, look, title, time }: JobView): TrailFacts | null {
  if (trail === null || look !== "processing") return trail;
  const subject = subjectOf({ options }, snapshot.status);
  const label = subject === null ? words.say("progress") : words.say("progress.of", { subject });
  const now = positionOf(snapshot.status?.progress ?? null).percent;
  const parts = [now === null ? "" : words.say("percent", { n: now }), title, time ?? ""];
  const text = parts.filter((each) => each !== "").map(lowerFirst);
  return { ...trail, meter: { label, now, text: text.join(", ") } };
}
