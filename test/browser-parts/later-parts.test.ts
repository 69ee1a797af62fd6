// @vitest-environment happy-dom
/** What a page shows before the later parts are here, while they come, and when they cannot be had. */
import { act, createElement } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createStatusClient } from "../../src/client-web/light-client.js";
import type { StatusClient } from "../../src/client-web/make-client.js";
import { emptySnapshot } from "../../src/client-web/snapshot.js";
import type { WireStatus } from "../../src/core/wire.js";
import { WaymarkJob } from "../../src/element/index.js";
import { JobStatus, type JobStatusProps } from "../../src/react/job-status.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import * as later from "../../src/view/later/index.js";
import { giveLaterParts, laterParts, loadLaterParts } from "../../src/view/later-parts.js";
import { STILL } from "../../src/view/pace.js";
import { present } from "../../src/view/present.js";
import { completed, failed, NOW, pending, processing, retrying, scheduled, stages, stopped } from "./jobs.js";
import { PageServer } from "./server.js";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
const ID = processing().jobId;
const now = Date.parse(NOW);
const half = { progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }) };
const ORDINARY: [string, WireStatus | null][] = [
  ["loading", null],
  ["waiting in line", pending({ reason: "position", ahead: 3 })],
  ["next in line", pending({ reason: "position", ahead: 0 })],
  ["at work", processing({ ...half, metadata: { fileName: "a.csv" } })],
  ["at work, total unknown", processing({ progress: stages("Generating", { percent: 70 }) })],
  ["at work, nothing known", processing()],
  ["done", completed()],
];
const OTHER: [string, WireStatus][] = [
  ["scheduled", scheduled(NOW)],
  ["held up", pending({ reason: "no_worker", kind: "story", lastSeenAt: null })],
  ["second try", processing({ ...half, attempt: 2 })],
  ["slow", processing({ ...half, estimate: { basedOn: 9, slowerThanUsual: true } })],
  ["stopping", processing({ ...half, cancelRequestedAt: NOW })],
  ["retrying", retrying(8_000, "It did not answer.")],
  ["failed", failed("temporary", "It did not answer.", true)],
  ["cancelled", stopped("cancelled")],
  ["expired", stopped("expired")],
];

let server: PageServer;
let clock: FakeClock;
let client: StatusClient;
let host: HTMLElement;
let root: Root | null = null;
beforeEach(() => {
  giveLaterParts(null);
  server = new PageServer();
  clock = new FakeClock(NOW);
  client = createStatusClient({ fetch: server.fetch, clock });
  host = document.createElement("main");
  document.body.replaceChildren(host);
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = null;
});
const turn = (ms = 1): Promise<void> => act(() => clock.advance(ms));
const show = async (props: Partial<JobStatusProps> = {}): Promise<void> => {
  root = createRoot(host);
  await act(async () => root?.render(createElement(JobStatus, { client, jobId: ID, timeZone: "UTC", ...props })));
  await turn();
};
const arrive = (): Promise<void> => act(() => loadLaterParts());
const text = (selector: string): string | null => host.querySelector(selector)?.textContent ?? null;

describe("the picture of an ordinary job", () => {
  it.each(ORDINARY)("%s: is complete without the later parts, and the same with them", (_state, status) => {
    const snapshot = emptySnapshot("j", now, status);
    const first = present(snapshot, { ...STILL, now, statusAt: now }, { links: { open: "/s" } }, null);
    const whole = present(snapshot, { ...STILL, now, statusAt: now }, { links: { open: "/s" } }, later);
    expect(first?.markup).toEqual(whole?.markup);
    expect(JSON.stringify(first?.markup)).not.toContain("undefined");
  });

  it.each(OTHER)("%s: is a matter of the later parts", (_state, status) => {
    const snapshot = emptySnapshot("j", now, status);
    expect(present(snapshot, STILL, {}, null)).toBe(null);
    expect(present(snapshot, STILL, {}, later)).not.toBe(null);
  });
});

describe("the later parts", () => {
  it("are loaded when a first picture stands, not before", async () => {
    let answer: () => void = () => undefined;
    server.jobs.set(ID, processing(half));
    server.refuse = () => new Promise((resolve) => (answer = () => resolve(Response.json({}, { status: 503 }))));
    await show();
    await turn(3_000);
    expect([text(".wm-job-title"), laterParts()]).toEqual([null, null]);
    server.refuse = null;
    await act(async () => answer());
    await turn(5_000);
    expect(text(".wm-job-title")).toBe("Analyzing");
    await vi.waitFor(() => expect(laterParts()).not.toBe(null));
  });

  it("are loaded at once when a job needs them; until they are here the last picture stands", async () => {
    server.jobs.set(ID, processing(half));
    await show();
    server.tell(failed("temporary", "It did not answer.", true));
    await turn();
    await vi.waitFor(async () => {
      await turn();
      expect(text(".wm-job-title")).toBe("That did not work this time");
    });
  });

  it("what changed before there was a voice is said by it, and what stood there first is not", async () => {
    server.jobs.set(ID, processing({ progress: stages("Analyzing", { percent: 10, done: 1, total: 100 }) }));
    await show();
    server.tell(processing({ ...half, seq: 6 }));
    await turn();
    expect(document.querySelector("[role=status]")).toBe(null);
    await arrive();
    await turn();
    expect(document.querySelector("[role=status]")?.textContent).toBe("Analyzing. 49 percent.");
  });

  it("a button that is pressed before they are here does its work once they are", async () => {
    server.jobs.set(ID, processing(half));
    await show();
    await act(async () => host.querySelector<HTMLElement>(".wm-button")?.click());
    await vi.waitFor(async () => {
      await turn();
      expect(text("dialog p") ?? String(server.count(/cancel$/))).toMatch(/^Stop|^1$/);
    });
  });

  it("what a server drew with them stays on the page, as it is, until they are here", async () => {
    giveLaterParts(later);
    const initial = failed("temporary", "It did not answer.", true);
    const element = createElement(JobStatus, { client, jobId: ID, initial, timeZone: "UTC" });
    host.innerHTML = renderToString(element);
    expect(text(".wm-job-title")).toBe("That did not work this time");
    giveLaterParts(null);
    const complaints = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const title = host.querySelector(".wm-job-title");
    root = hydrateRoot(host, element, { onRecoverableError: (error) => console.error(error) });
    expect(host.querySelector(".wm-job-title")).toBe(title);
    await arrive();
    await turn();
    expect(host.querySelector(".wm-job-title")).toBe(title);
    expect(complaints).not.toHaveBeenCalled();
  });
});

describe("<waymark-job> before the later parts are here", () => {
  const element = async (attributes: Record<string, string> = {}): Promise<WaymarkJob> => {
    const made = new WaymarkJob();
    made.client = client;
    for (const [name, value] of Object.entries({ "job-id": ID, ...attributes })) made.setAttribute(name, value);
    host.append(made);
    await clock.advance(1);
    return made;
  };

  it("draws an ordinary job, and a failed one as soon as it can", async () => {
    server.jobs.set(ID, processing(half));
    const made = await element();
    expect(text(".wm-job-title")).toBe("Analyzing");
    server.tell(failed("temporary", "It did not answer.", true));
    await clock.advance(1);
    await vi.waitFor(() => expect(text(".wm-job-title")).toBe("That did not work this time"));
    made.remove();
  });

  it("holds the place while its language comes, and never shows another one", async () => {
    const shown = new Set<string | null>();
    const observer = new MutationObserver(() => shown.add(text(".wm-button")));
    observer.observe(host, { subtree: true, childList: true, characterData: true });
    server.jobs.set(ID, processing(half));
    const made = await element({ lang: "es" });
    await vi.waitFor(() => expect(text(".wm-button")).toBe("Cancelar"));
    expect([...shown].filter((label) => label !== null && label !== "Cancelar")).toEqual([]);
    observer.disconnect();
    made.remove();
  });
});
