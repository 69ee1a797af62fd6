/** The API behind real servers, each called over a real connection, bodies and streams included. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toNodeHandler } from "../../src/http/index.js";
import { openWorld, story, type World } from "./world.js";

interface Served {
  readonly url: string;
  close(): Promise<void>;
}
async function listen(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As app/api/[...path]/route.ts exports them; the second argument is what Next.js hands on. */
function nextRoute({ api }: World) {
  return { GET: api.fetch, POST: api.fetch, DELETE: api.fetch } as Record<
    string,
    (request: Request, context?: { params: Promise<unknown> }) => Promise<Response>
  >;
}

const MOUNTS: Record<string, (world: World) => Promise<Served>> = {
  "node:http": ({ api }) => listen(createServer(toNodeHandler(api.fetch))),
  "Express 5, at its base path": async ({ api }) => {
    const app = express();
    app.use("/api", toNodeHandler(api.fetch));
    app.use(express.json());
    app.get("/other", (_request, response) => void response.json({ other: true }));
    return listen(createServer(app));
  },
  "Fastify 5": async ({ api }) => {
    const app = fastify();
    const handler = toNodeHandler(api.fetch);
    await app.register(async (scope) => {
      // Bodies are read by the API: signatures need the raw bytes.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
      scope.all("/api/*", (request, reply) => {
        reply.hijack();
        handler(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: async () => {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },
  Hono: async ({ api }) => {
    const app = new Hono();
    app.all("/api/*", (context) => api.fetch(context.req.raw));
    return listen(createServer(toNodeHandler(async (request) => app.fetch(request))));
  },
  "a Next.js route handler": async (world) => {
    const route = nextRoute(world);
    const serve = async (request: Request): Promise<Response> =>
      route[request.method]?.(request, { params: Promise.resolve({ path: [] }) }) ??
      new Response(null, { status: 405 });
    return listen(createServer(toNodeHandler(serve)));
  },
};

describe.each(Object.entries(MOUNTS))("mounted in %s", (_name, mount) => {
  let world: World;
  let served: Served;
  beforeEach(async () => {
    world = await openWorld({ enqueue: [story] });
    served = await mount(world);
  });
  afterEach(async () => {
    await served.close();
    await world.close();
  });
  const headers = { authorization: "Bearer ada" };

  it("takes a JSON body, answers with its headers, and knows its base path", async () => {
    const response = await fetch(`${served.url}/api/jobs`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ kind: "story", input: { text: "é".repeat(50_000) } }),
    });
    expect(response.status).toBe(202);
    const location = response.headers.get("location")!;
    const status = await fetch(served.url + location, { headers });
    expect(await status.json()).toMatchObject({ kind: "story", status: "pending", owner: "ada" });
    const etag = status.headers.get("etag")!;
    const again = await fetch(served.url + location, { headers: { ...headers, "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect((await fetch(`${served.url}/api/jobs/x`, { headers })).status).toBe(404);
  });

  it("streams events as they come, and frees the stream when the client goes", async () => {
    const id = await world.make("ada");
    const gone = new AbortController();
    const response = await fetch(`${served.url}/api/jobs/${id}/events`, { headers, signal: gone.signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`It ended without ${part}: ${text}`);
        text += value;
      }
    };
    await until('"status":"pending"');
    await world.waymark.cancel(id, { actor: "test" });
    await world.clock.advance(100);
    await until('"status":"cancelled"');
    await until("event: end");

    const other = await world.make("ada");
    const second = await fetch(`${served.url}/api/jobs/${other}/events`, { headers, signal: gone.signal });
    expect(second.status).toBe(200);
    gone.abort();
    const streams = async (): Promise<string> => (await world.call("GET", "/api/metrics", "operator:ops")).text();
    for (let turn = 0; turn < 2_000 && !(await streams()).includes("waymark_http_streams 0"); turn++) {
      await world.clock.settle();
    }
    expect(await streams()).toContain("waymark_http_streams 0");
  });
});

it("Express goes on to its other routes", async () => {
  const world = await openWorld();
  const served = await MOUNTS["Express 5, at its base path"]!(world);
  expect(await (await fetch(`${served.url}/other`)).json()).toEqual({ other: true });
  await served.close();
  await world.close();
});
