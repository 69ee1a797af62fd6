/** Calls that leave the house: where they may go, and what they may cost. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.js";
import { CallRefused, checkedLookup, type Resolve, type SafePost, safePost } from "../../src/remote/safe-post.js";

let server: Server | null = null;
let calls = 0;
afterEach(async () => {
  calls = 0;
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

async function listen(answer: RequestListener): Promise<number> {
  server = createServer((request, response) => {
    calls++;
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const call = (url: string, changes: Partial<SafePost> = {}): SafePost => ({
  url,
  headers: {},
  body: Buffer.from("{}"),
  origins: new Set([new URL(url).origin]),
  allowLoopback: true,
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...changes,
});
const ok: RequestListener = (_request, response) => void response.end("{}");
const resolveTo = (...addresses: string[]): Resolve => {
  return async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
};

describe("outbound calls", () => {
  it("O1 goes to an allowed origin, with no credentials of ours", async () => {
    let seen: Record<string, unknown> = {};
    const port = await listen((request, response) => {
      seen = request.headers;
      response.end("{}");
    });
    const reply = await safePost(systemClock, call(`http://127.0.0.1:${port}/run`));
    expect(reply.status).toBe(200);
    expect(Object.keys(seen).sort()).toEqual(["connection", "content-length", "host", "user-agent"]);
  });

  it("O1 refuses every origin that is not on the list, before anything is resolved", async () => {
    const port = await listen(ok);
    const url = `http://127.0.0.1:${port}/`;
    const lists = [[], ["http://127.0.0.1"], [`https://127.0.0.1:${port}`], [`http://localhost:${port}`]];
    for (const origins of lists) {
      await expect(safePost(systemClock, call(url, { origins: new Set(origins) }))).rejects.toThrow(CallRefused);
    }
    expect(calls).toBe(0);
  });

  it("O1 refuses other schemes and credentials in the URL", async () => {
    for (const url of ["ftp://example.com/", "file:///etc/passwd", "http://user:pass@127.0.0.1:1/"]) {
      const origins = new Set([new URL(url).origin]);
      await expect(safePost(systemClock, call(url, { origins }))).rejects.toThrow(CallRefused);
    }
  });

  it("O1 loopback only when it was allowed, and only by name", async () => {
    const port = await listen(ok);
    for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
      const url = `http://${host}:${port}/`;
      await expect(safePost(systemClock, call(url, { allowLoopback: false })), url).rejects.toThrow(/may call/);
    }
    // A name that only resolves to loopback has not named it.
    const rebound = call(`http://service.example:${port}/`);
    await expect(safePost(systemClock, rebound, resolveTo("127.0.0.1"))).rejects.toThrow(CallRefused);
    expect(calls).toBe(0);
    expect((await safePost(systemClock, call(`http://localhost:${port}/`), resolveTo("127.0.0.1"))).status).toBe(200);
  });

  it.each(["169.254.169.254", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fd00::1", "0.0.0.0"])(
    "O1 a name that resolves to %s is not called, alone or among public ones",
    async (address) => {
      const url = "http://service.example/";
      await expect(safePost(systemClock, call(url), resolveTo(address))).rejects.toThrow(CallRefused);
      await expect(safePost(systemClock, call(url), resolveTo("1.1.1.1", address))).rejects.toThrow(CallRefused);
    },
  );

  it("O1 the address that was checked is the one that is used: a name that changes its mind is asked once", async () => {
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const asked: string[] = [];
    const resolve: Resolve = (hostname) => {
      asked.push(hostname);
      return resolveTo(...(answers.shift() ?? []))(hostname);
    };
    const look = checkedLookup(resolve, new URL("http://service.example/"), false);
    const answer = (all: boolean) =>
      new Promise((done) => look("service.example", { all }, (error, address) => done(error ?? address)));
    expect(await answer(false)).toBe("93.184.216.34");
    expect(asked).toHaveLength(1);
    expect(await answer(true)).toBeInstanceOf(CallRefused);
  });

  it("O2 every call resolves and checks anew: no connection outlives its check", async () => {
    const port = await listen(ok);
    const addresses = [["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]];
    const resolve: Resolve = (hostname) => resolveTo(...(addresses.shift() ?? []))(hostname);
    const url = `http://localhost:${port}/`;
    await safePost(systemClock, call(url), resolve);
    await safePost(systemClock, call(url), resolve);
    await expect(safePost(systemClock, call(url), resolve)).rejects.toThrow(CallRefused);
    expect(calls).toBe(2);
  });

  it("O1 redirects are answers, not invitations", async () => {
    const port = await listen((_request, response) => {
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect((await safePost(systemClock, call(`http://127.0.0.1:${port}/`))).status).toBe(302);
    expect(calls).toBe(1);
  });

  it("O1 an answer that drips is cut off in time", async () => {
    let drips: NodeJS.Timeout | undefined;
    const port = await listen((_request, response) => {
      response.writeHead(500);
      drips = setInterval(() => response.write("."), 5);
    });
    const before = performance.now();
    const reply = await safePost(systemClock, call(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }));
    clearInterval(drips);
    expect(reply.status).toBe(500);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it("O1 an answer that never begins is given up", async () => {
    const port = await listen(() => {});
    const silent = call(`http://127.0.0.1:${port}/`, { timeoutMs: 200 });
    await expect(safePost(systemClock, silent)).rejects.toThrow("No answer within 200 ms");
  });

  it("O1 a huge answer is read no further than an excerpt, huge headers not at all", async () => {
    const port = await listen((_request, response) => {
      response.writeHead(400);
      response.end("x".repeat(5_000_000));
    });
    const reply = await safePost(systemClock, call(`http://127.0.0.1:${port}/`));
    expect(reply.excerpt.length).toBeLessThanOrEqual(2_048);
    server!.removeAllListeners("request");
    server!.on("request", (_request, response) => {
      for (let i = 0; i < 40; i++) response.setHeader(`x-${i}`, "y".repeat(1_000));
      response.end();
    });
    await expect(safePost(systemClock, call(`http://127.0.0.1:${port}/`))).rejects.toThrow(/[Hh]eaders? overflow/i);
  });

  it("stops when the attempt is told to stop", async () => {
    const port = await listen(() => {});
    const stop = new AbortController();
    const going = safePost(systemClock, call(`http://127.0.0.1:${port}/`, { signal: stop.signal }));
    stop.abort(new Error("enough"));
    await expect(going).rejects.toThrow("enough");
  });
});
