/** The full card as markup, and the skeleton in its place. Class names are those of styles.css; nothing here decides anything. */
import { button } from "./button.js";
import { HERE, icon, POST, type Shape, TICK } from "./icons.js";
import { h, keyed, type Markup } from "./markup.js";
import { trail } from "./trail.js";
import type { JobView, StageRow } from "./view-types.js";
import type { Words } from "./words.js";

/** What an ordinary job has none of; drawn by later/extras.ts. */
export interface Extras {
  readonly note: Markup | null;
  /** After the buttons: why one is not there, and what names a failure. */
  readonly foot: readonly Markup[];
}
export const NO_EXTRAS: Extras = { note: null, foot: [] };

/**
 * @param question      before cancelling, while it is open
 * @param headingLevel  2 … 6
 */
export function card(view: JobView, words: Words, extras: Extras, question?: Markup, headingLevel = 3): Markup {
  const heading = `h${Math.min(6, Math.max(2, Math.round(headingLevel)))}`;
  return h("article", { class: "wm-job", "data-status": view.look, "data-variant": "full" }, [
    h("header", { class: "wm-job-head" }, [
      markOf(view),
      h("div", {}, [
        h(heading, { class: "wm-job-title", tabindex: "-1" }, view.title),
        view.subject !== null && h("p", { class: "wm-job-subject" }, view.subject),
      ]),
      view.corner !== null && h("p", { class: "wm-job-percent" }, view.corner),
    ]),
    view.trail !== null && keyed("trail", trail(view.trail)),
    view.text === null ? facts(view) : keyed("text", h("div", {}, [h("p", { class: "wm-job-text" }, view.text)])),
    extras.note,
    view.stages.length > 1 && stages(view.stages, words),
    (view.actions.length > 0 || extras.foot.length > 0) &&
      keyed("actions", h("footer", { class: "wm-job-actions" }, [...view.actions.map(button), ...extras.foot])),
    question,
  ]);
}

export function skeleton(words: Words, variant: "full" | "compact", quiet: boolean): Markup {
  const bar = (w: string): Markup => h("span", { class: "wm-skeleton", "data-w": w });
  const full = variant === "full";
  const bars = full ? [bar("2"), bar("3"), bar("1")] : [h("div", { class: "wm-row" }, [bar("3"), bar("2")])];
  const attrs = { "data-status": "loading", "data-variant": variant, "data-quiet": quiet, "aria-busy": "true" };
  const text = h("span", { class: "wm-hidden" }, words.say("loading.text"));
  return h(full ? "article" : "div", { class: "wm-job", ...attrs }, [...bars, text]);
}

/** In place of a picture that this page has not all parts of, and could not load them. */
export function incomplete(words: Words, variant: "full" | "compact"): Markup {
  const attrs = { class: "wm-job", "data-status": "unknown", "data-variant": variant };
  return h(variant === "full" ? "article" : "div", attrs, [h("p", { class: "wm-job-text" }, words.say("incomplete"))]);
}

export function markOf({ icon: shape, look }: JobView): Markup {
  return icon(shape, look === "cancelling" ? " wm-job-mark wm-pulse" : " wm-job-mark");
}

function facts({ line, time }: JobView): Markup | false {
  if (line === null && time === null) return false;
  const children = [h("p", {}, line ?? ""), time !== null && h("p", { class: "wm-job-time" }, time)];
  return keyed("facts", h("div", { class: "wm-job-facts" }, children));
}

const STAGE_SHAPE: Record<StageRow["state"], Shape> = { done: TICK, current: HERE, upcoming: POST };

function stages(rows: readonly StageRow[], words: Words): Markup {
  const item = ({ state, name, time }: StageRow): Markup =>
    h("li", { class: "wm-stage", "data-state": state, "aria-current": state === "current" && "step" }, [
      icon(STAGE_SHAPE[state]),
      h("span", {}, [name, h("span", { class: "wm-hidden" }, ` (${words.say(`stage.${state}`)})`)]),
      h("span", { class: "wm-stage-time" }, time),
    ]);
  return keyed("stages", h("ol", { class: "wm-stages" }, rows.map(item)));
}
