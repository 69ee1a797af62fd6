/** The full card and the compact row as markup. Class names are those of styles.css; nothing here decides anything. */
import { type IconName, icon } from "./icons.js";
import { h, keyed, type Markup } from "./markup.js";
import { trail } from "./trail.js";
import type { ActionView, JobView, NoteView, StageRow } from "./view-types.js";
import type { Words } from "./words.js";

export type Variant = "full" | "compact";

export interface CardOptions {
  readonly words: Words;
  /** Level of the card's heading, 2 … 6. Default 3. */
  readonly headingLevel?: number;
  /** The question before cancelling, when it is open. */
  readonly question: string | null;
  readonly copied?: boolean;
  /** Loading, but not for so long that it shows. */
  readonly quiet?: boolean;
}

export function card(view: JobView, options: CardOptions): Markup {
  const { words } = options;
  if (view.look === "loading") return loading("article", options);
  const heading = `h${Math.min(6, Math.max(2, Math.round(options.headingLevel ?? 3)))}`;
  const paragraph = view.text !== null && keyed("text", h("div", {}, [h("p", { class: "wm-job-text" }, view.text)]));
  const facts =
    view.text === null &&
    (view.line !== null || view.time !== null) &&
    keyed(
      "facts",
      h("div", { class: "wm-job-facts" }, [
        h("p", {}, view.line ?? ""),
        view.time !== null && h("p", { class: "wm-job-time" }, view.time),
      ]),
    );
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
    paragraph || facts,
    view.note !== null && note(view.note),
    view.stages.length > 1 && stages(view.stages, words),
    footer(view, options),
    question(options),
  ]);
}

export function row(view: JobView, options: CardOptions): Markup {
  if (view.look === "loading") return loading("div", options);
  const { word, more, time } = view.row;
  const drawn = view.trail !== null && !view.ended && view.look !== "scheduled";
  const action = view.rowAction;
  const name = view.subject ?? view.title;
  // Without a status there is nothing but a title and a text.
  const nameless = view.subject === null && word === view.title;
  return h("div", { class: "wm-job", "data-status": view.look, "data-variant": "compact" }, [
    h("div", { class: "wm-row" }, [
      markOf(view),
      h("div", {}, [
        h("p", { class: "wm-row-name", tabindex: "-1" }, [
          view.rowHref === null ? name : h("a", { class: "wm-row-link", href: view.rowHref }, name),
        ]),
        nameless
          ? h("p", { class: "wm-row-line" }, view.text ?? "")
          : h("p", { class: "wm-row-line" }, [h("b", {}, word), more !== null && ` · ${more}`]),
        view.refusal !== null && h("p", { class: "wm-row-line", role: "alert" }, view.refusal),
      ]),
      drawn && view.trail !== null ? keyed("trail", trail(view.trail, true)) : h("span", { class: "wm-trail-none" }),
      h("p", { class: "wm-row-time" }, view.note?.tone === "line" ? (view.note.strong ?? time) : time),
      h("div", { class: "wm-row-act" }, [action !== null && small(action)]),
    ]),
    question(options),
  ]);
}

/** The list around rows. Every row is an `<li>`. */
export function emptyList(words: Words): Markup {
  const facts = { sign: "none", at: 0, posts: [100 / 3, 200 / 3, 100], unknown: false, meter: null } as const;
  return h("div", { class: "wm-list" }, [
    h("div", { class: "wm-empty" }, [
      trail(facts),
      h("p", { class: "wm-empty-title" }, words.say("list.emptyTitle")),
      h("p", {}, words.say("list.emptyText")),
    ]),
  ]);
}

function markOf(view: JobView): Markup {
  return icon(view.icon, view.look === "cancelling" ? "wm-job-mark wm-pulse" : "wm-job-mark");
}

function note({ tone, icon: name, strong, text }: NoteView): Markup {
  return keyed(
    "note",
    h("div", { class: "wm-note", "data-tone": tone }, [
      icon(name),
      h("p", {}, [strong !== undefined && h("strong", {}, strong), strong === undefined ? text : ` ${text}`]),
    ]),
  );
}

const STAGE_ICON: Record<StageRow["state"], IconName> = { done: "tick", current: "here", upcoming: "post" };

function stages(rows: readonly StageRow[], words: Words): Markup {
  const item = ({ state, name, time }: StageRow): Markup =>
    h("li", { class: "wm-stage", "data-state": state, "aria-current": state === "current" && "step" }, [
      icon(STAGE_ICON[state]),
      h("span", {}, [name, h("span", { class: "wm-hidden" }, ` (${words.say(`stage.${state}`)})`)]),
      h("span", { class: "wm-stage-time" }, time),
    ]);
  return keyed("stages", h("ol", { class: "wm-stages" }, rows.map(item)));
}

function footer(view: JobView, { words, copied = false }: CardOptions): Markup | null {
  const { actions, refusal, reference } = view;
  if (actions.length === 0 && refusal === null && reference === null) return null;
  return keyed(
    "actions",
    h("footer", { class: "wm-job-actions" }, [
      ...actions.map((each) =>
        button(each.action === "copy" && copied ? { ...each, label: words.say("action.copied") } : each),
      ),
      refusal !== null && keyed("refusal", h("p", { class: "wm-job-ref", role: "alert" }, refusal)),
      reference !== null &&
        keyed("reference", h("p", { class: "wm-job-ref" }, [`${words.say("reference")} `, h("code", {}, reference)])),
    ]),
  );
}

function button({ action, label, kind, icon: name, busy, href }: ActionView): Markup {
  const attrs = { class: "wm-button", "data-kind": kind === "plain" ? null : kind };
  const children = [name !== undefined && icon(name), label];
  if (href !== undefined) return keyed(action, h("a", { ...attrs, href }, children));
  const disabled = busy === true ? "true" : null;
  return { ...h("button", { type: "button", ...attrs, "aria-disabled": disabled }, children), key: action, action };
}

/** In a row the retry is as plain as the rest, and starting again is quiet. */
function small(view: ActionView): Markup {
  const { icon: _, ...rest } = view;
  return button({ ...rest, kind: view.kind === "primary" ? "plain" : view.action === "retry" ? "quiet" : view.kind });
}

function question({ words, question: text }: CardOptions): Markup | null {
  if (text === null) return null;
  const keep: ActionView = { action: "keep", label: words.say("ask.keep"), kind: "primary" };
  const stop: ActionView = { action: "stop", label: words.say("ask.stop"), kind: "plain" };
  return keyed(
    "question",
    h("dialog", { class: "wm-dialog", "aria-label": text }, [
      h("p", {}, text),
      h("div", { class: "wm-job-actions" }, [button(keep), button(stop)]),
    ]),
  );
}

function loading(tag: "article" | "div", { words, quiet = false }: CardOptions): Markup {
  const bar = (w: string): Markup => h("span", { class: "wm-skeleton", "data-w": w });
  const variant = tag === "article" ? "full" : "compact";
  const bars =
    variant === "full" ? [bar("2"), bar("3"), bar("1")] : [h("div", { class: "wm-row" }, [bar("3"), bar("2")])];
  const attrs = { "data-status": "loading", "data-variant": variant, "data-quiet": quiet, "aria-busy": "true" };
  return h(tag, { class: "wm-job", ...attrs }, [...bars, h("span", { class: "wm-hidden" }, words.say("loading.text"))]);
}
