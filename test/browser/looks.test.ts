/** How the pages look to everybody: wide and narrow, by day and by night, to a screen reader, without motion. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { beforeAll, expect, it, vi } from "vitest";
import { screenshot, visit } from "./browser.js";
import { describeInBrowser, signIn, take } from "./demo.js";

const WIDTHS = [1280, 390, 320] as const;
/** Pictures of these are kept for both themes, of the others for one. */
const BY_NIGHT = ["processing", "start", "story", "failed"];

describeInBrowser("the looks of the demo", (world) => {
  /** Addresses by the page's name, of Ada's jobs. */
  const pages = new Map<string, string>();
  beforeAll(async () => {
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    for (const [name, path] of [
      ["failed", "rehearsals/broken"],
      ["story", "samples/seattle-weather"],
      ["story-wide", "samples/birdstrikes"],
    ] as const) {
      const headers = { origin: world.demo.url };
      const { jobId } = await (await page.request.post(`${world.demo.url}/${path}`, { headers })).json();
      pages.set(name, `${world.demo.url}/${name === "failed" ? "jobs" : "stories"}/${jobId}`);
      const status = async () => (await (await page.request.get(`${world.demo.url}/api/jobs/${jobId}`)).json()).status;
      const end = name === "failed" ? "failed" : "completed";
      await vi.waitFor(async () => expect(await status()).toBe(end), { timeout: 30_000, interval: 200 });
    }
    pages.set("sign-in", `${world.demo.url}/sign-in`);
    pages.set("start", world.demo.url);
    pages.set("stories", `${world.demo.url}/stories`);
    pages.set("not-found", `${world.demo.url}/jobs/01a00000-0000-7000-8000-000000000000`);
    await context.close();
  }, 240_000);
  /** Signed in, with a job at work whose page is the last one looked at. */
  async function open(scheme: "light" | "dark"): ReturnType<typeof visit> {
    const visited = await visit(world.browser, { colorScheme: scheme });
    await signIn(visited.page, world.demo, "ada");
    pages.set("processing", await take(visited.page, /^Slow work/));
    return visited;
  }
  async function settled(page: Page, name: string): Promise<void> {
    if (name === "processing") await page.getByRole("heading", { name: /^Analyzing/ }).waitFor();
    if (name === "failed") await page.getByRole("heading", { name: "We could not read this file" }).waitFor();
    if (name === "start") await page.locator("#jobs li").first().waitFor();
  }

  for (const scheme of ["light", "dark"] as const) {
    it(`axe finds nothing, nothing is wider than the screen, and no page complains (${scheme})`, async () => {
      const { page, context, problems } = await open(scheme);
      const names = ["processing", ...[...pages.keys()].filter((name) => name !== "processing")];
      for (const name of names) {
        await page.goto(pages.get(name) ?? "");
        await settled(page, name);
        const axe = new AxeBuilder({ page }).setLegacyMode(true);
        // By night only the colours are others.
        const { violations } = await (scheme === "light"
          ? axe
          : axe.withRules(["color-contrast", "link-in-text-block"])
        ).analyze();
        const found = violations.map(
          ({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => node.target).join(" ")}`,
        );
        expect(found).toEqual([]);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const wide = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          expect(wide, `${name} at ${width}`).toBeLessThanOrEqual(0);
          if (width !== 320 && (scheme === "light" || BY_NIGHT.includes(name)))
            await screenshot(page, `${name}-${width}-${scheme}`);
        }
        await page.setViewportSize({ width: 1280, height: 900 });
      }
      // A page that is not there is told by the browser too.
      expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
      await context.close();
    });
  }

  it("with less motion nothing moves by itself", async () => {
    const { page, context } = await visit(world.browser, { reducedMotion: "reduce" });
    await signIn(page, world.demo, "ada");
    await take(page, /^Slow work/);
    await page.getByRole("heading", { name: /^Analyzing/ }).waitFor();
    const moving = await page.evaluate<number>(
      "document.getAnimations().filter((each) => Number(each.effect?.getComputedTiming().duration) > 1).length",
    );
    expect(moving).toBe(0);
    await context.close();
  });

  it("every page is served with the strict policy, and no page carries a style or a script of its own", async () => {
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    for (const [name, address] of pages) {
      const response = await page.request.get(address);
      expect(response.headers()["content-security-policy"], name).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
      );
      const {
        "cache-control": cache,
        "x-content-type-options": sniff,
        "referrer-policy": referrer,
      } = response.headers();
      expect({ cache, sniff, referrer }).toEqual({ cache: "no-store", sniff: "nosniff", referrer: "no-referrer" });
      const text = await response.text();
      expect(text).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|javascript:/i);
    }
    await context.close();
  });
});
