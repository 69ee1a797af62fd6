/**
 * The trail: solid where the job has been, dashed where it goes, a diamond where it is. Geometry stands in attributes with
 * percent, so that it stretches without script and survives any content security policy. Pure.
 */
import { h, keyed, type Markup } from "./markup.js";

export interface TrailFacts {
  /** What stands at the end of the walked part. */
  readonly sign: "none" | "still" | "here" | "completed" | "failed" | "cancelled" | "expired";
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
const DISC = "M0-7.5A7.5 7.5 0 1 1 0 7.5 7.5 7.5 0 1 1 0-7.5Z";
const ENDS = {
  completed: [DISC, "M-3 .3-1 2.3 3-2.2"],
  failed: ["M-3-7H3L7-3V3L3 7H-3L-7 3V-3Z", "M0-3.2V.6M0 3v.05"],
  cancelled: [DISC, "M-3 0H3"],
  expired: [DISC, "M-2.6-2.6 2.6 2.6M2.6-2.6-2.6 2.6"],
} as const;

/** @param small  in a compact row: no posts but the one the moving dashes lead to */
export function trail(facts: TrailFacts, small = false): Markup {
  const { sign, unknown, meter } = facts;
  const at = sign === "completed" ? 100 : Math.min(100, Math.max(0, facts.at));
  const ends = facts.posts.length > 0 ? facts.posts : [100];
  const done = (post: number): boolean => post <= at && sign !== "still" && sign !== "none";
  const next = ends.find((post) => post > at) ?? 100;
  // A post under the here-mark or an end's sign is left out.
  const marked = sign !== "none";
  const posts = (small ? (unknown ? [100] : []) : ends).filter((post) => !marked || Math.abs(post - at) >= CLEAR);

  const label: Record<string, string | number | null> =
    meter === null || small
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
    sign !== "completed" && line("wm-trail-ahead", at, 100),
    unknown && line("wm-trail-moving", at + (small ? 3 : 1.9), next),
    at > 0 && keyed("walked", h("rect", { class: "wm-trail-walked", width: percent(at), height: 4, y: 6, rx: 2 })),
    ...posts.map((post) =>
      place(`post-${ends.indexOf(post)}`, post, [
        h("path", { class: "wm-trail-post", "data-done": done(post), d: diamond(4.5) }),
      ]),
    ),
    sign === "still" &&
      place("still", at, [h("path", { class: "wm-trail-here", "data-still": true, d: diamond(small ? 4.5 : 5.5) })]),
    sign === "here" && place("here", at, [h("path", { class: "wm-trail-here", d: diamond(small ? 6 : 7) })]),
    sign in ENDS && place("end", at, endSign(sign as keyof typeof ENDS)),
  ]);
}

function endSign(sign: keyof typeof ENDS): Markup[] {
  const [end, mark] = ENDS[sign];
  return [h("path", { class: "wm-trail-end", d: end }), h("path", { class: "wm-trail-sign", d: mark })];
}

function line(name: string, from: number, to: number): Markup {
  return keyed(name, h("line", { class: name, x1: percent(Math.min(from, to)), x2: percent(to), y1: 8, y2: 8 }));
}

function place(key: string, at: number, children: Markup[]): Markup {
  return keyed(key, h("svg", { x: percent(at), y: 8, overflow: "visible" }, children));
}

function diamond(r: number): string {
  return `M0-${r} ${r} 0 0 ${r}-${r} 0Z`;
}

function percent(n: number): string {
  return `${Math.round(n * 10_000) / 10_000}%`;
}
