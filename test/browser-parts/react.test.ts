// @vitest-environment happy-dom
/** The React components in a document, against a server in the same process. */
import "./all-parts.js";
import { act, createElement } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStatusClient } from "../../src/client-web/client.js";
import type { StatusClient } from "../../src/client-web/make-client.js";
import { JobList } from "../../src/react/job-list.js";
import { JobStatus, type LiveJobProps } from "../../src/react/job-status.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { es } from "../../src/view/es.js";
import { completed, failed, NOW, processing, retrying, scheduled, stages } from "./jobs.js";
import { PageServer, problem } from "./server.js";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
const ID = processing().jobId;
const CSV = { metadata: { fileName: "seattle-weather.csv" } };
const working = (done: number, more = {}) =>
  processing({
    ...CSV,
    progress: stages("Analyzing", { percent: Math.floor((200 + (1000 * done) / 1461) / 17), done, total: 1461 }),
    ...more,
  });

let server: PageServer;
let clock: FakeClock;
let client: StatusClient;
let root: Root;
let host: HTMLElement;
beforeEach(() => {
  server = new PageServer();
  clock = new FakeClock(NOW);
  client = createStatusClient({ fetch: server.fetch, clock });
  host = document.createElement("main");
  document.body.replaceChildren(host);
  root = createRoot(host);
});
afterEach(async () => {
  await act(async () => root.unmount());
});

const turn = (ms = 1): Promise<void> => act(() => clock.advance(ms));
const show = async (props: Partial<LiveJobProps> = {}): Promise<void> => {
  await act(async () => root.render(createElement(JobStatus, { client, jobId: ID, timeZone: "UTC", ...props })));
  await turn();
};
const text = (selector: string): string | null =>
  host.querySelector(selector)?.textContent?.replaceAll("\u00a0", " ") ?? null;
const button = (label: string): HTMLElement | undefined =>
  [...host.querySelectorAll<HTMLElement>(".wm-button")].find((each) => each.textContent === label);
const click = (label: string): Promise<void> => act(async () => button(label)?.click());

describe("<JobStatus>", () => {
  it("shows the stages with the current one, the percent, and follows to the end", async () => {
    server.jobs.set(ID, working(931));
    await show();
    expect([text(".wm-job-title"), text(".wm-job-percent"), text(".wm-job-facts")]).toEqual([
      "Analyzing",
      "49%",
      "931 of 1,461",
    ]);
    expect([...host.querySelectorAll(".wm-stage")].map((each) => each.getAttribute("data-state"))).toEqual([
      "done",
      "current",
      "upcoming",
      "upcoming",
    ]);
    expect(host.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow")).toBe("49");
    server.tell(completed({ ...CSV }));
    await turn();
    expect([text(".wm-job-title"), text(".wm-job-facts")]).toEqual(["Done", "Finished in 26 seconds"]);
  });

  it("shows no skeleton in the first 400 ms, and then one of the same place", async () => {
    server.refuse = () => new Promise(() => undefined);
    await show();
    expect(host.querySelector(".wm-job")?.hasAttribute("data-quiet")).toBe(true);
    await turn(450);
    expect(host.querySelector(".wm-job")?.hasAttribute("data-quiet")).toBe(false);
    expect(text(".wm-hidden")).toBe("Loading the status");
  });

  it("says that it reconnects after 3 s, not before", async () => {
    server.jobs.set(ID, working(931));
    await show();
    server.down = true;
    server.cut();
    await turn(2_500);
    expect(text(".wm-note")).toBe(null);
    await turn(1_500);
    expect(text(".wm-note")).toBe("Reconnecting… Your job goes on without this page.");
    expect(text(".wm-job-facts")).toMatch(/^931 of 1,461 · 4 seconds ago$/);
    server.down = false;
    await turn(40_000);
    expect(text(".wm-note")).toBe(null);
  });

  it("E7 offers a retry only when it can help, and goes on with the new run", async () => {
    server.jobs.set(ID, failed("internal", "Something went wrong on our side.", false));
    await show();
    expect(button("Try again")).toBe(undefined);
    server.jobs.set(ID, failed("temporary", "The weather service did not answer.", true, { seq: 11 }));
    await act(() => client.watch(ID).refresh());
    expect(text(".wm-job-text")).toBe("The weather service did not answer. Trying again later often helps.");
    let answer: () => void = () => undefined;
    server.refuse = (path) =>
      path.endsWith("/retry") ? new Promise((resolve) => (answer = () => resolve(Response.json({})))) : null;
    await click("Try again");
    expect(button("Trying…")?.getAttribute("aria-disabled")).toBe("true");
    server.jobs.set(ID, working(0, { seq: 14, generation: 2 }));
    await act(async () => answer());
    await turn();
    expect(text(".wm-job-title")).toBe("Analyzing");
  });

  it("says why a retry was refused, where the button was", async () => {
    server.jobs.set(ID, failed("input", "The file has no rows.", true));
    server.refuse = (path) =>
      path.endsWith("/retry") ? problem(409, "not_retryable", "It was tried often enough.") : null;
    await show();
    await click("Try again");
    await turn();
    expect(text("[role=alert]")).toBe("It was tried often enough.");
  });

  it("asks before it throws away more than 10 s of work, and hands the focus back", async () => {
    server.jobs.set(ID, working(931, { processingMs: 12_000 }));
    await show();
    button("Cancel")?.focus();
    await click("Cancel");
    expect(text("dialog p")).toBe("Stop “seattle-weather.csv”? The work so far is lost.");
    expect(host.querySelector("dialog")?.open).toBe(true);
    await click("Keep going");
    expect([host.querySelector("dialog"), server.count(/cancel$/)]).toEqual([null, 0]);
    await click("Cancel");
    await click("Stop it");
    await turn();
    expect(server.count(/cancel$/)).toBe(1);
  });

  it("cancels short work without asking; the vanished button leaves its focus to the heading", async () => {
    server.jobs.set(ID, working(1, { processingMs: 500 }));
    await show();
    button("Cancel")?.focus();
    await click("Cancel");
    server.tell(working(1, { seq: 6, cancelRequestedAt: NOW }));
    await turn();
    expect([server.count(/cancel$/), text(".wm-job-title"), button("Cancel")]).toEqual([1, "Stopping…", undefined]);
    expect(document.activeElement?.className).toBe("wm-job-title");
  });

  it("E9 redirects 1.5 s after the end was shown", async () => {
    const onCompleted = vi.fn<(status: unknown) => void>();
    server.jobs.set(ID, working(931));
    await show({ onCompleted, messages: { "redirecting.title": "Done. Opening your story…" } });
    server.tell(completed());
    await turn(1);
    expect(text(".wm-job-title")).toBe("Done. Opening your story…");
    await turn(1_400);
    expect(onCompleted).not.toHaveBeenCalled();
    await turn(200);
    expect(onCompleted).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ result: { storyId: "s1" } }));
    await turn(60_000);
    expect(onCompleted).toHaveBeenCalledTimes(1);
  });

  it("does not redirect who is busy in the card, nor who comes back to an old job", async () => {
    const onCompleted = vi.fn<(status: unknown) => void>();
    server.jobs.set(ID, working(931));
    await show({ onCompleted, links: { open: "/stories/s1" } });
    button("Cancel")?.focus();
    server.tell(completed());
    await turn(5_000);
    expect(onCompleted).not.toHaveBeenCalled();
    expect(button("Open")?.getAttribute("href")).toBe("/stories/s1");

    server.jobs.set("old", completed({ jobId: "old", finishedAt: "2030-10-03T14:00:00.000Z" }));
    await act(async () => root.render(createElement(JobStatus, { key: "old", client, jobId: "old", onCompleted })));
    await turn(5_000);
    expect(onCompleted).not.toHaveBeenCalled();
  });

  it("stops a redirect when the person reaches for something", async () => {
    const onCompleted = vi.fn<(status: unknown) => void>();
    server.jobs.set(ID, working(931));
    await show({ onCompleted, links: { open: "/stories/s1" } });
    server.tell(completed());
    await turn(500);
    await act(async () => button("Open it now")?.focus());
    await turn(5_000);
    expect([onCompleted.mock.calls.length, button("Open") === undefined]).toEqual([0, false]);
  });

  it("follows no address with a script in it (U4)", async () => {
    server.jobs.set(ID, completed());
    await show({ links: { open: "java\nscript:alert(1)" } });
    expect(host.querySelector("a")).toBe(null);
  });

  it("stops the stream when it is unmounted, and leaves no timer", async () => {
    server.jobs.set(ID, working(931));
    await show();
    await act(async () => root.render(null));
    await turn();
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
  });

  it("shows the state in the tab, when asked to, and gives the tab back", async () => {
    document.head.innerHTML = '<title>Stories</title><link rel="icon" href="/mark.svg">';
    server.jobs.set(ID, working(931));
    await show({ inTab: true });
    expect(document.title).toBe("49% · seattle-weather.csv");
    const icons = [...document.head.querySelectorAll("link[rel=icon]")].map((each) => each.getAttribute("href"));
    expect(icons).toEqual([expect.stringMatching(/^data:image\/svg\+xml,/)]);
    await act(async () => root.render(null));
    expect([document.title, document.head.querySelector("link")?.getAttribute("href")]).toEqual([
      "Stories",
      "/mark.svg",
    ]);
  });

  it("speaks Spanish", async () => {
    server.jobs.set(ID, retrying(8_000, "El servicio no respondió.", CSV));
    await show({ messages: es });
    expect([
      text(".wm-job-title"),
      text(".wm-job-percent"),
      text(".wm-job-facts"),
      button("Cancelar") !== undefined,
    ]).toEqual(["Un paso falló, se intenta otra vez", "2 de 3", "Próximo intento en 8 segundos", true]);
  });

  it("announces a change at once, then one thing every 10 s at most, and an end at once", async () => {
    server.jobs.set(ID, working(0));
    await show();
    const said = (): string => document.querySelector("[role=status]")?.textContent ?? "";
    expect(said()).toBe("");
    server.tell(working(300, { seq: 6 }));
    await turn();
    expect(said(), "a tick of the percent is nothing to say").toBe("");
    server.tell(working(400, { seq: 7 }));
    await turn();
    expect(said()).toBe("Analyzing. 27 percent.");
    server.tell(working(1_000, { seq: 8 }));
    await turn(2_000);
    expect(said()).toBe("Analyzing. 27 percent.");
    await turn(9_000);
    expect(said()).toBe("Analyzing. 52 percent.");
    server.tell(completed());
    await turn();
    expect(said()).toBe("Done.");
  });

  it("renders on a server without asking for anything, and takes over that markup as it is", async () => {
    const initial = working(931);
    const element = createElement(JobStatus, { client, jobId: ID, initial });
    const html = renderToString(element);
    expect(html).toContain("Analyzing");
    expect(html).not.toMatch(/style=/);
    expect(server.requests).toEqual([]);
    const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const page = document.createElement("div");
    page.innerHTML = html;
    document.body.append(page);
    let hydrated: Root | undefined;
    await act(async () => {
      hydrated = hydrateRoot(page, element);
    });
    expect(complaints).not.toHaveBeenCalled();
    expect(page.querySelector(".wm-job-percent")?.textContent).toBe("49%");
    await act(async () => hydrated?.unmount());
  });
});

describe("<JobList>", () => {
  it("shows a row for each job over one stream, in one live region", async () => {
    server.jobs.set("a", working(931, { jobId: "a" }));
    server.jobs.set("b", completed({ jobId: "b", metadata: { fileName: "cars.csv" } }));
    await act(async () => root.render(createElement(JobList, { client, jobs: ["a", "b"], timeZone: "UTC" })));
    await turn();
    const rows = [...host.querySelectorAll("li .wm-row")].map((each) => each.textContent?.replaceAll("\u00a0", " "));
    expect(rows).toEqual(["seattle-weather.csvAnalyzing · 49%Cancel", "cars.csvDone · 26 seconds14:31"]);
    expect(server.count(/events/)).toBe(1);
    expect(document.querySelectorAll("[role=status]").length).toBeLessThanOrEqual(1);
  });

  it("without jobs loads the person's own, newest first, follows each, and shows new ones by itself", async () => {
    server.jobs.set("a", working(931, { jobId: "a" }));
    server.jobs.set("b", completed({ jobId: "b", metadata: { fileName: "cars.csv" } }));
    const linksOf = ({ jobId }: { jobId: string }) => ({ open: `/stories/${jobId}`, details: `/jobs/${jobId}` });
    await act(async () => root.render(createElement(JobList, { client, timeZone: "UTC", linksOf })));
    await turn();
    const rows = () => [...host.querySelectorAll("li .wm-row-name")].map((each) => each.textContent);
    expect(rows()).toEqual(["cars.csv", "seattle-weather.csv"]);
    expect([...host.querySelectorAll("li a.wm-row-link")].map((each) => each.getAttribute("href"))).toEqual([
      "/stories/b",
      "/jobs/a",
    ]);
    server.tell(completed({ jobId: "a", ...CSV }));
    await turn();
    expect(host.querySelectorAll("[data-status=completed]").length).toBe(2);
    server.jobs.set("c", working(1, { jobId: "c", metadata: { fileName: "new.csv" } }));
    server.jobs.delete("b");
    await turn(10_001);
    expect(rows()).toEqual(["new.csv", "seattle-weather.csv"]);
    await act(async () => root.render(null));
    await turn();
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
  });

  it("sees within ten seconds that a job which had ended was tried again elsewhere, and follows it", async () => {
    server.jobs.set("a", failed("temporary", "It did not answer.", true, { jobId: "a" }));
    await act(async () => root.render(createElement(JobList, { client })));
    await turn();
    expect(text(".wm-row-line b")).toBe("Failed");
    server.jobs.set("a", working(1, { jobId: "a", seq: 12, generation: 2 }));
    await turn(10_001);
    expect(text(".wm-row-line b")).toBe("Analyzing");
    await turn();
    server.tell(completed({ jobId: "a", seq: 14, generation: 2, ...CSV }));
    await turn();
    expect(text(".wm-row-line b")).toBe("Done");
  });

  it("does not guess why a job waits: that comes with its own stream", async () => {
    server.jobs.set("a", scheduled("2030-10-04T18:00:00.000Z", { jobId: "a", waiting: null }));
    server.refuse = (path) => (path.includes("/events") ? new Promise(() => undefined) : null);
    await act(async () => root.render(createElement(JobList, { client })));
    await turn();
    expect([host.querySelectorAll("li [data-status=loading]").length, host.textContent]).toEqual([
      1,
      expect.not.stringContaining("Next in line"),
    ]);
  });

  it("loads older ones when asked to, and keeps them when the first page comes anew", async () => {
    for (const id of ["a", "b", "c", "d", "e"]) {
      server.jobs.set(id, completed({ jobId: id, metadata: { fileName: `${id}.csv` } }));
    }
    const query = { limit: 2, status: ["completed"] } as const;
    await act(async () => root.render(createElement(JobList, { client, query })));
    await turn();
    const rows = () =>
      [...host.querySelectorAll("li .wm-row-name")].map((each) => each.textContent?.charAt(0)).join("");
    expect(rows()).toBe("ed");
    await click("Show older ones");
    await turn();
    expect(rows()).toBe("edcb");
    await turn(10_001);
    expect(rows()).toBe("edcb");
    await click("Show older ones");
    await turn();
    expect([rows(), button("Show older ones")]).toEqual(["edcba", undefined]);
  });

  it("says that the list could not be loaded, keeps what it has, and tries again by itself", async () => {
    server.down = true;
    await act(async () => root.render(createElement(JobList, { client })));
    await turn();
    expect(text("[role=status]")).toBe("The list could not be loaded. It is tried again by itself.");
    expect(text(".wm-empty-title")).toBe(null);
    server.down = false;
    await turn(10_001);
    expect([text(".wm-list-foot"), text(".wm-empty-title")]).toEqual([null, "Nothing on the way"]);
  });

  it("says that nothing is on the way", async () => {
    await act(async () => root.render(createElement(JobList, { client, jobs: [] })));
    expect(text(".wm-empty-title")).toBe("Nothing on the way");
  });
});
