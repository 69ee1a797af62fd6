/**
 * The trail: solid where the job has been, dashed where it goes, a diamond where it is. Geometry stands in attributes with
 * percent, so that it stretches without script and survives any content security policy. Pure.
 */
import { h, keyed, type Markup } from "./markup.js";

export interface TrailFacts {
  /** What stands at the end of the walked part. */
  readonly sign: "none" | "still" | "here" | EndSign;
  /** How far, 0 … 100. */
  readonly at: number;
  /** Weighted ends of the stages, 0 … 100, the last one at 100; none for a job without stages. */
  readonly posts: readonly number[];
  /** Whether nobody knows how far the current stretch is: its dashes move. */
  readonly unknown: boolean;
  /** What it tells assistive technology; null while it is decoration. */
  readonly meter: { readonly label: string; readonly now: number | null; readonly text: string } | null;
}

/** A post nearer to the mark than this would touch it. */
const CLEAR = 2.5;
/** Of an end's sign: the ground, and what stands on it. */
export type EndSign = readonly [ground: string, mark: string];
export const DISC = "M0-7.5A7.5 7.5 0 1 1 0 7.5 7.5 7.5 0 1 1 0-7.5Z";
export const TICKED: EndSign = [DISC, "M-3 .3-1 2.3 3-2.2"];

export function trail(facts: TrailFacts): Markup {
  const { sign, unknown, meter } = facts;
  const at = sign === TICKED ? 100 : Math.min(100, Math.max(0, facts.at));
  const ends = facts.posts.length > 0 ? facts.posts : [100];
  const done = (post: number): boolean => post <= at && sign !== "still" && sign !== "none";
  const next = ends.find((post) => post > at) ?? 100;
  // A post under the here-mark or an end's sign is left out.
  const marked = sign !== "none";
  const posts = ends.filter((post) => !marked || Math.abs(post - at) >= CLEAR);

  const label: Record<string, string | number | null> =
    meter === null
      ? { "aria-hidden": "true" }
      : {
          role: "progressbar",
          "aria-label": meter.label,
          "aria-valuemin": 0,
          "aria-valuemax": 100,
          "aria-valuenow": meter.now,
          "aria-valuetext": meter.text,
        };
  return h("svg", { class: "wm-trail", ...label }, [
    sign !== TICKED && line("wm-trail-ahead", at, 100),
    unknown && line("wm-trail-moving", at + 1.9, next),
    at > 0 && keyed("walked", h("rect", { class: "wm-trail-walked", width: percent(at), height: 4, y: 6, rx: 2 })),
    ...posts.map((post) =>
      place(`post-${ends.indexOf(post)}`, post, [
        h("path", { class: "wm-trail-post", "data-done": done(post), d: diamond(4.5) }),
      ]),
    ),
    sign === "still" &&
      place("still", at, [h("path", { class: "wm-trail-here", "data-still": true, d: diamond(5.5) })]),
    sign === "here" && place("here", at, [h("path", { class: "wm-trail-here", d: diamond(7) })]),
    typeof sign !== "string" &&
      place("end", at, [
        h("path", { class: "wm-trail-end", d: sign[0] }),
        h("path", { class: "wm-trail-sign", d: sign[1] }),
      ]),
  ]);
}

export function line(name: string, from: number, to: number): Markup {
  return keyed(name, h("line", { class: name, x1: percent(Math.min(from, to)), x2: percent(to), y1: 8, y2: 8 }));
}

export function place(key: string, at: number, children: Markup[]): Markup {
  return keyed(key, h("svg", { x: percent(at), y: 8, overflow: "visible" }, children));
}

export function diamond(r: number): string {
  return `M0-${r} ${r} 0 0 ${r}-${r} 0Z`;
}

export function percent(n: number): string {
  return `${Math.round(n * 10_000) / 10_000}%`;
}
