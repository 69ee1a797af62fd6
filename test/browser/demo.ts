/** The demo as `npm start` runs it: a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { openBrowser, whyNoBrowser } from "./browser.js";

const START = resolve("scripts/start.mjs");

export interface Demo {
  readonly url: string;
  /** Ends the server without a warning, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
  /** What it wrote to standard error. */
  complaints(): string;
  end(): Promise<void>;
}

async function openDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "story-web-"));
  let complaints = "";
  let child: ChildProcess;
  let url = "";
  const start = async (port: string): Promise<void> => {
    const { WAYMARK_STORE: _store, ...env } = process.env;
    const started = spawn(process.execPath, [START], { cwd: folder, env: { ...env, PORT: port } });
    child = started;
    let said = "";
    url = await new Promise<string>((done, fail) => {
      started.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const found = /http:\/\/localhost:\d+/.exec(said);
        if (found) done(found[0]);
      });
      started.stderr.setEncoding("utf8").on("data", (text: string) => void (complaints += text));
      started.once("error", fail);
      started.once("exit", (code) => fail(new Error(`The demo ended with ${code}: ${said}${complaints}`)));
    });
  };
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  await start("0");
  return {
    url,
    kill: () => end("SIGKILL"),
    restart: () => start(new URL(url).port),
    complaints: () => complaints,
    async end() {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

export interface World {
  readonly demo: Demo;
  readonly browser: Browser;
}

/** Tests with a demo and a browser of their own. Without a browser they are skipped, and say why. */
export function describeInBrowser(title: string, tests: (world: World) => void): void {
  const reason = whyNoBrowser();
  const suffix = reason === null ? "" : ` (skipped: ${reason})`;
  describe.skipIf(reason !== null)(`${title}${suffix}`, { timeout: 90_000 }, () => {
    const world = {} as { demo: Demo; browser: Browser };
    beforeAll(async () => {
      [world.demo, world.browser] = await Promise.all([openDemo(), openBrowser()]);
    }, 240_000);
    afterAll(async () => {
      await world.browser?.close();
      await world.demo?.end();
    });
    tests(world);
  });
}

/** Signs one of the two demo users in, and opens the first page. */
export async function signIn(page: Page, { url }: Demo, user: "ada" | "ben"): Promise<void> {
  await page.request.post(`${url}/sign-in`, { form: { user }, headers: { origin: url } });
  await page.goto(url);
}

/** Takes a data set or a rehearsal, and lands on the job's page. @returns its address */
export async function take(page: Page, button: string | RegExp): Promise<string> {
  await page.getByRole("button", { name: button }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
  return page.url();
}

/** The words of the job's card. */
export async function card(page: Page): Promise<string> {
  return (await page.locator("main .wm-job").first().innerText()).replace(/\s+/g, " ");
}

/** Cancels the job of this page; says yes where a slow machine let so much work be done that it is asked first. */
export async function cancel(page: Page): Promise<void> {
  const main = page.locator("main");
  const sure = main.getByRole("button", { name: "Stop it", exact: true });
  const heading = main.getByRole("heading", { name: /^(Stopping…|Cancelled)$/ });
  await main.getByRole("button", { name: "Cancel", exact: true }).click();
  await sure.or(heading).waitFor();
  if (await sure.isVisible()) await sure.click();
  await main.getByRole("heading", { name: "Cancelled", exact: true }).waitFor();
}
