/** Event streams: a snapshot, then changes, then an end; bounded, shared, authorised, and freed. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEventStream } from "../../src/http/event-stream.js";
import type { HttpApiOptions } from "../../src/http/index.js";
import { runUntilIdle } from "../../src/testing/run-until-idle.js";
import { bearer, openWorld, story, type World, watched } from "./world.js";

interface Reader {
  readonly events: EventSourceMessage[];
  readonly comments: string[];
  readonly ended: () => boolean;
  cancel(): Promise<void>;
}

/** Reads as fetch readers do, with a public parser of event streams. */
function read(response: Response): Reader {
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  let ended = false;
  const parser = createParser({ onEvent: (event) => events.push(event), onComment: (text) => comments.push(text) });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parser.feed(decoder.decode(value, { stream: true }));
    }
    ended = true;
  })();
  return { events, comments, ended: () => ended, cancel: () => reader.cancel() };
}
const told = ({ events }: Reader): string[] =>
  events.map(({ event, data }) => (event === "status" ? (JSON.parse(data) as { status: string }).status : event!));

describe("event streams", () => {
  let world: World;
  let reads: (readonly string[])[];
  const open = async (options: Partial<HttpApiOptions> = {}): Promise<void> => {
    reads = [];
    world = await openWorld(options, {
      wrap: (store) =>
        watched(store, (method, [request]) => {
          if (method === "read") reads.push((request as { jobIds: string[] }).jobIds);
        }),
    });
  };
  beforeEach(() => open());
  afterEach(() => world.close());
  const follow = async (id: string, who = "ada", headers: Record<string, string> = {}): Promise<Reader> =>
    read(await world.call("GET", `/api/jobs/${id}/events`, who, { headers }));
  const settle = (): Promise<void> => world.clock.advance(100);

  it("tells the present picture, then each change, then the end, and closes", async () => {
    const id = await world.make("ada");
    const response = await world.call("GET", `/api/jobs/${id}/events`);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
    });
    const reader = read(response);
    await settle();
    expect(told(reader)).toEqual(["pending"]);
    const worker = world.waymark.work([
      story.handle(async (_input, ctx) => {
        await ctx.stage("writing");
        await new Promise<void>((resolve) => world.clock.after(2_000, resolve));
        return { storyId: "s1" };
      }),
    ]);
    await world.clock.advance(5_000);
    await worker.stop();
    expect(told(reader)[0]).toBe("pending");
    expect(told(reader)).toContain("processing");
    expect(told(reader).slice(-2)).toEqual(["completed", "end"]);
    expect(reader.ended()).toBe(true);
    const last = JSON.parse(reader.events.at(-2)!.data) as unknown;
    expect(last).toEqual(JSON.parse(JSON.stringify(await world.waymark.tracker.getStatus(id))));
  });

  it("I27 seq never falls, and every event of a job has a version of its own", async () => {
    const id = await world.make("ada");
    const reader = await follow(id);
    await runUntilIdle(world.waymark, [story.handle(() => ({ storyId: "s" }))], { clock: world.clock });
    await settle();
    const seqs = reader.events
      .filter(({ event }) => event === "status")
      .map(({ data }) => (JSON.parse(data) as { seq: number }).seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    const versions = reader.events.filter(({ event }) => event === "status").map(({ id }) => id);
    expect(new Set(versions).size).toBe(versions.length);
  });

  it("L2 resumes by Last-Event-ID: what the reader has is not sent again, what it missed is", async () => {
    const id = await world.make("ada");
    const first = await follow(id);
    await settle();
    const version = first.events[0]!.id!;
    await first.cancel();
    const same = await follow(id, "ada", { "last-event-id": version });
    await settle();
    expect(told(same)).toEqual([]);
    await world.waymark.cancel(id, { actor: "test" });
    await settle();
    expect(told(same)).toEqual(["cancelled", "end"]);
    const missed = await follow(id, "ada", { "last-event-id": version });
    await settle();
    expect(told(missed)).toEqual(["cancelled", "end"]);
    const known = await follow(id, "ada", { "last-event-id": missed.events[0]!.id! });
    await settle();
    expect(told(known)).toEqual(["end"]);
  });

  it("follows many jobs in one stream, says which are gone, and ends with the last of them", async () => {
    const purged = await world.make("ada", "purged");
    const [a, b, foreign] = [await world.make("ada"), await world.make("ada"), await world.make("bob")];
    const reader = read(await world.call("GET", `/api/events?ids=${[a, b, foreign, purged, "nonsense", a].join(",")}`));
    await settle();
    const gone = reader.events.filter(({ event }) => event === "gone").map(({ data }) => JSON.parse(data) as unknown);
    expect(gone).toEqual([{ jobId: foreign }, { jobId: purged, status: "completed" }, { jobId: "nonsense" }]);
    expect(told(reader).filter((each) => each === "pending")).toHaveLength(2);
    await world.waymark.cancel(a, { actor: "test" });
    await settle();
    expect(reader.ended()).toBe(false);
    await world.waymark.cancel(b, { actor: "test" });
    await settle();
    expect(told(reader).slice(-3)).toEqual(["cancelled", "cancelled", "end"]);
    expect(reader.ended()).toBe(true);
    for (const ids of ["", ",", "x".repeat(65), Array.from({ length: 101 }, (_, i) => i).join(",")]) {
      expect((await world.call("GET", `/api/events?ids=${ids}`)).status).toBe(400);
    }
  });

  it("says gone when a job is removed while it is followed", async () => {
    const [a, b] = [await world.make("ada"), await world.make("ada")];
    const reader = read(await world.call("GET", `/api/events?ids=${a},${b}`));
    await settle();
    await world.waymark.cancel(a, { actor: "test" });
    await world.waymark.remove(a, { actor: "test" });
    await settle();
    // Cancelled and removed within one look: only the last of it is seen.
    expect(["gone", "cancelled"]).toContain(told(reader)[2]);
    expect(reader.ended()).toBe(false);
    await reader.cancel();
  });

  it("changes of another process arrive in the same way, also when every hint was lost", async () => {
    await world.close();
    let deaf: (() => void) | null = null;
    world = await openWorld(
      {},
      {
        wrap: (store) =>
          new Proxy(store, {
            get: (target, name) => {
              if (name === "subscribe") return () => ((deaf = () => undefined), deaf);
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === "function" ? value.bind(target) : value;
            },
          }),
      },
    );
    const id = await world.make("ada");
    const reader = await follow(id);
    await settle();
    await world.waymark.cancel(id, { actor: "another process" });
    await world.clock.advance(1_100);
    expect(deaf).not.toBeNull();
    expect(told(reader)).toEqual(["pending", "cancelled", "end"]);
  });

  it("all streams of a process share one store query per look, however many there are", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 50; i++) ids.push(await world.make(`user${i}`));
    const readers = await Promise.all(ids.map((id, i) => follow(id, `user${i}`)));
    await settle();
    reads.length = 0;
    await world.clock.advance(10_000);
    expect(reads.length).toBeLessThanOrEqual(11);
    expect(reads.every((jobIds) => jobIds.length === 50)).toBe(true);
    reads.length = 0;
    await Promise.all(ids.map((id) => world.waymark.cancel(id, { actor: "test" })));
    await settle();
    expect(readers.every((reader) => told(reader).at(-1) === "end")).toBe(true);
    expect(reads.length).toBeLessThanOrEqual(3);
  });

  it("L2 pings every 15 s", async () => {
    const reader = await follow(await world.make("ada"));
    await world.clock.advance(46_000);
    expect(reader.comments).toEqual(["ping", "ping", "ping"]);
    await reader.cancel();
  });

  it("S4 authorises before it subscribes, and ends when who reads is somebody else or nobody any more", async () => {
    await world.close();
    let signedIn = true;
    await open({ authenticate: (request) => (signedIn ? bearer(request) : null) });
    const id = await world.make("ada");
    const reader = await follow(id);
    const foreign = await world.call("GET", `/api/jobs/${id}/events`, "eve");
    expect(foreign.status).toBe(404);
    await world.clock.advance(61_000);
    expect(reader.ended()).toBe(false);
    signedIn = false;
    await world.clock.advance(61_000);
    expect(reader.ended()).toBe(true);
    expect(told(reader)).toEqual(["pending"]);
  });

  it("S4 a stream by a read token ends when the token does", async () => {
    const id = await world.make("ada");
    const token = await world.waymark.tokens.read(id, { expiresIn: "10s" });
    const reader = read(await world.call("GET", `/api/jobs/${id}/events?token=${token}`, null));
    await world.clock.advance(9_000);
    expect(reader.ended()).toBe(false);
    await world.clock.advance(2_000);
    // Signatures are checked on threads of their own, which no clock turns.
    for (let turn = 0; turn < 1_000 && !reader.ended(); turn++) await world.clock.settle();
    expect(reader.ended()).toBe(true);
  });

  it("S4 a session that is over, and not renewed, ends its streams; a renewed one does not", async () => {
    await world.close();
    let until = 0;
    await open({ authenticate: (request) => ({ ...bearer(request)!, expiresAt: new Date(until) }) });
    until = world.clock.now() + 10_000;
    const reader = await follow(await world.make("ada"));
    await world.clock.advance(9_000);
    until += 10_000;
    await world.clock.advance(9_000);
    expect(reader.ended()).toBe(false);
    await world.clock.advance(3_000);
    expect(reader.ended()).toBe(true);
  });

  it("L2 one principal has five streams, a process has its maximum, and a closed one makes room", async () => {
    await world.close();
    await open({ streams: { perProcess: 6 } });
    const id = await world.make("ada");
    const readers = [];
    for (let i = 0; i < 5; i++) readers.push(await follow(id));
    const sixth = await world.call("GET", `/api/jobs/${id}/events`);
    expect(await sixth.json()).toMatchObject({ status: 429, code: "too_many_streams", limit: 5 });
    readers.push(await follow(id, "reader:ada"));
    const full = await world.call("GET", `/api/jobs/${id}/events`, "operator:ops");
    expect(await full.json()).toMatchObject({ status: 503, code: "streams_full" });
    expect(full.headers.get("retry-after")).toBe("5");
    await readers[0]!.cancel();
    const again = await follow(id);
    await settle();
    expect(told(again)).toEqual(["pending"]);
    for (const reader of [...readers.slice(1), again]) await reader.cancel();
  });

  it("L2 a reader that does not read keeps at most 64 KiB waiting, then is told to connect again", async () => {
    let closed = 0;
    const stream = openEventStream(() => closed++);
    const frame = new TextEncoder().encode(`data: ${"x".repeat(10_000)}\n\n`);
    for (let i = 0; i < 100; i++) stream.send(frame);
    expect([stream.closed, closed]).toEqual([true, 1]);
    const text = await new Response(stream.body).text();
    expect(text.length).toBeLessThanOrEqual(65_536 + 100);
    expect(text.endsWith("event: resync\ndata: {}\n\n")).toBe(true);
  });

  it("L2 one event larger than the limit is still told, and a reader that takes nothing between two pings is let go", async () => {
    const stream = openEventStream(() => undefined);
    stream.send(new Uint8Array(500_000));
    expect(stream.closed).toBe(false);
    stream.ping();
    expect(stream.closed).toBe(false);
    stream.ping();
    expect(stream.closed).toBe(true);
  });

  it("500 readers at once, a slow one among them: all others are told, and everything is freed after close", async () => {
    await world.close();
    await open({ streams: { perPrincipal: 1_000 } });
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) ids.push(await world.make("ada"));
    const idle = world.clock.waiting;
    const slow = await world.call("GET", `/api/jobs/${ids[0]}/events`);
    const readers = await Promise.all(Array.from({ length: 499 }, (_, i) => follow(ids[i % ids.length]!)));
    await settle();
    expect(
      (await (await world.call("GET", "/api/metrics", "operator:ops")).text()).includes("waymark_http_streams 500"),
    ).toBe(true);
    const gone = readers.slice(0, 100);
    await Promise.all(gone.map((reader) => reader.cancel()));
    await Promise.all(ids.slice(1).map((id) => world.waymark.cancel(id, { actor: "test" })));
    await settle();
    const stay = readers.slice(100).filter((_, i) => (i + 100) % ids.length !== 0);
    expect(stay.every((reader) => told(reader).join() === "pending,cancelled,end")).toBe(true);
    world.api.close();
    await settle();
    expect(readers.slice(100).every((reader) => reader.ended())).toBe(true);
    expect((await slow.text()).startsWith("retry: 2000\n\nevent: status")).toBe(true);
    expect(world.clock.waiting).toBe(idle);
    expect(
      (await (await world.call("GET", "/api/metrics", "operator:ops")).text()).includes("waymark_http_streams 0"),
    ).toBe(true);
  });

  it("a client that goes away frees its stream, its timers and the store's hints", async () => {
    const id = await world.make("ada");
    const idle = world.clock.waiting;
    const gone = new AbortController();
    await world.call("GET", `/api/jobs/${id}/events`, "ada", { signal: gone.signal });
    const reader = await follow(id);
    await settle();
    gone.abort();
    await reader.cancel();
    await settle();
    expect(world.clock.waiting).toBe(idle);
  });
});
