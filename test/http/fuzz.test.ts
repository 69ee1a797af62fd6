/** Whatever is sent: no 500, no crash, and nothing of the inside in an answer. One seed replays a run. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { openWorld, SITE, story, type World } from "./world.js";

const REQUESTS = 20_000;
/** Stacks, file names, SQL, and what JavaScript says of its own errors. */
const INSIDE =
  /\bat .+:\d+:\d+|node_modules|\.ts\b|\.js\b|select |insert |update .+ set|TypeError|RangeError|SyntaxError|\[object/i;

const TEXTS = [
  "",
  "0",
  "-1",
  "null",
  "true",
  "../../etc/passwd",
  "%00",
  "%E0%A4%A",
  "%2e%2e%2f",
  "'; drop table jobs; --",
  "<script>alert(1)</script>",
  "__proto__",
  "constructor",
  "\u202e",
  "é",
  "😀",
  "x".repeat(10_240),
  ",".repeat(2_000),
  "*",
  'W/"1-a"',
  "1e309",
  "[object Object]",
];
const METHODS = ["GET", "GET", "GET", "POST", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS", "PROPFIND"];
const HEADERS = [
  "if-none-match",
  "last-event-id",
  "idempotency-key",
  "origin",
  "sec-fetch-site",
  "content-type",
  "cookie",
  "accept",
  "range",
  "x-forwarded-host",
  "content-length",
  "webhook-id",
  "webhook-timestamp",
  "webhook-signature",
];
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  "",
  "x",
  "\u0000",
  "\ud800",
  [],
  {},
  [[]],
  { a: 1 },
  "x".repeat(5_000),
  Array.from({ length: 200 }, () => 1),
  { fence: 1 },
];
const FIELDS = [
  "kind",
  "input",
  "metadata",
  "owner",
  "reason",
  "force",
  "fence",
  "error",
  "limit",
  "workerId",
  "leaseMs",
  "stage",
  "percent",
  "message",
  "delay",
  "uniqueKey",
  "result",
  "kinds",
  "__proto__",
];

describe("fuzzing", () => {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(
      { enqueue: [story], work: [story], streams: { perPrincipal: 100_000, perProcess: 100_000 } },
      { services: { analysis: { secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] } } },
    );
  });
  afterEach(() => world.close());

  it(`${REQUESTS} requests: no 500, no crash, no stack or SQL in a body`, { timeout: 120_000 }, async () => {
    const chance = new FakeClock(0, 20_261);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(chance.random() * from.length)]!;
    const often = (share: number): boolean => chance.random() < share;
    const ids = [
      await world.make("ada"),
      await world.make("ada", "ok"),
      await world.make("ada", "later"),
      await world.make("ada", "purged"),
      await world.make("bob"),
    ];
    const someId = (): string => (often(0.6) ? pick(ids) : encodeURIComponent(pick(TEXTS)));
    const paths = world.api.routes.map(({ path }) => path);
    const path = (): string => {
      const base = often(0.95) ? `/api${pick(paths)}` : `/${pick(TEXTS)}`;
      const query = often(0.3)
        ? `?${pick(["ids", "limit", "status", "cursor", "kind", "token", "owner", "x"])}=${often(0.4) ? someId() : pick(TEXTS)}`
        : "";
      return base.replace(":id", someId) + query;
    };
    const body = (): string => {
      if (often(0.15)) return pick(TEXTS);
      if (often(0.2)) return JSON.stringify({ kind: pick(["story", "other"]), input: pick(VALUES) });
      if (often(0.05)) return "[".repeat(9_000);
      const value: Record<string, unknown> = {
        kind: "story",
        fence: 1,
        workerId: "w",
        error: { code: "x", message: "y" },
      };
      for (let i = 0; i < 3; i++) value[pick(FIELDS)] = pick(VALUES);
      for (const field of FIELDS) if (often(0.5)) delete value[field];
      return JSON.stringify(value);
    };
    const who = (): Record<string, string> =>
      often(0.9)
        ? {
            authorization: `Bearer ${pick(["ada", "owner:ada", "reader:ada", "operator:o", "worker:w", "nonsense:x", "", "eyJhbGciOiJIUzI1NiIsInR5cCI6IndheW1hcmstcmVhZCtqd3QifQ.e30.x"])}`,
          }
        : {};

    const seen = new Map<number, number>();
    const wrongs: string[] = [];
    for (let i = 0; i < REQUESTS; i++) {
      const method = pick(METHODS);
      const url = SITE + path();
      const headers = new Headers(who());
      if (often(0.7)) headers.set("content-type", "application/json");
      if (often(0.3)) setHeader(headers, pick(HEADERS), pick(TEXTS));
      let request: Request;
      const sent = method === "GET" || method === "HEAD" || often(0.1) ? null : body();
      try {
        request = new Request(url, { method, headers, body: sent });
      } catch {
        // No server could hand on such a request.
        continue;
      }
      const response = await world.api.fetch(request);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      const wrong = (what: unknown): void => {
        if (wrongs.length < 5) wrongs.push(`${method} ${url.slice(0, 300)} ${sent?.slice(0, 300)}: ${String(what)}`);
      };
      if (response.status === 500) wrong(500);
      if (response.headers.get("x-content-type-options") !== "nosniff") wrong("headers");
      if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
        await response.body?.cancel();
        continue;
      }
      const text = await response.text();
      if (response.status >= 400 && text !== "" && INSIDE.test(strings(text))) wrong(text);
    }
    expect(wrongs).toEqual([]);
    // The dice reached what they were meant to reach.
    expect([200, 202, 400, 401, 403, 404, 405, 409, 410, 415, 422].filter((status) => !seen.has(status))).toEqual([]);
  });

  it("L4 hostile 10 KiB texts in every header, query and id cost at most 10 ms each", async () => {
    const id = await world.make("ada");
    const hostile = [
      "a,".repeat(5_120),
      "W/".repeat(5_120),
      " ".repeat(10_240),
      `${'"'.repeat(10_240)}`,
      "(".repeat(10_240),
      "%41".repeat(3_413),
    ];
    const costs: number[] = [];
    const timed = async (run: () => Promise<Response>): Promise<void> => void costs.push(await bestOfFive(run));
    for (const text of hostile) {
      for (const name of HEADERS)
        await timed(() => world.call("GET", `/api/jobs/${id}`, "ada", { headers: headerOf(name, text) }));
      for (const name of ["cursor", "status", "kind", "ids"]) {
        await timed(() =>
          world.call("GET", `/api/${name === "ids" ? "events" : "jobs"}?${name}=${encodeURIComponent(text)}`),
        );
      }
      await timed(() => world.call("GET", `/api/jobs/${encodeURIComponent(text)}`));
    }
    expect(Math.max(...costs)).toBeLessThan(10);
  });
});

/** Milliseconds; the best of five, so that a busy machine is not blamed on a parser. */
async function bestOfFive(run: () => Promise<Response>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await (await run()).body?.cancel();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function headerOf(name: string, value: string): Record<string, string> {
  return name === "content-length" ? {} : { [name]: value };
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // Not a header any client could send.
  }
}

/** The texts of a problem that are ours; what the caller sent may come back in `issues` and the like. */
function strings(body: string): string {
  try {
    const { title, detail } = JSON.parse(body) as { title?: string; detail?: string };
    return `${title} ${detail}`;
  } catch {
    return body;
  }
}
