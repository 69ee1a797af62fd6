/** Acting on a job over HTTP, and from where that is allowed. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpApi } from "../../src/http/index.js";
import { bearer, openWorld, SITE, story, type World } from "./world.js";

const APP = "https://other.example";

describe("acting over HTTP", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld({ enqueue: [story], cors: { origins: [APP], credentials: true } });
  });
  afterEach(() => world.close());
  const post = (path: string, init: { headers?: Record<string, string>; body?: unknown } = {}): Promise<Response> =>
    world.call("POST", path, "ada", init);

  it("E7 retry takes failed jobs, at most three runs in all, and a refusal says why", async () => {
    const id = await world.make("ada", "later");
    const first = await post(`/api/jobs/${id}/retry`);
    expect([first.status, first.headers.get("location"), first.headers.get("retry-after")]).toEqual([
      202,
      `/api/jobs/${id}`,
      "2",
    ]);
    expect(await first.json()).toMatchObject({ jobId: id, status: "pending", replayed: false });
    const running = await post(`/api/jobs/${id}/retry`);
    expect(await running.json()).toMatchObject({ status: 409, code: "illegal_move", jobStatus: "pending" });
    const hopeless = await post(`/api/jobs/${await world.make("ada", "input")}/retry`);
    expect(await hopeless.json()).toMatchObject({ status: 409, code: "not_retryable" });
  });

  it("S5 acts on the job of the address alone: a body that names another one is refused, and changes neither", async () => {
    const [here, there] = [await world.make("ada", "later"), await world.make("ada", "later")];
    for (const action of ["retry", "cancel"]) {
      const answer = await post(`/api/jobs/${here}/${action}`, { body: { jobId: there, owner: "ada" } });
      expect(answer.status, action).toBeGreaterThanOrEqual(400);
    }
    for (const id of [here, there])
      expect(await world.waymark.tracker.getStatus(id)).toMatchObject({ status: "failed", generation: 1 });
  });

  it("a double click with the same Idempotency-Key is one retry", async () => {
    const id = await world.make("ada", "later");
    const click = async (): Promise<unknown> =>
      (await post(`/api/jobs/${id}/retry`, { headers: { "idempotency-key": "click-1" } })).json();
    expect(await click()).toMatchObject({ replayed: false });
    expect(await click()).toMatchObject({ replayed: true });
    expect(await world.waymark.tracker.getStatus(id)).toMatchObject({ generation: 2 });
  });

  it("I30 the trail names who asked, with the request's key", async () => {
    const id = await world.make("ada");
    await post(`/api/jobs/${id}/cancel`, { body: { reason: "mistake" }, headers: { "idempotency-key": "k1" } });
    expect((await world.waymark.tracker.history(id))?.at(-1)).toMatchObject({
      actor: "ada",
      reason: "mistake",
      requestId: "k1",
    });
  });

  it("a cancelled job says whether its owner or an operator cancelled it, and never who", async () => {
    const told = async (who: string): Promise<unknown> => {
      const id = await world.make("ada");
      await world.call("POST", `/api/jobs/${id}/cancel`, who, { body: {} });
      const text = await (await world.call("GET", `/api/jobs/${id}/status`)).text();
      expect(text).not.toContain("mara");
      return (JSON.parse(text) as { cancelledBy?: unknown }).cancelledBy;
    };
    expect([await told("ada"), await told("operator:mara")]).toEqual(["owner", "operator"]);
    const id = await world.make("ada");
    await world.waymark.cancel(id, { actor: "some script" });
    expect(await world.waymark.tracker.getStatus(id)).not.toHaveProperty("cancelledBy");
  });

  it("cancel ends a waiting job at once, and asks a running one to stop", async () => {
    const waiting = await post(`/api/jobs/${await world.make("ada")}/cancel`);
    expect([waiting.status, await waiting.json()]).toMatchObject([200, { status: "cancelled", requested: false }]);
    const ref = await world.waymark.enqueue(story, {}, { owner: "ada" });
    const worker = world.waymark.work([
      story.handle(
        (_input, ctx) =>
          new Promise((_resolve, reject) => ctx.signal.addEventListener("abort", () => reject(new Error("stop")))),
      ),
    ]);
    await world.clock.advance(100);
    const running = await post(`/api/jobs/${ref.jobId}/cancel`);
    expect([running.status, await running.json()]).toMatchObject([202, { status: "processing", requested: true }]);
    await world.clock.advance(40_000);
    expect(await world.waymark.tracker.getStatus(ref.jobId)).toMatchObject({ status: "cancelled" });
    await worker.stop();
  });

  it("DELETE removes an ended job and leaves a tombstone; an active one stays", async () => {
    const id = await world.make("ada", "ok");
    expect((await world.call("DELETE", `/api/jobs/${id}`)).status).toBe(204);
    expect((await world.call("GET", `/api/jobs/${id}`)).status).toBe(410);
    const active = await world.call("DELETE", `/api/jobs/${await world.make("ada")}`);
    expect(await active.json()).toMatchObject({ code: "illegal_move" });
  });

  it("POST /jobs answers 202 with Location and Retry-After, and the same key and input with the same job", async () => {
    const start = (input: unknown): Promise<Response> =>
      post("/api/jobs", {
        body: { kind: "story", input, metadata: { file: "a.csv" } },
        headers: { "idempotency-key": "up-1" },
      });
    const first = await start({ a: 1 });
    const made: any = await first.json();
    expect(first.status).toBe(202);
    expect(first.headers.get("location")).toBe(`/api/jobs/${made.jobId}`);
    expect(first.headers.get("retry-after")).toBe("2");
    expect(made).toMatchObject({
      kind: "story",
      deduplicated: false,
      links: { events: `/api/jobs/${made.jobId}/events` },
    });
    expect(await (await start({ a: 1 })).json()).toMatchObject({ jobId: made.jobId, deduplicated: true });
    expect(await (await start({ a: 2 })).json()).toMatchObject({ status: 409, code: "idempotency_conflict" });
    expect(await world.waymark.tracker.getStatus(made.jobId)).toMatchObject({
      owner: "ada",
      metadata: { file: "a.csv" },
    });
    const unknown = await post("/api/jobs", { body: { kind: "other" } });
    expect(await unknown.json()).toMatchObject({ status: 422, code: "unknown_kind" });
  });

  it("accepted(ref) is the same 202 for an app's own route", async () => {
    const ref = await world.waymark.enqueue(story, {}, { owner: "ada" });
    const response = world.api.accepted(ref, { "set-cookie": "a=b" });
    expect([response.status, response.headers.get("location"), response.headers.get("set-cookie")]).toEqual([
      202,
      `/api/jobs/${ref.jobId}`,
      "a=b",
    ]);
    expect(await response.json()).toMatchObject({ jobId: ref.jobId, links: { self: `/api/jobs/${ref.jobId}` } });
  });

  describe("U3 a change comes from this site", () => {
    let cookieApi: ReturnType<typeof createHttpApi>;
    let id: string;
    beforeEach(async () => {
      id = await world.make("ada");
      cookieApi = createHttpApi({
        waymark: world.waymark,
        authenticate: (request) =>
          request.headers.get("cookie") === "s=ada" ? { owner: "ada", role: "owner" } : bearer(request),
        cors: { origins: [APP] },
      });
    });
    afterEach(() => cookieApi.close());
    const cancel = (headers: Record<string, string>, body: string | null = "{}"): Promise<Response> =>
      cookieApi.fetch(
        new Request(`${SITE}/api/jobs/${id}/cancel`, {
          method: "POST",
          headers: { cookie: "s=ada", ...headers },
          body,
        }),
      );
    const json = { "content-type": "application/json" };

    it.each([
      ["no sign of where it comes from", json],
      ["another site", { ...json, origin: "https://evil.example" }],
      ["another site that says so", { ...json, "sec-fetch-site": "cross-site", origin: SITE }],
      ["a sibling of this site", { ...json, "sec-fetch-site": "same-site" }],
      ["typed into the address bar", { ...json, "sec-fetch-site": "none" }],
      ["an opaque origin", { ...json, origin: "null" }],
      ["a bearer token beside a cookie", { ...json, authorization: "Bearer ada" }],
    ])("%s is refused", async (_what, headers) => {
      expect(await (await cancel(headers)).json()).toMatchObject({ status: 403, code: "cross_site" });
      expect(await world.waymark.tracker.getStatusOnly(id)).toBe("pending");
    });

    it.each([
      ["text/plain, as a form of another site could send it", "text/plain"],
      ["a form", "application/x-www-form-urlencoded"],
      ["JSON only by name", "text/plain; application/json"],
    ])("%s is no JSON", async (_what, type) => {
      const response = await cancel({ "content-type": type, "sec-fetch-site": "same-origin" });
      expect(await response.json()).toMatchObject({ status: 415, code: "json_expected" });
    });

    it.each([
      ["a page of this site", { "sec-fetch-site": "same-origin" }],
      ["a matching Origin", { origin: SITE }],
      ["a matching Origin behind a proxy that ends TLS", { origin: SITE.replace("http:", "https:") }],
      ["a listed origin", { origin: APP, "sec-fetch-site": "cross-site" }],
    ])("%s is let through", async (_what, headers) => {
      expect((await cancel({ ...json, ...headers })).status).toBe(200);
    });

    it("a bearer token without a cookie needs neither, as no browser adds it by itself", async () => {
      expect((await world.call("POST", `/api/jobs/${id}/cancel`)).status).toBe(200);
    });
  });

  describe("other origins", () => {
    const ask = (origin: string, method = "GET", headers: Record<string, string> = {}): Promise<Response> =>
      world.call(method, "/api/jobs", "ada", { headers: { origin, ...headers } });

    it("read nothing unless they are listed", async () => {
      expect((await ask("https://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
      const listed = await ask(APP);
      expect(listed.headers.get("access-control-allow-origin")).toBe(APP);
      expect(listed.headers.get("access-control-allow-credentials")).toBe("true");
      expect(listed.headers.get("access-control-expose-headers")).toContain("retry-after");
    });

    it("ask first, and are told what they may send", async () => {
      const preflight = await ask(APP, "OPTIONS", { "access-control-request-method": "POST" });
      expect([preflight.status, preflight.headers.get("access-control-allow-methods")]).toEqual([204, "GET, POST"]);
      expect(preflight.headers.get("access-control-allow-headers")).toContain("last-event-id");
      const refused = await ask("https://evil.example", "OPTIONS", { "access-control-request-method": "POST" });
      expect([refused.status, refused.headers.has("access-control-allow-methods")]).toEqual([405, false]);
    });

    it.each(["*", "null", "https://app.example/", "app.example", ""])("%j is no origin to list", (origin) => {
      const open = (): unknown =>
        createHttpApi({ waymark: world.waymark, authenticate: bearer, cors: { origins: [origin] } });
      expect(open).toThrowError(/not an origin/);
    });
  });

  it("a body past its cap is refused, announced or not, and one that is no JSON too", async () => {
    const id = await world.make("ada");
    const big = await post(`/api/jobs/${id}/cancel`, { body: { reason: "x".repeat(20_000) } });
    expect(await big.json()).toMatchObject({ status: 413, code: "too_large" });
    for (const body of ["{", "\u0000", "[1", '{"reason": 5}', '{"other":1}', "[]", '"x"', "null"]) {
      const response = await post(`/api/jobs/${id}/cancel`, { body });
      expect([body, response.status]).toEqual([body, 400]);
    }
    expect((await post(`/api/jobs/${id}/cancel`, { body: '{"__proto__":{"force":true}}' })).status).toBe(400);
  });
});
