/** The shapes, 16 × 16. Each status has one of its own, so that it is known without its colour. */
import { h, type Markup } from "./markup.js";

const path = (d: string, attrs: Record<string, string> = {}): Markup => h("path", { d, ...attrs });
const ring = (attrs: Record<string, string> = {}): Markup => h("circle", { cx: 8, cy: 8, r: 6.25, ...attrs });
const dot = (cx: number): Markup => h("circle", { cx, cy: 8, r: 1 });
const FILLED = { fill: "currentColor", stroke: "none" };
const again = ["M13.6 9.6A6 6 0 1 1 13 4.7", "M13.4 1.4v3.6H9.8"].map((d) => path(d));

export const SHAPES = {
  scheduled: [ring(), path("M8 4.5V8l2.4 1.6")],
  pending: [ring(), h("g", FILLED, [dot(5), dot(8), dot(11)])],
  processing: [
    path("M8 1.6 14.4 8 8 14.4 1.6 8Z", { fill: "currentColor" }),
    h("circle", { cx: 8, cy: 8, r: 2, class: "wm-cut", stroke: "none" }),
  ],
  retrying: again,
  completed: [
    h("circle", { cx: 8, cy: 8, r: 7, ...FILLED }),
    path("m4.9 8.3 2.2 2.2 4.1-4.6", { class: "wm-cut-line" }),
  ],
  failed: [
    path("M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z", FILLED),
    path("M8 4.4v4.2M8 11.4v.1", { class: "wm-cut-line" }),
  ],
  cancelling: [ring({ "stroke-dasharray": "2.2 2.1" }), path("M5 8h6")],
  cancelled: [ring(), path("M4.75 8h6.5")],
  expired: [path("M3.5 1.75h9M3.5 14.25h9M4.5 1.75v2.6L8 8l3.5-3.65v-2.6M4.5 14.25v-2.6L8 8l3.5 3.65v2.6")],
  slow: [ring(), path("M8 4.5v4M8 11.2v.1")],
  offline: [path("M2 6.2a9 9 0 0 1 4-2.1M14 6.2a9 9 0 0 0-3.6-2M4.6 9a5 5 0 0 1 3-1.4M8 12.2v.1M2 1.8 14 14")],
  reconnecting: [path("M1.8 6.2a9 9 0 0 1 12.4 0M4.4 9a5.2 5.2 0 0 1 7.2 0M8 12.2v.1")],
  purged: [ring({ "stroke-dasharray": "0.1 3.17" }), path("M5.5 8h5", { "stroke-dasharray": "0.1 2.4" })],
  unknown: [ring(), path("M6.2 6.2a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1M8 11.4v.1")],
  post: [path("M8 3.2 12.8 8 8 12.8 3.2 8Z")],
  here: [path("M8 2 14 8 8 14 2 8Z", { fill: "currentColor" })],
  tick: [path("m3 8.4 3.2 3.2L13 4.6")],
  again,
  arrow: [path("M3 8h10M9 4l4 4-4 4")],
  copy: [h("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5 }), path("M3.5 10.5h-1v-8h8v1")],
} satisfies Readonly<Record<string, readonly Markup[]>>;

export type IconName = keyof typeof SHAPES;

/** Decoration: the word beside it says the same. */
export function icon(name: IconName, more = ""): Markup {
  const attrs = { class: more === "" ? "wm-icon" : `wm-icon ${more}`, viewBox: "0 0 16 16", "aria-hidden": "true" };
  return h("svg", attrs, SHAPES[name]);
}
