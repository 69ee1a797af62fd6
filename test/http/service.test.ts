/** The routes for machines: the OpenAPI document, health, readiness, metrics; and the limit on requests. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { checkOpenApi } from "./open-api-check.js";
import { openWorld, story, type World, watched } from "./world.js";

const services = { analysis: { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] } };

describe("routes for machines", () => {
  let world: World;
  let readingHangs = false;
  let readingFails = false;
  beforeEach(async () => {
    readingHangs = false;
    readingFails = false;
    const wrap = (store: Store): Store =>
      new Proxy(
        watched(store, () => undefined),
        {
          get: (target, name) => {
            if (name === "read" && readingHangs) return () => new Promise(() => undefined);
            if (name === "read" && readingFails)
              return () => Promise.reject(new Error("select secret from x at pg.js:1"));
            return Reflect.get(target, name, target) as unknown;
          },
        },
      );
    world = await openWorld({ enqueue: [story], work: [story] }, { services, wrap });
  });
  afterEach(() => world.close());
  const get = async (
    path: string,
    who: string | null = null,
  ): Promise<{ status: number; text: string; headers: Headers }> => {
    const response = await world.call("GET", `/api${path}`, who);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

  it("the OpenAPI document has every route once, is valid, and every reference in it leads somewhere", async () => {
    const document = JSON.parse((await get("/openapi.json")).text) as never;
    const operations = checkOpenApi(document);
    expect(operations).toEqual(
      world.api.routes.map(({ method, path, name }) => `${method} /api${path.replace(":id", "{id}")} ${name}`).sort(),
    );
  });

  it("the validator of the document can fail", async () => {
    const document: any = JSON.parse((await get("/openapi.json")).text);
    const spoiled = (spoil: (copy: any) => void): (() => unknown) => {
      const copy = structuredClone(document);
      spoil(copy);
      return () => checkOpenApi(copy);
    };
    expect(spoiled((copy) => delete copy.components.schemas.Status)).toThrow(/Status/);
    expect(spoiled((copy) => (copy.openapi = "3.0.0"))).toThrow(/openapi/);
    expect(spoiled((copy) => (copy.paths["/api/jobs/{id}"].get.parameters = []))).toThrow(/id/);
    expect(spoiled((copy) => delete copy.paths["/api/jobs"].get.responses)).toThrow(/responses/);
    expect(spoiled((copy) => (copy.components.schemas.Status.properties.status.type = "text"))).toThrow(/type/);
  });

  it("is alive while the process answers, and ready while the store does", async () => {
    expect(await get("/healthz")).toMatchObject({ status: 200, text: '{"ok":true}' });
    expect(await get("/readyz")).toMatchObject({ status: 200, text: '{"ok":true}' });
    readingFails = true;
    expect(await get("/readyz")).toMatchObject({
      status: 503,
      text: '{"ok":false,"wrong":["the store does not answer"]}',
    });
    readingFails = false;
    readingHangs = true;
    const waiting = get("/readyz");
    await world.clock.advance(2_001);
    expect(await waiting).toMatchObject({ status: 503 });
    readingHangs = false;
  });

  it.each([
    ["claim", "claim"],
    ["extend", "heartbeat"],
    ["sweep", "sweep"],
  ])("is not ready when the store never answers a %s, and says which loop stalled", async (method, loop) => {
    let hangs = true;
    const hanging: (() => void)[] = [];
    const stalling = await openWorld(
      {},
      {
        wrap: (store) =>
          new Proxy(
            watched(store, () => undefined),
            {
              get: (target, name) => {
                const value = Reflect.get(target, name, target) as unknown;
                if (name !== method || !hangs) return value;
                return async (...args: unknown[]): Promise<unknown> => {
                  await new Promise<void>((resolve) => hanging.push(resolve));
                  return (value as (...args: unknown[]) => unknown).apply(target, args);
                };
              },
            },
          ),
      },
    );
    const worker = stalling.waymark.work([story.handle(() => null)], { pollMs: "5s" });
    await stalling.clock.advance(30_000);
    expect((await stalling.call("GET", "/api/readyz", null)).status).toBe(200);
    await stalling.clock.advance(35_000);
    const answer = await stalling.call("GET", "/api/readyz", null);
    const wrong = [`the ${loop} loop has stalled`];
    expect([answer.status, await answer.json()]).toEqual([503, { ok: false, wrong }]);
    hangs = false;
    for (const resolve of hanging) resolve();
    await stalling.clock.advance(10_000);
    expect((await stalling.call("GET", "/api/readyz", null)).status).toBe(200);
    await worker.stop();
    await stalling.close();
  });

  it("P3 a fault of the store is a 503 or 500 without a word of the store's own", async () => {
    const id = await world.make("ada");
    readingFails = true;
    const { status, text } = await get(`/jobs/${id}`, "ada");
    expect(status).toBe(500);
    expect(JSON.parse(text)).toEqual({
      type: "urn:waymark:internal_error",
      title: "Internal error",
      status: 500,
      code: "internal_error",
      detail: "Something went wrong on our side.",
    });
    readingFails = false;
  });

  it("metrics are OpenMetrics text for operators: what happened, what there is, no id and no owner", async () => {
    expect((await get("/metrics", "ada")).status).toBe(403);
    const id = await world.make("ada", "ok");
    await world.make("ada");
    const { text, headers } = await get("/metrics", "operator:ops");
    expect(headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    for (const line of [
      'waymark_jobs_enqueued_total{kind="story",deduplicated="false"} 2',
      'waymark_attempts_ended_total{kind="story",status="completed"} 1',
      'waymark_attempt_duration_seconds_count{kind="story"} 1',
      'waymark_jobs{status="pending"} 1',
      'waymark_jobs{status="completed"} 1',
      'waymark_http_requests_total{route="getMetrics",status="403"} 1',
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text).not.toContain(id);
    expect(text).not.toContain("ada");
    const form = /^(# (TYPE|HELP|UNIT) waymark_\w+ .+|waymark_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+|# EOF|)$/;
    expect(text.split("\n").filter((line) => !form.test(line))).toEqual([]);
    const open = await openWorld({ publicMetrics: true });
    expect((await open.call("GET", "/api/metrics", null)).status).toBe(200);
    await open.close();
  });
});

describe("L1 a token bucket per principal", () => {
  it("answers 429 with Retry-After when it is empty, leaves others alone, and fills again", async () => {
    const world = await openWorld({ rateLimit: { perSecond: 2, burst: 5 } });
    const ask = (who: string): Promise<Response> => world.call("GET", "/api/jobs", who);
    for (let i = 0; i < 5; i++) expect((await ask("ada")).status).toBe(200);
    const refused = await ask("ada");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    expect((await ask("eve")).status).toBe(200);
    expect((await world.call("GET", "/api/healthz", null)).status).toBe(200);
    await world.clock.advance(1_000);
    expect([(await ask("ada")).status, (await ask("ada")).status, (await ask("ada")).status]).toEqual([200, 200, 429]);
    await world.close();
  });
});
