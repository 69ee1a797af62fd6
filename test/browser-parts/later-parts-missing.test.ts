// @vitest-environment happy-dom
/** A page whose later parts are not to be had: a new version took their place, or the network is gone. */
import { act, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createStatusClient } from "../../src/client-web/client.js";
import { JobStatus } from "../../src/react/job-status.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { failed, NOW, processing, stages } from "./jobs.js";
import { PageServer } from "./server.js";

vi.mock("../../src/view/later/index.js", () => {
  throw new Error("Failed to fetch dynamically imported module");
});

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
const ID = processing().jobId;

let root: Root;
afterEach(() => act(async () => root.unmount()));

describe("without the later parts", () => {
  it("a job goes on to be shown as long as that is true, then the page says that it is not complete", async () => {
    const server = new PageServer();
    const clock = new FakeClock(NOW);
    const client = createStatusClient({ fetch: server.fetch, clock });
    const host = document.createElement("main");
    document.body.replaceChildren(host);
    server.jobs.set(ID, processing({ progress: stages("Analyzing", { percent: 49, done: 1, total: 2 }) }));
    root = createRoot(host);
    await act(async () => root.render(createElement(JobStatus, { client, jobId: ID })));
    await act(() => clock.advance(5_000));
    expect(host.querySelector(".wm-job-title")?.textContent).toBe("Analyzing");
    server.tell(failed("temporary", "It did not answer.", true));
    await vi.waitFor(async () => {
      await act(() => clock.advance(1_000));
      expect(host.querySelector(".wm-job")?.textContent).toBe(
        "This page is not complete. Load it again to see your job.",
      );
    });
  });
});
