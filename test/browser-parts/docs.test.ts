/** docs/component.md is held to the code: what it imports, sets and names is there. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as client from "../../src/client-web/index.js";
import { WaymarkJob } from "../../src/element/waymark-job.js";
import * as react from "../../src/react/index.js";
import { en } from "../../src/view/messages.js";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const text = read("docs/component.md");
const styles = read("src/styles.css");

describe("docs/component.md", () => {
  it("imports only what is published", () => {
    const published: Record<string, object> = { client, react };
    const imports = [...text.matchAll(/import \{([^}]+)\} from "waymark\/(\w+)"/g)];
    expect(imports.length).toBeGreaterThanOrEqual(4);
    for (const [, names = "", entry = ""] of imports) {
      const values = names.split(",").map((each) => each.trim());
      const missing = values.filter((each) => !each.startsWith("type ") && !(each in (published[entry] ?? {})));
      expect([entry, missing]).toEqual([entry, []]);
    }
  });

  it("names custom properties that the styles have", () => {
    const named = [...new Set(text.match(/--wm-[\w-]+/g))];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((each) => !styles.includes(`${each}:`))).toEqual([]);
  });

  it("names every attribute of the element", () => {
    const named = WaymarkJob.observedAttributes.filter((each) => text.includes(`\`${each}\``));
    expect(named).toEqual(WaymarkJob.observedAttributes);
  });

  it("replaces texts by keys that exist", () => {
    const keys = [...text.matchAll(/"(\w+\.\w+)": "/g)].map(([, key]) => key);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.filter((key) => !(String(key) in en))).toEqual([]);
  });
});

describe("the styles", () => {
  it("touch nothing but wm- classes, the element, and custom properties of the page", () => {
    const selectors = [...styles.replace(/\/\*[^]*?\*\//g, "").matchAll(/([^{};]+)\{/g)].map(([, each = ""]) =>
      each.trim(),
    );
    const global = selectors.flatMap((each) => each.split(/,(?![^(]*\))/)).map((each) => each.trim());
    const own = /^(@|:where\(:root\)$|:where\(\[data-theme="(light|dark)"\]\)$|\.wm-|waymark-job$|to$|\d+%$)/;
    expect(global.filter((each) => !own.test(each))).toEqual([]);
  });

  it("have a rule for each state the markup can be in, and keep still where motion is not wanted", () => {
    for (const state of ["scheduled", "processing", "retrying", "completed", "failed", "expired"]) {
      expect(styles).toContain(`[data-status="${state}"]`);
    }
    expect(styles).toContain("prefers-reduced-motion");
    expect(styles).toContain("forced-colors");
    expect(styles).toContain("prefers-contrast");
  });
});
