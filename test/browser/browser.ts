/** A real Chromium for the tests, and pages that write down whatever goes wrong in them. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
/** Kept for whoever wants to look; not committed. */
const SCREENSHOTS = "artifacts/screenshots";

/** Why the tests of this folder cannot run; null when they can. On the build machine they always run. */
export function whyNoBrowser(): string | null {
  if (existsSync(CHROMIUM) || process.env["CI"]) return null;
  return `no Chromium at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM_PATH`;
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Code of the page, hence a text: the tests themselves know no DOM. */
const REPORT_BREACHES = `document.addEventListener("securitypolicyviolation", (event) => {
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI);
});`;

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console, exceptions, and breaches of the content security policy, in order. */
  readonly problems: string[];
}

/** A person of their own: no cookies, no storage. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(20_000);
  const problems: string[] = [];
  // As a script of the page itself, and before any other.
  await context.addInitScript({ content: REPORT_BREACHES });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  return { page, context, problems };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}
