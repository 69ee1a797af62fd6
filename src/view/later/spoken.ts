/** What is said aloud of a job, and what stands in the page's tab. */
import type { WireStatus } from "../../core/wire.js";
import { subjectOf } from "../common.js";
import { positionOf } from "../position.js";
import type { JobView, ViewInput } from "../view-types.js";
import { lowerFirst } from "../words.js";
import type { Sayable } from "./announcer.js";
import { rowView } from "./row-view.js";

/** `beat` changes when something happened that is worth saying. */
export function spoken(input: ViewInput, view: JobView): Sayable {
  const { status } = input.snapshot;
  const { look, title, ended } = view;
  if (status === null || look === "unknown" || look === "purged") {
    return { beat: look === "loading" ? look : `${look}|${title}|`, say: sentence(view, null), ended };
  }
  const { stage = "" } = status.progress ?? {};
  const told = [look, title, stage ?? "", status.generation, status.attempt, quarter(status), view.note?.tone ?? ""];
  return { beat: told.join("|"), say: sentence(view, cornerInWords(input, view, status)), ended };
}

/** "49% · cars.csv" */
export function tabTitle(input: ViewInput, view: JobView): string {
  const { status } = input.snapshot;
  if (status === null || view.look === "unknown" || view.look === "purged") {
    return input.options.subject ?? view.title;
  }
  const state = status.status === "processing" && view.corner !== null ? view.corner : rowView(input, view).word;
  return `${state} · ${subjectOf(input, status) ?? status.kind}`;
}

function cornerInWords({ words }: ViewInput, { corner }: JobView, status: WireStatus): string | null {
  if (corner === null || status.status !== "processing") return corner;
  return words.say("percent", { n: positionOf(status.progress).percent ?? 0 });
}

function sentence({ title, note, time, text }: JobView, corner: string | null): string {
  if (note?.strong !== undefined) return `${note.strong} ${note.text}`;
  const facts = [corner, time].filter((each) => each !== null && each !== "");
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
