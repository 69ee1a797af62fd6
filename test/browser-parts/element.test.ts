// @vitest-environment happy-dom
/** `<waymark-job>`: the same picture as React's, drawn and kept up to date in the light DOM. */
import "./all-parts.js";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { beforeEach, describe, expect, it } from "vitest";
import { createStatusClient } from "../../src/client-web/client.js";
import type { StatusClient } from "../../src/client-web/make-client.js";
import { WaymarkJob } from "../../src/element/index.js";
import { JobStatus } from "../../src/react/job-status.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { completed, failed, NOW, pending, processing, retrying, scheduled, stages, stopped } from "./jobs.js";
import { PageServer } from "./server.js";

const ID = processing().jobId;
const half = { progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }) };

let server: PageServer;
let clock: FakeClock;
let client: StatusClient;
let element: WaymarkJob;
beforeEach(() => {
  server = new PageServer();
  clock = new FakeClock(NOW);
  client = createStatusClient({ fetch: server.fetch, clock });
  document.body.replaceChildren();
  document.documentElement.lang = "en";
  element = document.createElement("waymark-job");
  element.client = client;
  element.setAttribute("job-id", ID);
  element.setAttribute("time-zone", "UTC");
});
const show = async (): Promise<void> => {
  document.body.append(element);
  await clock.advance(1);
};
const text = (selector: string): string | undefined =>
  element.querySelector(selector)?.textContent?.replaceAll("\u00a0", " ");
const button = (label: string): HTMLElement | undefined =>
  [...element.querySelectorAll<HTMLElement>(".wm-button")].find((each) => each.textContent === label);

describe("<waymark-job>", () => {
  it.each([
    ["scheduled", scheduled("2030-10-03T18:00:00.000Z")],
    ["pending", pending({ reason: "position", ahead: 3 })],
    ["processing", processing(half)],
    ["unknown total", processing({ progress: stages("Generating", { percent: 70 }) })],
    ["retrying", retrying(8_000, "It did not answer.")],
    ["completed", completed()],
    ["failed", failed("temporary", "It did not answer.", true)],
    ["cancelled", stopped("cancelled", half)],
    ["expired", stopped("expired")],
  ])("draws %s as React does on a server", async (_name, job) => {
    server.jobs.set(ID, job);
    await show();
    const page = document.createElement("div");
    // Before the first turn nothing is "today"; the element has turned, so both are compared without their dates.
    page.innerHTML = renderToString(createElement(JobStatus, { client, jobId: ID, initial: job, timeZone: "UTC" }));
    const plain = (html: string): string =>
      html
        .replace(/<!--(\/?\$| )-->/g, "")
        .replace(/(today|on 3 October) at|It did/g, "")
        .replace(/<p class="wm-job-ref[^>]*>/g, "");
    expect(plain(element.innerHTML)).toBe(plain(page.innerHTML));
  });

  it("follows the job, tells the page, and ends", async () => {
    const told: string[] = [];
    for (const name of ["waymark-status", "waymark-completed"]) {
      document.addEventListener(name, (event) => {
        told.push(`${name} ${(event as CustomEvent<{ status: string }>).detail.status}`);
      });
    }
    server.jobs.set(ID, processing(half));
    await show();
    server.tell(completed());
    await clock.advance(1);
    expect(told).toEqual(["waymark-status processing", "waymark-status completed", "waymark-completed completed"]);
    expect(text(".wm-job-title")).toBe("Done");
    await clock.advance(60_000);
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
  });

  it("keeps the elements that stay, so that focus and transitions live on", async () => {
    server.jobs.set(ID, processing(half));
    await show();
    const before = [
      element.querySelector(".wm-trail-walked"),
      button("Cancel"),
      element.querySelector(".wm-job-title"),
    ];
    button("Cancel")?.focus();
    server.tell(processing({ ...half, seq: 6, estimate: { basedOn: 9, slowerThanUsual: true } }));
    await clock.advance(1);
    expect(text(".wm-note strong")).toBe("Slower than usual.");
    expect([
      element.querySelector(".wm-trail-walked"),
      button("Cancel"),
      element.querySelector(".wm-job-title"),
    ]).toEqual(before);
    expect(document.activeElement).toBe(before[1]);
  });

  it("hands the focus of a button that vanished to the heading", async () => {
    server.jobs.set(ID, processing(half));
    await show();
    button("Cancel")?.focus();
    server.tell(processing({ ...half, seq: 6, cancelRequestedAt: NOW }));
    await clock.advance(1);
    expect(document.activeElement?.className).toBe("wm-job-title");
  });

  it("retries by its button", async () => {
    server.jobs.set(ID, failed("temporary", "It did not answer.", true));
    await show();
    button("Try again")?.click();
    expect(text(".wm-button")).toBe("Trying…");
    server.jobs.set(ID, processing({ ...half, seq: 12, generation: 2 }));
    await clock.advance(1);
    expect(text(".wm-job-title")).toBe("Analyzing");
  });

  it("asks before it throws work away", async () => {
    server.jobs.set(ID, processing({ ...half, processingMs: 60_000 }));
    await show();
    button("Cancel")?.click();
    expect(element.querySelector("dialog")?.open).toBe(true);
    button("Stop it")?.click();
    await clock.advance(1);
    expect([element.querySelector("dialog"), server.count(/cancel$/)]).toEqual([null, 1]);
  });

  it("opens the result by itself 1.5 s after the end, unless the page prevents it", async () => {
    element.setAttribute("redirect", "");
    element.setAttribute("open-href", "/stories/s1");
    const opened: string[] = [];
    element.addEventListener("waymark-open", (event) => {
      opened.push("asked");
      event.preventDefault();
    });
    server.jobs.set(ID, processing(half));
    await show();
    server.tell(completed());
    await clock.advance(1_400);
    expect([text(".wm-job-title"), opened]).toEqual(["Done. Opening it…", []]);
    await clock.advance(200);
    expect(opened).toEqual(["asked"]);
  });

  it("speaks the language of the page, and the app's own words", async () => {
    document.documentElement.lang = "es-MX";
    element.messages = { "working.title": "Manos a la obra" };
    server.jobs.set(ID, processing());
    await show();
    expect([text(".wm-job-title"), text(".wm-job-subject"), button("Cancelar") !== undefined]).toEqual([
      "Manos a la obra",
      "Está trabajando.",
      true,
    ]);
  });

  it("follows another job when its id changes, and nothing once it left the page", async () => {
    server.jobs.set(ID, processing(half));
    server.jobs.set("b", completed({ jobId: "b" }));
    await show();
    element.setAttribute("job-id", "b");
    await clock.advance(1);
    expect(text(".wm-job-title")).toBe("Done");
    element.setAttribute("job-id", ID);
    await clock.advance(1);
    expect(server.streams.size).toBe(1);
    element.remove();
    await clock.advance(1);
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
  });

  it("is one class that a server can import", () => {
    expect(customElements.get("waymark-job")).toBe(WaymarkJob);
  });
});
