/** At work: which stage, how far, how long still. What is unknown looks unknown. */
import type { WireStatus } from "../core/wire.js";
import { aged, cancelAction, subjectOf, timeOf } from "./common.js";
import { PROCESSING } from "./icons.js";
import { positionOf } from "./position.js";
import type { StageLabel, StageRow, ViewInput, ViewPart } from "./view-types.js";
import { lowerFirst, type Words } from "./words.js";

export type Working = Extract<WireStatus, { status: "processing" }>;

export function workingView(input: ViewInput, status: Working): ViewPart {
  const { words, options } = input;
  const { percent, at, posts } = positionOf(status.progress);
  const label = labelOf(input, status.progress?.stage ?? null);
  const line = lineOf(words, status, label, percent);
  // Without a subject the line stands in its place, and the facts say since when it runs.
  const unnamed = subjectOf(input, status) === null;
  const started = status.processingMs === null ? null : startedAgo(words, status.processingMs + aged(input));
  return {
    look: "processing",
    icon: PROCESSING,
    title: label === null ? words.say("working.title") : (label.phrase ?? label.name),
    ...(unnamed && started !== null ? { subject: line, line: started } : { line }),
    corner: percent === null ? null : words.percent(percent),
    time: timeOf(input, "left"),
    stages: options.stages === false ? [] : stageRows(input, status),
    actions: [cancelAction(input)],
    trail: { sign: "here", at, posts, unknown: percent === null, meter: null },
  };
}

export type Label = StageLabel & { readonly name: string };

export function labelOf({ options }: ViewInput, stage: string | null): Label | null {
  if (stage === null) return null;
  const given = options.stageLabels?.[stage] ?? stage;
  return typeof given === "string" ? { name: given } : { name: stage, ...given };
}

/** The job's own message, or its count, or an honest word that there is none. */
function lineOf(words: Words, status: Working, label: Label | null, percent: number | null): string | null {
  const message = status.progress?.message;
  if (message !== undefined && message !== "") return message;
  const counted = countOf(words, status, label);
  if (counted !== null || percent !== null) return counted;
  return words.say(label === null ? "working.line" : "working.unknown");
}

export function countOf(words: Words, { progress }: Working, label: Label | null): string | null {
  const { done, total } = progress ?? {};
  if (done === undefined) return null;
  if (total !== undefined) {
    const values = { done, total };
    return label?.count === undefined ? words.say("working.count", values) : words.fill(label.count, values);
  }
  if (done === 0) return null;
  return label?.soFar === undefined ? words.say("working.soFar", { done }) : words.fill(label.soFar, { done });
}

function startedAgo(words: Words, ms: number): string {
  return words.say("working.started", { ago: lowerFirst(words.ago(ms)) });
}

function stageRows(input: ViewInput, status: Working): StageRow[] {
  const { words } = input;
  return (status.progress?.stages ?? []).map(({ name, state, typicalMs }) => ({
    state,
    name: labelOf(input, name)?.name ?? name,
    time: state === "upcoming" && typicalMs !== undefined ? words.say("usually", { time: words.short(typicalMs) }) : "",
  }));
}
