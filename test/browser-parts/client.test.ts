/** The status client against a server in the same process: what it asks, what it says, and when it stops asking. */
import { describe, expect, it } from "vitest";
import { createStatusClient } from "../../src/client-web/client.js";
import type { JobWatch, StatusClient } from "../../src/client-web/make-client.js";
import type { Page } from "../../src/client-web/page.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { completed, failed, NOW, processing } from "./jobs.js";
import { PageServer, problem } from "./server.js";

class FakePage implements Page {
  isHidden = false;
  isOnline = true;
  readonly listeners: Set<() => void> = new Set();
  hidden = (): boolean => this.isHidden;
  online = (): boolean => this.isOnline;
  onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  set(change: { hidden?: boolean; online?: boolean }): void {
    this.isHidden = change.hidden ?? this.isHidden;
    this.isOnline = change.online ?? this.isOnline;
    for (const listener of this.listeners) listener();
  }
}

const ID = processing().jobId;
const PROGRESS = (percent: number, seq = 5) => processing({ seq, progress: { percent, stage: null, stages: [] } });

function setup(options: { streams?: boolean; headers?: () => Record<string, string> } = {}) {
  const server = new PageServer();
  const clock = new FakeClock(NOW);
  const page = new FakePage();
  const client = createStatusClient({ fetch: server.fetch, clock, page, ...options });
  server.jobs.set(ID, PROGRESS(10));
  return { server, clock, page, client, watch: client.watch(ID) };
}

/** Lets everything that is already on its way arrive. */
const settle = (clock: FakeClock): Promise<void> => clock.advance(1);

function connections(watch: JobWatch): { seen: string[]; stop: () => void } {
  const seen: string[] = [];
  const stop = watch.subscribe(() => {
    const { connection } = watch.current();
    if (seen.at(-1) !== connection) seen.push(connection);
  });
  return { seen, stop };
}

describe("the status client", () => {
  it("asks for nothing before somebody listens, and shows the snapshot first", async () => {
    const { server, clock, watch } = setup();
    expect(watch.current()).toMatchObject({ status: null, connection: "connecting" });
    await clock.advance(10_000);
    expect(server.requests).toEqual([]);
    const stop = watch.subscribe(() => undefined);
    await settle(clock);
    expect(watch.current()).toMatchObject({ connection: "live", status: { progress: { percent: 10 } } });
    expect(watch.current()).toBe(watch.current());
    stop();
    await settle(clock);
  });

  it("follows changes, and leaves out what was overtaken on its way", async () => {
    const { server, clock, watch } = setup();
    watch.subscribe(() => undefined);
    await settle(clock);
    server.tell(PROGRESS(50, 7));
    await settle(clock);
    server.tell(PROGRESS(20, 6));
    await settle(clock);
    expect(watch.current().status).toMatchObject({ seq: 7, progress: { percent: 50 } });
  });

  it("follows many jobs over one stream, opened once for all that mounted together", async () => {
    const { server, clock, client } = setup();
    const ids = ["a", "b", "c"].map((name) => `${ID}${name}`);
    for (const id of ids) server.jobs.set(id, processing({ jobId: id }));
    const stops = ids.map((id) => client.watch(id).subscribe(() => undefined));
    await settle(clock);
    expect(server.requests.map(({ path }) => path)).toEqual([`/events?ids=${ids.join(",")}`]);
    expect(ids.map((id) => client.watch(id).current().connection)).toEqual(["live", "live", "live"]);
    for (const stop of stops) stop();
    await settle(clock);
    expect(server.streams.size).toBe(0);
  });

  it("E9 stops when the job has ended, and leaves no timer", async () => {
    const { server, clock, watch } = setup();
    watch.subscribe(() => undefined);
    await settle(clock);
    server.tell(completed());
    await settle(clock);
    expect(watch.current().status?.status).toBe("completed");
    expect(server.streams.size).toBe(0);
    const asked = server.requests.length;
    await clock.advance(600_000);
    expect(server.requests.length).toBe(asked);
    expect(clock.waiting).toBe(0);
  });

  it("E9 stops when nobody listens any more, and leaves no timer", async () => {
    const { server, clock, page, watch } = setup();
    const stop = watch.subscribe(() => undefined);
    await settle(clock);
    stop();
    await settle(clock);
    expect([server.streams.size, clock.waiting, page.listeners.size]).toEqual([0, 0, 0]);
  });

  it("stops while the page is hidden, and is up to date when it is shown", async () => {
    const { server, clock, page, watch } = setup();
    watch.subscribe(() => undefined);
    await settle(clock);
    page.set({ hidden: true });
    await settle(clock);
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
    server.tell(PROGRESS(80, 8));
    await clock.advance(3_600_000);
    expect(watch.current().status?.seq).toBe(5);
    page.set({ hidden: false });
    await settle(clock);
    expect(watch.current()).toMatchObject({ connection: "live", status: { seq: 8 } });
  });

  it("reconnects with growing pauses after the line is lost, and keeps the last known status", async () => {
    const { server, clock, watch } = setup();
    const { seen } = connections(watch);
    await settle(clock);
    server.down = true;
    server.cut();
    await settle(clock);
    expect(watch.current()).toMatchObject({ connection: "reconnecting", status: { seq: 5 } });
    expect(watch.current().lastSeenAt).toBe(Date.parse(NOW));
    const asked: number[] = [];
    for (let at = 0; at < 60; at++) {
      const before = server.requests.length;
      await clock.advance(1_000);
      if (server.requests.length > before) asked.push(at);
    }
    // Two seconds doubled, half of it by chance, thirty at most: six or so tries in a minute.
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(10);
    server.down = false;
    server.tell(PROGRESS(60, 6));
    await clock.advance(45_000);
    expect(watch.current()).toMatchObject({ connection: "live", status: { seq: 6 } });
    expect(seen.filter((each) => each !== "polling")).toEqual(["live", "reconnecting", "live"]);
  });

  it("resumes the stream of one job with Last-Event-ID", async () => {
    const { server, clock, watch } = setup();
    watch.subscribe(() => undefined);
    await settle(clock);
    server.cut();
    await clock.advance(5_000);
    const streams = server.requests.filter(({ path }) => path.endsWith("/events"));
    expect(streams.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "5"]);
  });

  it("E9 polls every 2 s with ETags when streams do not get through", async () => {
    const { server, clock, watch } = setup();
    server.refuse = (path) => (path.includes("events") ? new Response("<html>", { status: 200 }) : null);
    watch.subscribe(() => undefined);
    await settle(clock);
    expect(watch.current()).toMatchObject({ connection: "polling", status: { seq: 5 } });
    await clock.advance(10_000);
    const polls = server.requests.filter(({ path }) => path.endsWith("/status"));
    expect(polls.length).toBe(6);
    expect(polls.slice(1).every(({ headers }) => headers.get("if-none-match")?.startsWith('W/"5') === true)).toBe(true);
    server.tell(PROGRESS(70, 7));
    await clock.advance(2_000);
    expect(watch.current().status?.seq).toBe(7);
  });

  it("polls when something on the way holds the stream back, and tries a stream again later", async () => {
    const { server, clock, watch } = setup();
    const held = (): Response =>
      new Response(new ReadableStream({}), { headers: { "content-type": "text/event-stream" } });
    server.refuse = (path) => (path.includes("events") ? held() : null);
    watch.subscribe(() => undefined);
    await clock.advance(8_010);
    expect(watch.current()).toMatchObject({ connection: "polling", status: { seq: 5 } });
    server.refuse = null;
    await clock.advance(70_000);
    expect(watch.current().connection).toBe("live");
  });

  it("takes a stream that fell silent for lost", async () => {
    const { server, clock, watch } = setup();
    watch.subscribe(() => undefined);
    await clock.advance(60_000);
    expect(server.count(/events$/)).toBe(2);
    expect(watch.current().connection).toBe("live");
  });

  it("says offline at once, holds still, and comes back by itself", async () => {
    const { server, clock, page, watch } = setup();
    const { seen } = connections(watch);
    await settle(clock);
    page.set({ online: false });
    await settle(clock);
    expect(watch.current().connection).toBe("offline");
    expect(clock.waiting).toBe(0);
    page.set({ online: true });
    await settle(clock);
    expect(server.streams.size).toBe(1);
    expect(seen).toEqual(["live", "offline", "reconnecting", "live"]);
  });

  it.each([
    ["not_found", 404, { notFound: true }],
    ["signed out", 401, { signedOut: true }],
  ] as const)("stops asking after %s", async (_name, status, expected) => {
    const { server, clock, watch } = setup();
    server.refuse = () => problem(status, "x", "…");
    watch.subscribe(() => undefined);
    await settle(clock);
    expect(watch.current()).toMatchObject(expected);
    const asked = server.requests.length;
    await clock.advance(120_000);
    expect(server.requests.length).toBe(asked);
  });

  it("reads the tombstone of a job that was cleared", async () => {
    const { server, clock, watch } = setup();
    const tombstone = { status: "completed", finishedAt: NOW, purgedAt: NOW, jobId: ID };
    server.refuse = () => new Response(JSON.stringify({ code: "job_purged", tombstone }), { status: 410 });
    watch.subscribe(() => undefined);
    await settle(clock);
    expect(watch.current().gone).toEqual({ status: "completed", finishedAt: NOW, purgedAt: NOW });
  });

  it("asks again after a sign-in", async () => {
    const { server, clock, watch } = setup();
    server.refuse = () => problem(401, "unauthenticated", "Sign in.");
    watch.subscribe(() => undefined);
    await settle(clock);
    server.refuse = null;
    await watch.refresh();
    await settle(clock);
    expect(watch.current()).toMatchObject({ signedOut: false, connection: "live", status: { seq: 5 } });
  });

  it("L1 waits as long as a 429 asks", async () => {
    const { server, clock, watch } = setup({ streams: false });
    let busy = true;
    server.refuse = () => (busy ? problem(429, "rate_limited", "Slow down.", { "retry-after": "7" }) : null);
    watch.subscribe(() => undefined);
    await clock.advance(6_900);
    expect(server.requests.length).toBe(1);
    busy = false;
    await clock.advance(200);
    expect(watch.current()).toMatchObject({ connection: "polling", status: { seq: 5 } });
  });

  it("E7 retries: shows that it asks, follows the new run, and says why when refused", async () => {
    const { server, clock, watch } = setup();
    server.jobs.set(ID, failed("temporary", "It did not answer.", true));
    watch.subscribe(() => undefined);
    await settle(clock);
    const asked = watch.retry();
    expect(watch.current().action).toEqual({ kind: "retry", state: "asking" });
    server.jobs.set(ID, processing({ seq: 12, generation: 2 }));
    expect(await asked).toEqual({ done: true });
    await settle(clock);
    expect(watch.current()).toMatchObject({ action: null, connection: "live", status: { seq: 12 } });

    server.refuse = (path) => (path.endsWith("/cancel") ? problem(409, "illegal_move", "Cannot cancel it.") : null);
    expect(await watch.cancel()).toEqual({ done: false, code: "illegal_move", message: "Cannot cancel it." });
    expect(watch.current().action).toMatchObject({ state: "refused", message: "Cannot cancel it." });
    const posts = server.requests.filter(({ method }) => method === "POST");
    expect(posts.map(({ headers }) => headers.get("content-type"))).toEqual(["application/json", "application/json"]);
    expect(posts[0]?.headers.get("idempotency-key")).toBe("retry-1-9");
  });

  it("sends the host's headers, asked anew each time", async () => {
    let n = 0;
    const { server, clock, watch } = setup({ headers: () => ({ authorization: `Bearer ${++n}` }) });
    watch.subscribe(() => undefined);
    await settle(clock);
    await watch.refresh();
    expect(server.requests.map(({ headers }) => headers.get("authorization"))).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("can be closed and used again", async () => {
    const { server, clock, client, watch }: { client: StatusClient } & ReturnType<typeof setup> = setup();
    watch.subscribe(() => undefined);
    await settle(clock);
    client.close();
    await settle(clock);
    expect([server.streams.size, clock.waiting]).toEqual([0, 0]);
  });
});
