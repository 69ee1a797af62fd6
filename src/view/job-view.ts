/** The picture of a job in words: one function from what is known to what is shown. It decides by state and no more. */
import type { WireStatus } from "../core/wire.js";
import { absentView } from "./absent-view.js";
import { linkAction } from "./common.js";
import { endedView } from "./ended-view.js";
import { positionOf } from "./position.js";
import type { TrailFacts } from "./trail.js";
import type { ActionView, JobView, ViewInput, ViewPart } from "./view-types.js";
import { waitingView } from "./waiting-view.js";
import { lowerFirst } from "./words.js";
import { cancellingView, workingView } from "./working-view.js";

export function jobView(input: ViewInput): JobView {
  const { snapshot } = input;
  const { status } = snapshot;
  if (snapshot.notFound || snapshot.gone !== null || snapshot.signedOut || status === null) {
    return complete(input, absentView(input));
  }
  const subject = subjectOf(input, status);
  const part = partOf(input, status);
  const corner = part.corner ?? null;
  const view = complete(input, { ...part, subject: part.subject ?? subject }, status.progress?.stage ?? null);
  const withLine = withConnection(input, view);
  const name = subject ?? status.kind;
  const shortState = status.status === "processing" && corner !== null ? corner : view.row.word;
  return {
    ...withLine,
    trail: withMeter(input, withLine, subject, positionOf(status.progress).percent),
    pageTitle: `${shortState} · ${name}`,
    say: sentence(withLine, corner === null ? null : status.status === "processing" ? percentWords(input) : corner),
    ended: "finishedAt" in status,
    beat: [view.beat, status.generation, status.attempt, quarter(status), withLine.note?.tone ?? ""].join("|"),
  };

  function percentWords({ words }: ViewInput): string {
    return words.say("percent", { n: positionOf(status?.progress ?? null).percent ?? 0 });
  }
}

function partOf(input: ViewInput, status: WireStatus): ViewPart {
  switch (status.status) {
    case "scheduled":
    case "pending":
    case "retrying":
      return waitingView(input, status);
    case "processing":
      return status.cancelRequestedAt === undefined ? workingView(input, status) : cancellingView(input, status);
    case "completed":
    case "failed":
    case "cancelled":
    case "expired":
      return endedView(input, status);
  }
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

function complete(input: ViewInput, part: ViewPart, stage: string | null = null): JobView {
  const mayAct = input.options.actions !== false;
  const allowed = (action: ActionView): boolean => mayAct || (action.action !== "cancel" && action.action !== "retry");
  const actions = (part.actions ?? []).filter(allowed);
  const rowAction = part.rowAction === undefined ? (actions[0] ?? null) : part.rowAction;
  return {
    subject: null,
    corner: null,
    line: null,
    time: null,
    text: null,
    note: null,
    stages: [],
    refusal: null,
    reference: null,
    trail: null,
    ended: false,
    pageTitle: input.options.subject ?? part.title,
    ...part,
    row: part.row ?? { word: part.title, more: null, time: "" },
    say: sentence(part, part.corner ?? null),
    beat: part.beat ?? `${part.look}|${part.title}|${stage ?? ""}`,
    actions,
    rowAction: rowAction !== null && allowed(rowAction) ? rowAction : null,
    rowHref: rowHref(input, part),
  };
}

function rowHref(input: ViewInput, { look }: ViewPart): string | null {
  if (look === "unknown" || look === "purged") return null;
  const open = look === "completed" ? linkAction(input, "open", { label: "", kind: "plain" })?.href : undefined;
  return open ?? linkAction(input, "details", { label: "", kind: "plain" })?.href ?? null;
}

/** While the line is lost the last known state stays, and says how old it is. */
function withConnection(input: ViewInput, view: JobView): JobView {
  const { snapshot, timing, words } = input;
  if (snapshot.status === null || "finishedAt" in snapshot.status) return view;
  const { connection, lastSeenAt } = snapshot;
  const since = lastSeenAt ?? timing.statusAt;
  if (connection === "offline") {
    const line = since === null ? view.line : words.say("offline.seen", { time: words.time(since) });
    const said = { strong: words.say("offline.strong"), text: words.say("offline.text") };
    return {
      ...view,
      line,
      text: null,
      time: null,
      actions: [],
      rowAction: null,
      note: { tone: "line", icon: "offline", ...said },
    };
  }
  if (!timing.lost) return view;
  const age = since === null || timing.now === null ? null : words.ago(Math.max(0, timing.now - since));
  const line = [view.line, age].filter((each) => each !== null).join(" · ");
  const said = { strong: words.say("reconnecting.strong"), text: words.say("reconnecting.text") };
  return { ...view, line: line || null, time: null, note: { tone: "line", icon: "reconnecting", ...said } };
}

function withMeter(input: ViewInput, view: JobView, subject: string | null, now: number | null): TrailFacts | null {
  const { words } = input;
  if (view.trail === null || view.look !== "processing") return view.trail;
  const label = subject === null ? words.say("progress") : words.say("progress.of", { subject });
  const parts = [now === null ? null : words.say("percent", { n: now }), view.title, view.time];
  const text = parts.filter((each) => each !== null && each !== "").map((each) => lowerFirst(String(each)));
  return { ...view.trail, meter: { label, now, text: text.join(", ") } };
}

function sentence(view: ViewPart, corner: string | null): string {
  const { title, note, time, text } = view;
  if (note?.strong !== undefined) return `${note.strong} ${note.text}`;
  const facts = [corner, time].filter((each) => each !== null && each !== undefined && each !== "");
  const rest =
    facts.length > 0 ? `${facts.map((each, at) => (at === 0 ? each : lowerFirst(String(each)))).join(", ")}.` : "";
  const more = note?.text ?? text ?? "";
  return [/[.…!?]$/.test(title) ? title : `${title}.`, rest, more].filter((each) => each !== "").join(" ");
}

/** 0, 1, 2, 3: worth saying when it rises. */
function quarter(status: WireStatus): number {
  const { percent } = positionOf(status.progress);
  return percent === null ? 0 : Math.floor(percent / 25);
}
