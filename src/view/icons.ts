/**
 * The shapes of an ordinary job, 16 × 16, and how a shape is drawn. Each status has one of its own, so that it is known
 * without its colour. The shapes of the other states are in later/icons.ts.
 */
import { h, type Markup } from "./markup.js";

/** What an icon is made of. */
export type Shape = readonly Markup[];

export const FILLED = { fill: "currentColor", stroke: "none" };
export const path = (d: string, attrs: Record<string, string> = {}): Markup => h("path", { d, ...attrs });
export const ring = (attrs: Record<string, string> = {}): Markup => h("circle", { cx: 8, cy: 8, r: 6.25, ...attrs });
const dot = (cx: number): Markup => h("circle", { cx, cy: 8, r: 1 });

export const PENDING: Shape = [ring(), h("g", FILLED, [dot(5), dot(8), dot(11)])];
export const PROCESSING: Shape = [
  path("M8 1.6 14.4 8 8 14.4 1.6 8Z", { fill: "currentColor" }),
  h("circle", { cx: 8, cy: 8, r: 2, class: "wm-cut", stroke: "none" }),
];
export const COMPLETED: Shape = [
  h("circle", { cx: 8, cy: 8, r: 7, ...FILLED }),
  path("m4.9 8.3 2.2 2.2 4.1-4.6", { class: "wm-cut-line" }),
];
/** A place on the way that lies ahead, the place where the job is, and one that lies behind. */
export const POST: Shape = [path("M8 3.2 12.8 8 8 12.8 3.2 8Z")];
export const HERE: Shape = [path("M8 2 14 8 8 14 2 8Z", { fill: "currentColor" })];
export const TICK: Shape = [path("m3 8.4 3.2 3.2L13 4.6")];
export const ARROW: Shape = [path("M3 8h10M9 4l4 4-4 4")];

/** Decoration: the word beside it says the same. */
export function icon(shape: Shape, more = ""): Markup {
  return h("svg", { class: `wm-icon${more}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, shape);
}
