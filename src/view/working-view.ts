/** At work: which stage, how far, how long still. What is unknown looks unknown. */
import type { WireStatus } from "../core/wire.js";
import { aged, cancelAction, refusalOf } from "./common.js";
import { type Position, positionOf } from "./position.js";
import { sayDurations, sayTimeLeft } from "./time-left.js";
import type { NoteView, StageLabel, StageRow, ViewInput, ViewPart } from "./view-types.js";
import { coarse, lowerFirst, type Words } from "./words.js";

type Working = Extract<WireStatus, { status: "processing" }>;

export function workingView(input: ViewInput, status: Working): ViewPart {
  const { words, timing, options } = input;
  const position = positionOf(status.progress);
  const label = labelOf(input, status.progress?.stage ?? null);
  const named = label === null ? words.say("working.title") : (label.phrase ?? label.name);
  const title = withTry(words, named, status);
  const corner = position.percent === null ? null : words.percent(position.percent);
  const line = lineOf(words, status, label, position);
  const time = timing.left === null ? null : sayTimeLeft(words, timing.left, "left", timing.now);
  const slow = status.estimate?.slowerThanUsual === true;
  // Without a subject the line stands in its place, and the facts say since when it runs.
  const unnamed = options.subject === undefined && !("fileName" in status.metadata || "subject" in status.metadata);
  const started = status.processingMs === null ? null : startedAgo(words, status.processingMs + aged(input));
  const counted = position.percent === null ? countOf(words, status, label) : corner;
  return {
    look: "processing",
    icon: "processing",
    title,
    ...(unnamed && started !== null ? { subject: line, line: started } : { line }),
    corner,
    time,
    note: slow ? slowNote(input, status) : null,
    stages: options.stages === false ? [] : stageRows(input, status),
    actions: [cancelAction(input)],
    refusal: refusalOf(input),
    trail: { sign: "here", at: position.at, posts: position.posts, unknown: position.percent === null, meter: null },
    row: {
      word: label?.name ?? words.say("working.word"),
      more: [counted, slow ? words.say("slow.short") : null].filter((each) => each !== null).join(" · ") || null,
      time: time ?? "",
    },
  };
}

/** Somebody asked for a stop, and the handler has not come to a safe point yet. */
export function cancellingView({ words }: ViewInput, status: Working): ViewPart {
  const { at, posts } = positionOf(status.progress);
  const title = words.say("cancelling.title");
  return {
    look: "cancelling",
    icon: "cancelling",
    title,
    line: words.say("cancelling.line"),
    trail: { sign: "none", at, posts, unknown: false, meter: null },
    row: { word: title, more: null, time: "" },
  };
}

type Label = StageLabel & { readonly name: string };

export function labelOf({ options }: ViewInput, stage: string | null): Label | null {
  if (stage === null) return null;
  const given = options.stageLabels?.[stage] ?? stage;
  return typeof given === "string" ? { name: given } : { name: stage, ...given };
}

function withTry(words: Words, title: string, { attempt, maxAttempts }: Working): string {
  if (attempt <= 1) return title;
  if (attempt >= maxAttempts) return words.say("try.last", { title });
  return attempt <= 3 ? words.say(`try.${attempt as 2 | 3}`, { title }) : words.say("try.n", { title, n: attempt });
}

/** The job's own message, or its count, or an honest word that there is none. */
function lineOf(words: Words, status: Working, label: Label | null, position: Position): string | null {
  const message = status.progress?.message;
  if (message !== undefined && message !== "") return message;
  const counted = countOf(words, status, label);
  if (counted !== null) return counted;
  if (position.percent !== null) return null;
  return words.say(label === null ? "working.line" : "working.unknown");
}

function countOf(words: Words, { progress }: Working, label: Label | null): string | null {
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

function slowNote(input: ViewInput, status: Working): NoteView {
  const { words } = input;
  const elapsed = words.took(coarse((status.processingMs ?? 0) + aged(input)));
  const typical = status.estimate?.typicalMs;
  const text =
    typical === undefined
      ? words.say("slow.text", { elapsed })
      : words.say("slow.typical", { elapsed, range: sayDurations(words, typical) });
  return { tone: "slow", icon: "slow", strong: words.say("slow.strong"), text };
}

export function stageRows(input: ViewInput, status: WireStatus): StageRow[] {
  const { words } = input;
  return (status.progress?.stages ?? []).map((stage) => {
    const { name, state, typicalMs, durationMs } = stage as typeof stage & { readonly durationMs?: number };
    const shown = labelOf(input, name)?.name ?? name;
    if (state === "done") return { state, name: shown, time: durationMs === undefined ? "" : words.short(durationMs) };
    const usual =
      state === "upcoming" && typicalMs !== undefined ? words.say("usually", { time: words.short(typicalMs) }) : "";
    return { state, name: shown, time: usual };
  });
}
