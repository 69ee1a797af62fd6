/** The trail and the markup around it: geometry in attributes, nothing a strict content security policy refuses. */
import "./all-parts.js";
import { describe, expect, it } from "vitest";
import { emptySnapshot } from "../../src/client-web/snapshot.js";
import type { WireStatus } from "../../src/core/wire.js";
import { STOP_SIGN } from "../../src/view/later/end-signs.js";
import type { Markup } from "../../src/view/markup.js";
import { STILL } from "../../src/view/pace.js";
import { present } from "../../src/view/present.js";
import { TICKED, trail } from "../../src/view/trail.js";
import { completed, failed, NOW, pending, processing, retrying, scheduled, stages, stopped } from "./jobs.js";

const now = Date.parse(NOW);
const POSTS = [2 / 17, 12 / 17, 15 / 17, 1].map((part) => part * 100);
const facts = { at: 0, posts: POSTS, unknown: false, meter: null, sign: "here" } as const;

/** Every element of a tree with one of these classes, as its attributes. */
function all(markup: Markup, name: string): Markup[] {
  const own = markup.attrs["class"]?.split(" ").includes(name) === true ? [markup] : [];
  return [...own, ...markup.children.flatMap((child) => (typeof child === "string" ? [] : all(child, name)))];
}
const places = (markup: Markup, name: string): (string | undefined)[] =>
  markup.children.flatMap((child) =>
    typeof child !== "string" && child.tag === "svg" && all(child, name).length > 0 ? [child.attrs["x"]] : [],
  );

function everyState(): [string, WireStatus | null][] {
  const half = { progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }) };
  return [
    ["loading", null],
    ["scheduled", scheduled(NOW)],
    ["pending", pending({ reason: "position", ahead: 3 })],
    ["processing", processing({ ...half, estimate: { basedOn: 9, slowerThanUsual: true } })],
    ["unknown total", processing({ progress: stages("Generating", { percent: 70 }) })],
    ["cancelling", processing({ ...half, cancelRequestedAt: NOW })],
    ["retrying", retrying(8_000, "x")],
    ["completed", completed()],
    ["failed", failed("temporary", "x", true)],
    ["cancelled", stopped("cancelled", half)],
    ["expired", stopped("expired")],
  ];
}

describe("the trail", () => {
  it("is solid to the here-mark and dashed from there, with posts at the weighted ends of the stages", () => {
    const drawn = trail({ ...facts, at: 49.2 });
    expect(all(drawn, "wm-trail-walked")[0]?.attrs["width"]).toBe("49.2%");
    expect(all(drawn, "wm-trail-ahead")[0]?.attrs).toMatchObject({ x1: "49.2%", x2: "100%" });
    expect(places(drawn, "wm-trail-here")).toEqual(["49.2%"]);
    expect(places(drawn, "wm-trail-post")).toEqual(["11.7647%", "70.5882%", "88.2353%", "100%"]);
    expect(all(drawn, "wm-trail-post").map(({ attrs }) => "data-done" in attrs)).toEqual([true, false, false, false]);
  });

  it("leaves out posts that the here-mark would touch", () => {
    expect(places(trail({ ...facts, at: 70.6 }), "wm-trail-post")).toEqual(["11.7647%", "88.2353%", "100%"]);
  });

  it("moves its dashes from here to the next post while the total is unknown", () => {
    const drawn = trail({ ...facts, at: 70.6, unknown: true });
    expect(all(drawn, "wm-trail-moving")[0]?.attrs).toMatchObject({ x1: "72.5%", x2: "88.2353%" });
  });

  it("has no posts in a compact row", () => {
    const status = processing({ progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }) });
    const row = present(emptySnapshot("j", now, status), { ...STILL, now }, { variant: "compact" })!.markup;
    expect([all(row, "wm-trail").length, all(row, "wm-trail-post")]).toEqual([1, []]);
  });

  it.each([
    ["none", { sign: "none" }, "wm-trail-here", 0],
    ["a hollow diamond at the start while waiting", { sign: "still" }, "wm-trail-here", 1],
    ["a sign where it stopped", { sign: STOP_SIGN, at: 40 }, "wm-trail-end", 1],
    ["a disc at the end", { sign: TICKED }, "wm-trail-end", 1],
  ] as const)("ends in %s", (_what, change, name, count) => {
    expect(all(trail({ ...facts, ...change }), name).length).toBe(count);
  });

  it("is a progress bar with a name and words, with a value only when it is known", () => {
    const shown = (status: WireStatus) =>
      all(present(emptySnapshot("j", now, status), { ...STILL, now }, { subject: "cars.csv" })!.markup, "wm-trail")[0]
        ?.attrs;
    expect(shown(processing({ progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }) }))).toMatchObject(
      {
        role: "progressbar",
        "aria-label": "Progress of cars.csv",
        "aria-valuenow": "49",
        "aria-valuetext": "49 percent, analyzing",
      },
    );
    const unknown = shown(processing({ progress: stages("Generating", { percent: 70 }) }));
    expect(unknown).toMatchObject({ role: "progressbar", "aria-valuetext": "generating" });
    expect(unknown).not.toHaveProperty("aria-valuenow");
    expect(shown(completed())).toMatchObject({ "aria-hidden": "true" });
  });
});

describe("the markup", () => {
  const drawn = everyState().flatMap(([name, status]) =>
    (["full", "compact"] as const).map((variant) => {
      const timing = { ...STILL, now, asking: status?.status === "processing" };
      return [`${name}, ${variant}`, present(emptySnapshot("j", now, status), timing, { variant })!.markup] as const;
    }),
  );
  const visit = (markup: Markup, see: (each: Markup) => void): void => {
    see(markup);
    for (const child of markup.children) if (typeof child !== "string") visit(child, see);
  };

  it.each(drawn)("of %s holds no style, no handler and no address (CSP)", (_name, markup) => {
    visit(markup, ({ tag, attrs }) => {
      expect(Object.keys(attrs).filter((name) => /^(style|on|href|src|xlink)/.test(name))).toEqual([]);
      expect(["script", "style", "foreignObject"]).not.toContain(tag);
    });
  });

  it.each(drawn)("of %s hides every icon from assistive technology and names every button", (_name, markup) => {
    const wrong: string[] = [];
    visit(markup, ({ tag, attrs, children }) => {
      const named = children.some((child) => typeof child === "string" && child !== "");
      if (tag === "button" && !named) wrong.push("a button without a name");
      if (attrs["class"]?.startsWith("wm-icon") && attrs["aria-hidden"] !== "true") wrong.push("an icon that speaks");
    });
    expect(wrong).toEqual([]);
  });

  it("puts the state on the root, where the styles look for it", () => {
    for (const [, markup] of drawn) expect(markup.attrs).toMatchObject({ class: "wm-job" });
    expect(new Set(drawn.map(([, { attrs }]) => attrs["data-status"]))).toEqual(
      new Set([
        "loading",
        "scheduled",
        "pending",
        "processing",
        "cancelling",
        "retrying",
        "completed",
        "failed",
        "cancelled",
        "expired",
      ]),
    );
  });
});
