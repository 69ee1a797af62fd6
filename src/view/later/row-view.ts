/** What a compact row says: "**Analyzing** · 49%", what stands at its end, where its name leads and what can be done. */
import type { WireStatus } from "../../core/wire.js";
import { linkAction } from "../common.js";
import type { ActionView, JobView, ViewInput } from "../view-types.js";
import { countOf, labelOf } from "../working-view.js";
import { until } from "./dates.js";

export interface RowView {
  readonly word: string;
  readonly more: string | null;
  readonly time: string;
  readonly action: ActionView | null;
  /** The result once there is one, else more about the job. */
  readonly href: string | null;
}

/** Beyond this many the server stops counting. */
const AHEAD_LIMIT = 1_000;

export function rowView(input: ViewInput, view: JobView): RowView {
  const { status } = input.snapshot;
  const { word, more = null, time = "" } = status === null ? { word: view.title } : factsOf(input, view, status);
  return { word, more, time, action: actionOf(input, view), href: hrefOf(input, view) };
}

interface Facts {
  readonly word: string;
  readonly more?: string | null;
  readonly time?: string;
}

function factsOf(input: ViewInput, view: JobView, status: WireStatus): Facts {
  const { words } = input;
  const time =
    "finishedAt" in status ? until(words, Date.parse(status.finishedAt), input.timing.now) : (view.time ?? "");
  switch (view.look) {
    case "scheduled":
      return { word: words.say("scheduled.word"), time: view.title };
    case "pending":
      return { ...pending(input, view, status), time };
    case "processing":
      return status.status === "processing" ? { ...working(input, view, status), time } : { word: view.title, time };
    case "retrying":
      return { word: words.say("retrying.word"), more: view.corner, time: view.line ?? "" };
    case "completed": {
      const { processingMs } = status;
      return { word: words.say("completed.word"), more: processingMs === null ? null : words.took(processingMs), time };
    }
    case "failed":
      return { word: words.say("failed.word"), more: status.status === "failed" ? status.error.message : null, time };
    case "cancelled":
    case "expired":
      return { word: view.title, time };
    default:
      return { word: view.title };
  }
}

function pending({ words }: ViewInput, view: JobView, status: WireStatus): Facts {
  const reason = "waiting" in status ? status.waiting : null;
  if (reason?.reason === "queue_paused") return { word: view.title, more: words.say("paused.short") };
  if (reason?.reason !== "position" || reason.ahead === 0) return { word: view.title };
  const many = reason.ahead >= AHEAD_LIMIT;
  return {
    word: words.say("pending.word"),
    more: many ? null : words.say("position.short", { n: reason.ahead }),
  };
}

function working(input: ViewInput, view: JobView, status: Extract<WireStatus, { status: "processing" }>): Facts {
  const { words } = input;
  const label = labelOf(input, status.progress?.stage ?? null);
  const counted = view.corner ?? countOf(words, status, label);
  const slow = status.estimate?.slowerThanUsual === true ? words.say("slow.short") : null;
  return {
    word: label?.name ?? words.say("working.word"),
    more: [counted, slow].filter((each) => each !== null).join(" · ") || null,
  };
}

/** The one action there is room for: of a failed job the retry, or the way to more about it. */
function actionOf(input: ViewInput, { look, actions }: JobView): ActionView | null {
  if (look !== "failed") return actions[0] ?? null;
  const details = { label: input.words.say("action.details"), kind: "quiet" } as const;
  return actions.find(({ action }) => action === "retry") ?? linkAction(input, "details", details);
}

function hrefOf(input: ViewInput, { look }: JobView): string | null {
  if (look === "unknown" || look === "purged") return null;
  const nameless = { label: "", kind: "plain" } as const;
  const open = look === "completed" ? linkAction(input, "open", nameless)?.href : undefined;
  return open ?? linkAction(input, "details", nameless)?.href ?? null;
}
