/** What a person sees when something goes wrong, and that nothing is lost by it. In a real browser. */
import { expect, it } from "vitest";
import { screenshot, visit } from "./browser.js";
import { card, describeInBrowser, signIn, take } from "./demo.js";

describeInBrowser("trouble in a browser", (world) => {
  it.concurrent("E11 a broken file: a sentence a person can act on, no stack, no retry that could not help", async () => {
    const { page, context, problems } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    await take(page, /^A broken file/);
    await page.getByRole("heading", { name: "We could not read this file" }).waitFor();
    expect(await card(page)).toContain("a quotation mark is opened and never closed");
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
    expect(await page.content()).not.toMatch(/\bat .*\.js:\d+/);
    await screenshot(page, "failed-broken-file-1280");
    await page.getByRole("link", { name: "Choose another file" }).click();
    await page.getByRole("heading", { name: "Bring a table, get its story" }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it.concurrent("B8 a step that fails twice: trying again 2 of 3, then 3 of 3, then the story", async () => {
    const { page, context, problems } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    await take(page, /^A flaky step/);
    await page.getByRole("heading", { name: "A step failed, trying again" }).waitFor();
    await page.locator(".wm-job-percent").getByText("2 of 3", { exact: true }).waitFor();
    expect(await card(page)).toContain("The service that words the findings did not answer.");
    await screenshot(page, "retrying-1280");
    await page.locator(".wm-job-percent").getByText("3 of 3", { exact: true }).waitFor();
    await page.waitForURL(/\/stories\//);
    expect(problems).toEqual([]);
    await context.close();
  });

  it.concurrent("E7 a job that used up its tries fails with a reason; trying again by hand works", async () => {
    const { page, context, problems } = await visit(world.browser);
    await signIn(page, world.demo, "ben");
    await take(page, /^An outage/);
    await page.getByRole("heading", { name: /^That did not work/ }).waitFor({ timeout: 40_000 });
    await screenshot(page, "failed-outage-1280");
    await page.getByRole("button", { name: "Try again" }).click();
    // Who has pressed something in the card is not taken away from it.
    await page.getByRole("link", { name: "Open" }).click();
    await page.waitForURL(/\/stories\//);
    // Two generations, one story.
    await page.getByText("Ben, 1 story").waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it("offline, and a server that is killed in mid-job: the page says so, catches up by itself, and nothing is lost", async () => {
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    await take(page, /^Slow work/);
    const main = page.locator("main");
    await main.getByRole("heading", { name: /^Analyzing/ }).waitFor();
    // The voice comes with the later parts: without a network they could not come any more.
    await page.locator("p[role=status]").waitFor({ state: "attached" });
    await context.setOffline(true);
    await main.getByText("You are offline.").waitFor();
    await screenshot(page, "offline-1280");
    await context.setOffline(false);
    await main.getByText("You are offline.").waitFor({ state: "hidden" });
    await world.demo.kill();
    await main.getByText("Reconnecting…").waitFor();
    await screenshot(page, "reconnecting-1280");
    await world.demo.restart();
    await main.getByText("Reconnecting…").waitFor({ state: "hidden" });
    await page.waitForURL(/\/stories\//, { timeout: 60_000 });
    expect(await page.locator(".finding").count()).toBeGreaterThan(0);
    await context.close();
  });

  it("another site can neither start a job nor sign anybody in", async () => {
    const headers = { "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" };
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    for (const path of ["/samples/global-temp", "/uploads?name=a.csv", "/sign-in", "/sign-out"])
      expect((await page.request.post(world.demo.url + path, { headers, data: "a,b\n1,2\n" })).status(), path).toBe(
        403,
      );
    const response = await page.request.get(world.demo.url, { headers: { host: "elsewhere.example" } });
    expect(response.status()).toBe(421);
    await context.close();
  });
});
