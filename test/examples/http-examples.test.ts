/** The two small HTTP examples do what they say. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createApp as createExpressApp } from "../../examples/express/app.js";
import { createApp as createFetchApp, handleCountWords } from "../../examples/fetch/app.js";
import { silentLogger } from "../../src/core/logger.js";
import { openWaymark, type Waymark } from "../../src/index.js";
import { runUntilIdle } from "../../src/testing/index.js";

const ADA = { authorization: "Bearer token-of-ada" };
const EVE = { authorization: "Bearer token-of-eve" };

describe("D3 a synchronous endpoint keeps its answer and adds jobId", () => {
  let waymark: Waymark;
  let server: Server | null = null;
  beforeEach(async () => {
    waymark = await openWaymark({ store: "memory:", logger: silentLogger });
  });
  afterEach(async () => {
    server?.closeAllConnections();
    server?.close();
    server = null;
    await waymark.close();
  });
  const json = { "content-type": "application/json" };

  it("in Express", async () => {
    const { app } = createExpressApp(waymark);
    server = createServer(app);
    await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const count = (text: string): Promise<Response> =>
      fetch(`${url}/count`, { method: "POST", headers: { ...ADA, ...json }, body: JSON.stringify({ text }) });

    const answer = (await (await count("one two three")).json()) as { words: number; jobId: string };
    expect(answer).toEqual({ words: 3, jobId: expect.any(String) as string });
    const status = await fetch(`${url}/api/jobs/${answer.jobId}`, { headers: ADA });
    expect(await status.json()).toMatchObject({ status: "completed", result: { words: 3 }, kind: "count-words" });
    expect((await fetch(`${url}/api/jobs/${answer.jobId}`, { headers: EVE })).status).toBe(404);

    const failed = await count("  ");
    expect([failed.status, await failed.json()]).toEqual([400, { error: "There is no text." }]);
    const list = (await (await fetch(`${url}/api/jobs?status=failed`, { headers: ADA })).json()) as { jobs: unknown[] };
    expect(list.jobs).toMatchObject([{ error: { code: "internal_error" } }]);
  });

  it("in a fetch handler, beside one that answers 202 at once (E3)", async () => {
    const app = createFetchApp(waymark);
    const call = (path: string, headers: Record<string, string>, body?: string): Promise<Response> =>
      app.fetch(
        new Request(`http://app.example${path}`, { headers, ...(body === undefined ? {} : { method: "POST", body }) }),
      );

    const counted = (await (await call("/count", ADA, '{"text":"a b"}')).json()) as { words: number; jobId: string };
    expect(counted.words).toBe(2);
    expect(await (await call(`/api/status/${counted.jobId}`, ADA)).json()).toMatchObject({ status: "completed" });

    const accepted = await call("/upload", ADA, "four words in all");
    expect([accepted.status, accepted.headers.get("retry-after")]).toEqual([202, "2"]);
    const follow = accepted.headers.get("location")!;
    expect(await (await call(follow, ADA)).json()).toMatchObject({ status: "pending", metadata: { bytes: 17 } });
    await runUntilIdle(waymark, [handleCountWords]);
    expect(await (await call(follow, ADA)).json()).toMatchObject({ status: "completed", result: { words: 4 } });
    expect((await call(follow, EVE)).status).toBe(404);
    expect((await call("/upload", {}, "x")).status).toBe(401);
    app.close();
  });
});
