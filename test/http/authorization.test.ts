/**
 * S6: every route with every sort of principal and every sort of job. The matrix is made of the API's own table of
 * routes, so a route that nobody thought of fails here.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpApi, type RouteInfo } from "../../src/http/index.js";
import { bearer, openWorld, story, type World, watched } from "./world.js";

const PRINCIPALS = {
  anonymous: null,
  other: "owner:eve",
  owner: "owner:ada",
  reader: "reader:ada",
  operator: "operator:ops",
  worker: "worker:w1",
} as const;
type Who = keyof typeof PRINCIPALS;
const JOBS = ["own", "foreign", "unknown", "purged", "malformed"] as const;
type Which = (typeof JOBS)[number];

/** What each access lets through, before any job is looked at. */
const MAY: Record<RouteInfo["access"], (who: Who, acts: boolean) => boolean> = {
  public: () => true,
  owner: (who, acts) => who !== "anonymous" && who !== "worker" && !(acts && who === "reader"),
  operator: (who) => who === "operator",
  worker: (who) => who === "worker" || who === "operator",
  service: () => false,
};
/** A body that is in order, for routes that want one. */
const BODIES: Record<string, unknown> = {
  startJob: { kind: "story", input: {} },
  claimWork: { workerId: "w1", limit: 0 },
  extendWork: { fence: 9 },
  reportWork: { fence: 9 },
  completeWork: { fence: 9 },
  failWork: { fence: 9, error: { code: "x", message: "No." } },
};
const KNOWN_ROUTES = [
  "listJobs",
  "getJob",
  "getJobStatus",
  "getStatus",
  "getJobHistory",
  "followJob",
  "followJobs",
  "retryJob",
  "cancelJob",
  "removeJob",
  "startJob",
  "reportFromService",
  "claimWork",
  "extendWork",
  "reportWork",
  "completeWork",
  "failWork",
  "describe",
  "isAlive",
  "isReady",
  "getMetrics",
];

const service = { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] };
const options = { enqueue: [story], work: [story] };

describe("S6 the authorization matrix", () => {
  let world: World;
  let ids: Record<Which, string>;
  beforeEach(async () => {
    world = await openWorld(options, { services: { analysis: service } });
    ids = {
      own: await world.make("ada", "later"),
      foreign: await world.make("bob", "later"),
      unknown: "0190aaaa-0000-7000-8000-000000000000",
      purged: await world.make("ada", "purged"),
      malformed: "no-job-id",
    };
  });
  afterEach(() => world.close());

  const send = async (route: RouteInfo, who: Who, id: string): Promise<{ response: Response; text: string }> => {
    const query = route.name === "followJobs" ? `?ids=${id}` : "";
    const path = `/api${route.path.replace(":id", id)}${query}`;
    const body = route.acts ? (BODIES[route.name] ?? {}) : undefined;
    const response = await world.call(route.method, path, PRINCIPALS[who], { body });
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    const text = isStream ? await firstEvent(response) : await response.text();
    return { response, text };
  };

  it("names every route there is", () => {
    expect(world.api.routes.map(({ name }) => name).sort()).toEqual([...KNOWN_ROUTES].sort());
  });

  const { routes } = createHttpApi({
    waymark: {
      clock: { now: () => 0 },
      limits: {},
      remote: { callback: () => undefined },
      on: () => () => undefined,
    } as never,
    authenticate: bearer,
    ...options,
  });
  describe.each([...routes])("$method $path ($access)", (route) => {
    it.each(Object.keys(PRINCIPALS) as Who[])("asked by %s", async (who) => {
      for (const which of JOBS) {
        // A fresh job for each call that may end the one before.
        const id = which === "own" && route.acts ? await world.make("ada", "later") : ids[which];
        const { response, text } = await send(route, who, id);
        const { status } = response;
        const told = `${who} ${which}: ${status} ${text}`;
        expect(status, told).toBeLessThan(500);
        if (route.access === "service") {
          expect(status, told).toBe(401);
          continue;
        }
        if (!MAY[route.access](who, route.acts)) {
          expect(status, told).toBe(who === "anonymous" ? 401 : 403);
          continue;
        }
        if (!route.path.includes(":id")) {
          if (route.name === "followJobs") expectStream(who, which, text, told);
          else expect(status, told).toBeLessThan(300);
          continue;
        }
        expect(status, told).toBe(expectedStatus(route, who, which));
      }
    });
  });

  it("S2 a foreign, an unknown and a malformed id get the same bytes and headers, on every route and verb", async () => {
    const answers = new Set<string>();
    for (const route of world.api.routes.filter(({ path, access }) => path.includes(":id") && access === "owner")) {
      for (const which of ["foreign", "unknown", "malformed"] as const) {
        const { response, text } = await send(route, "owner", ids[which]);
        answers.add(JSON.stringify([response.status, [...response.headers], text]));
      }
      const { response, text } = await send(route, "other", ids.purged);
      answers.add(JSON.stringify([response.status, [...response.headers], text]));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toContain("404");
  });

  it("S1 an owner in query or body is refused for everybody but operators, and operators may name one", async () => {
    for (const who of ["owner:ada", "reader:ada"]) {
      const response = await world.call("GET", "/api/jobs?owner=bob", who);
      expect(await response.json()).toMatchObject({ status: 403, code: "owner_not_allowed" });
    }
    for (const owner of ["bob", "ada", null]) {
      const response = await world.call("POST", "/api/jobs", "ada", { body: { kind: "story", owner } });
      expect(await response.json()).toMatchObject({ status: 403, code: "owner_not_allowed" });
    }
    const page: any = await (await world.call("GET", "/api/jobs?owner=bob", "operator:ops")).json();
    expect(page.jobs.map((job: { jobId: string }) => job.jobId)).toEqual([ids.foreign]);
    const made: any = await (
      await world.call("POST", "/api/jobs", "operator:ops", { body: { kind: "story", owner: "bob" } })
    ).json();
    expect(await world.waymark.tracker.getStatus(made.jobId)).toMatchObject({ owner: "bob" });
  });

  it("S3 lists hold one's own jobs only, and the owner is in the store's query", async () => {
    const page: any = await (await world.call("GET", "/api/jobs")).json();
    expect(page.jobs.map((job: { owner: string }) => job.owner)).toEqual(["ada"]);
    const asked: unknown[] = [];
    const counted = await openWorld(
      {},
      { wrap: (store) => watched(store, (_method, [request]) => asked.push(request)) },
    );
    const id = await counted.make("bob");
    asked.length = 0;
    expect((await counted.call("GET", `/api/jobs/${id}`)).status).toBe(404);
    await counted.call("GET", "/api/jobs");
    expect(asked.filter((request) => request !== undefined)).toMatchObject([{ owner: "ada" }, { owner: "ada" }]);
    await counted.close();
  });

  it("only operators force a cancel", async () => {
    const id = await world.make("ada");
    const ask = (who: string) => world.call("POST", `/api/jobs/${id}/cancel`, who, { body: { force: true } });
    expect((await ask("ada")).status).toBe(403);
    expect((await ask("operator:ops")).status).toBe(200);
  });

  it("W2 without a service there is no callback route, and without kinds no way to start or take jobs", async () => {
    const plain = await openWorld();
    for (const path of ["/jobs/x/callback", "/work/claim", "/work/x/complete"]) {
      const response = await plain.call("POST", `/api${path}`, "operator:ops", { body: {} });
      expect(await response.json()).toMatchObject({ code: "route_not_found" });
    }
    expect((await plain.call("POST", "/api/jobs", "ada", { body: {} })).status).toBe(405);
    await plain.close();
  });
});

function expectedStatus(route: RouteInfo, who: Who, which: Which): number {
  const seen = who === "operator" || (who === "other" ? false : which === "own" || which === "purged");
  if (route.access === "worker") return which === "own" || which === "foreign" ? 409 : 404;
  if (which === "malformed" || which === "unknown" || (!seen && which !== "foreign")) return 404;
  if (which === "foreign" && who !== "operator") return 404;
  if (which === "purged") return 410;
  if (route.name === "retryJob") return 202;
  // A failed job cannot be cancelled.
  if (route.name === "cancelJob") return 409;
  return route.name === "removeJob" ? 204 : 200;
}

function expectStream(who: Who, which: Which, text: string, told: string): void {
  const seen = which === "own" ? who !== "other" : which === "foreign" && who === "operator";
  expect(text, told).toContain(seen ? "event: status" : "event: gone");
  // Of a purged job of one's own the stream tells what became of it; of others' nothing.
  if (!seen) expect(text.includes('"status"'), told).toBe(which === "purged" && who !== "other");
}

/** All of a stream that ends by itself, as streams of ended jobs do. */
async function firstEvent(response: Response): Promise<string> {
  return response.text();
}
