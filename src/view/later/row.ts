/** The compact row as markup, and the empty list. Class names are those of styles.css. */
import { button } from "../button.js";
import { markOf } from "../card.js";
import { h, keyed, type Markup } from "../markup.js";
import { diamond, line, percent, place, type TrailFacts, trail } from "../trail.js";
import type { ActionView, JobView, ViewInput } from "../view-types.js";
import type { Words } from "../words.js";
import { rowView } from "./row-view.js";

/** @param question  before cancelling, while it is open */
export function row(input: ViewInput, view: JobView, question?: Markup): Markup {
  const { word, more, time, action, href } = rowView(input, view);
  const drawn = view.trail !== null && !view.ended && view.look !== "scheduled";
  const name = view.subject ?? view.title;
  // Without a status there is nothing but a title and a text.
  const nameless = view.subject === null && word === view.title;
  return h("div", { class: "wm-job", "data-status": view.look, "data-variant": "compact" }, [
    h("div", { class: "wm-row" }, [
      markOf(view),
      h("div", {}, [
        h("p", { class: "wm-row-name", tabindex: "-1" }, [
          href === null ? name : h("a", { class: "wm-row-link", href }, name),
        ]),
        nameless
          ? h("p", { class: "wm-row-line" }, view.text ?? "")
          : h("p", { class: "wm-row-line" }, [h("b", {}, word), more !== null && ` · ${more}`]),
        view.refusal !== null && h("p", { class: "wm-row-line", role: "alert" }, view.refusal),
      ]),
      drawn && view.trail !== null ? keyed("trail", smallTrail(view.trail)) : h("span", { class: "wm-trail-none" }),
      h("p", { class: "wm-row-time" }, view.note?.tone === "line" ? (view.note.strong ?? time) : time),
      h("div", { class: "wm-row-act" }, [action !== null && small(action)]),
    ]),
    question,
  ]);
}

/** Decoration here, as the words say it all; without posts but the one that moving dashes lead to. */
function smallTrail({ sign, at, unknown }: TrailFacts): Markup {
  const post = h("path", { class: "wm-trail-post", "data-done": false, d: diamond(4.5) });
  const still = h("path", { class: "wm-trail-here", "data-still": true, d: diamond(4.5) });
  return h("svg", { class: "wm-trail", "aria-hidden": "true" }, [
    line("wm-trail-ahead", at, 100),
    unknown && line("wm-trail-moving", at + 3, 100),
    at > 0 && keyed("walked", h("rect", { class: "wm-trail-walked", width: percent(at), height: 4, y: 6, rx: 2 })),
    unknown && place("post", 100, [post]),
    sign === "still" && place("still", at, [still]),
    sign === "here" && place("here", at, [h("path", { class: "wm-trail-here", d: diamond(6) })]),
  ]);
}

/** In place of a list without rows. */
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

/** In a row the retry is as plain as the rest, and starting again is quiet. */
function small(view: ActionView): Markup {
  const { icon: _, ...rest } = view;
  return button({ ...rest, kind: view.kind === "primary" ? "plain" : view.action === "retry" ? "quiet" : view.kind });
}
