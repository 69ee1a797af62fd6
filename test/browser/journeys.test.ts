/** What a person does with the demo when all goes well: bring a file, watch it, read the story. In a real browser. */
import { rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { visit } from "./browser.js";
import { cancel, describeInBrowser, signIn, take } from "./demo.js";

describeInBrowser("the demo in a browser", (world) => {
  it("E3 E9 a file is answered at once with 202, its job is watched, and its story opens by itself", async () => {
    const { page, context, problems } = await visit(world.browser);
    await page.goto(world.demo.url);
    await page.getByRole("button", { name: "Ada" }).click();
    await page.getByRole("heading", { name: "Bring a table, get its story" }).waitFor();
    const file = join(tmpdir(), `sales-${process.pid}.csv`);
    const rows = Array.from(
      { length: 400 },
      (_, i) => `${i % 2 ? "North" : "South"},${i % 2 ? 90 + (i % 7) : 30 + (i % 5)}`,
    );
    await writeFile(file, `shop,sales\n${rows.join("\n")}\n`);
    const answered = page.waitForResponse((response) => response.url().includes("/uploads"));
    await page.locator("#file").setInputFiles(file);
    const response = await answered;
    expect(response.status()).toBe(202);
    expect(response.headers()["location"]).toMatch(/^\/api\/jobs\//);
    await page.waitForURL(/\/jobs\//);
    await page.waitForURL(/\/stories\//);
    await page.getByRole("heading", { level: 1, name: "sales depends on shop" }).waitFor();
    // Focus begins where the reading does.
    expect(await page.evaluate("document.activeElement?.tagName")).toBe("H1");
    await page.getByText("Ada, 1 story").waitFor();
    // The way back leads to where the file was chosen, not into the redirect again.
    await page.goBack();
    await page.getByRole("heading", { name: "Bring a table, get its story" }).waitFor();
    expect(problems).toEqual([]);
    await rm(file);
    await context.close();
  });

  it("a data set is one press away; its charts can be read as tables, its figures taken along", async () => {
    const { page, context, problems } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    await take(page, /^seattle-weather\.csv/);
    await page.waitForURL(/\/stories\//);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const findings = page.locator(".finding");
    expect(await findings.count()).toBeGreaterThanOrEqual(3);
    // Every drawing is one picture with a sentence.
    for (const picture of await page.locator(".finding [role=img]").all())
      expect((await picture.getAttribute("aria-label"))?.length).toBeGreaterThan(20);
    const button = findings.first().getByRole("button", { name: "Show as table" });
    expect(await button.getAttribute("aria-expanded")).toBe("false");
    await button.click();
    expect(await findings.first().getByRole("row").count()).toBe(13);
    await findings.first().getByRole("button", { name: "Hide the table" }).click();
    expect(await findings.first().getByRole("row").count()).toBe(0);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the figures" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("figures.csv");
    expect(problems).toEqual([]);
    await context.close();
  });

  it("E2 S2 the other person's job and story answer 404 like an address that never was", async () => {
    const ada = await visit(world.browser);
    const ben = await visit(world.browser);
    await signIn(ada.page, world.demo, "ada");
    await signIn(ben.page, world.demo, "ben");
    const job = await take(ada.page, /^global-temp\.csv/);
    await ada.page.waitForURL(/\/stories\//);
    const unknown = `${world.demo.url}/jobs/01a00000-0000-7000-8000-000000000000`;
    const pages: string[] = [];
    for (const address of [job, job.replace("/jobs/", "/stories/"), unknown, `${world.demo.url}/jobs/nonsense`]) {
      const response = await ben.page.goto(address);
      expect(response?.status()).toBe(404);
      pages.push((await response?.text()) ?? "");
    }
    expect(new Set(pages).size).toBe(1);
    await ben.page.getByRole("heading", { name: "No job at this address" }).waitFor();
    const api = await ben.page.request.get(job.replace("/jobs/", "/api/jobs/"));
    expect(api.status()).toBe(404);
    // What Ada has on the way is not in Ben's list either.
    await ben.page.getByRole("link", { name: "All my jobs" }).click();
    await ben.page.getByRole("heading", { name: "Bring a table, get its story" }).waitFor();
    await ben.page.locator("#jobs .wm-empty, #jobs .wm-row-name").first().waitFor();
    expect(await ben.page.locator("#jobs").getByText("global-temp.csv").count()).toBe(0);
    await ada.context.close();
    await ben.context.close();
  });

  it("with the keyboard alone: sign in, choose, watch, cancel", async () => {
    const { page, context, problems } = await visit(world.browser);
    await page.goto(world.demo.url);
    const tabTo = async (name: RegExp): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press("Tab");
        const words = await page.evaluate<string>("document.activeElement?.textContent ?? ''");
        if (name.test(words.trim())) return;
      }
      throw new Error(`Tab never came to ${name}`);
    };
    await tabTo(/^Ben/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Bring a table" }).waitFor();
    await tabTo(/^Skip to the upload/);
    await page.keyboard.press("Enter");
    await tabTo(/^Slow work/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/jobs\//);
    await page
      .locator("main")
      .getByRole("heading", { name: /^Analyzing/ })
      .waitFor();
    await tabTo(/^Cancel$/);
    await page.keyboard.press("Enter");
    // So little work is lost that it is not asked twice.
    await page.getByRole("heading", { name: /Cancelled|Stopping/ }).waitFor();
    await page.getByRole("heading", { name: "Cancelled" }).waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  it("a job on the way is found again on the first page, and its name leads to it, with its four stages", async () => {
    const { page, context, problems } = await visit(world.browser);
    await signIn(page, world.demo, "ben");
    const job = await take(page, /^Slow work/);
    await page.goto(world.demo.url);
    const row = page.getByRole("list", { name: "Your jobs" }).getByRole("listitem").first();
    await row.getByText(/^Analyzing/).waitFor();
    await row.getByRole("link", { name: "seattle-weather.csv" }).click();
    await page.getByRole("heading", { name: /^Analyzing/ }).waitFor();
    expect(page.url()).toBe(job);
    expect(await page.locator(".wm-stage > span:first-of-type").allInnerTexts()).toEqual([
      expect.stringContaining("Uploading"),
      expect.stringContaining("Analyzing"),
      expect.stringContaining("Generating"),
      expect.stringContaining("Visualizing"),
    ]);
    await cancel(page);
    expect(problems).toEqual([]);
    await context.close();
  });

  it("what is no table is refused in words, and the page stays", async () => {
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    const problem = page.getByRole("alert");
    await page.locator("#file").setInputFiles({ name: "photo.png", mimeType: "image/png", buffer: Buffer.from("x") });
    await expect.poll(() => problem.innerText()).toContain("That is not a CSV file.");
    const large = join(tmpdir(), `large-${process.pid}.csv`);
    await writeFile(large, "");
    await truncate(large, 20_000_001);
    await page.locator("#file").setInputFiles(large);
    await expect.poll(() => problem.innerText()).toContain("larger than 20 MB");
    await page.locator("#file").setInputFiles({ name: "a.csv", mimeType: "text/csv", buffer: Buffer.alloc(0) });
    await expect.poll(() => problem.innerText()).toContain("That file is empty.");
    expect(new URL(page.url()).pathname).toBe("/");
    await rm(large);
    await context.close();
  });

  it("after a sign-out nothing is shown, and the next person lands where they wanted", async () => {
    const { page, context } = await visit(world.browser);
    await signIn(page, world.demo, "ada");
    await page.getByRole("button", { name: "Switch user" }).click();
    await page.goto(`${world.demo.url}/stories`);
    await page.getByRole("heading", { name: "Who is here?" }).waitFor();
    await page.getByRole("button", { name: "Ben" }).click();
    await page.getByRole("heading", { name: "My stories" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/stories");
    await context.close();
  });
});
