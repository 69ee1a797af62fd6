/** Callbacks on their whole way: a socket, the HTTP API, the store. */
import { createServer, type IncomingMessage, type Server, request as send } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/core/logger.js";
import { createHttpApi, toNodeHandler } from "../../src/http/index.js";
import { openScene, type Scene } from "./scene.js";
import { OTHER_SECRET, SECRET, signature } from "./service.js";

let scene: Scene;
let server: Server;
let port: number;
let jobId: string;

beforeEach(async () => {
  scene = await openScene();
  const api = createHttpApi({ waymark: scene.waymark, authenticate: () => null, logger: silentLogger });
  server = createServer(toNodeHandler(api.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  jobId = await scene.dispatched();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await scene.close();
});

const signed = (id: string, body: string, secret = SECRET): Record<string, string> => {
  const timestamp = String(Math.floor(scene.clock.now() / 1_000));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signature(secret, id, timestamp, body),
  };
};
function post(body: string, headers: Record<string, string | string[]>): Promise<{ status: number; text: string }> {
  const path = new URL(scene.service.dispatches[0]!.body.callbackUrl).pathname;
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", path, method: "POST", headers };
    const going = send(options, (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    going.on("error", reject);
    going.end(body);
  });
}
const tell = (id: string, event: Record<string, unknown>, secret?: string) => {
  const body = JSON.stringify({ jobId, fence: 1, ...event });
  return post(body, { "content-type": "application/json", ...signed(id, body, secret) });
};
const status = () => scene.waymark.tracker.getStatus(jobId);

describe("callbacks over HTTP", () => {
  it("E4 the URL that was dispatched takes them, in any order, and the job ends once", async () => {
    const done = { seq: 3, type: "completed", result: { rows: 3 } };
    const progress = { seq: 2, type: "progress", stage: "writing", progress: 60 };
    expect(await tell("b", progress)).toEqual({ status: 200, text: '{"applied":true}' });
    expect(await tell("a", { seq: 1, type: "started" })).toEqual({
      status: 200,
      text: '{"applied":false,"reason":"stale"}',
    });
    expect(await status()).toMatchObject({ status: "processing", progress: { stage: "writing", percent: 60 } });
    const [first, second] = await Promise.all([tell("c", done), tell("c", done)]);
    expect([first.text, second.text].sort()).toEqual(['{"applied":false,"reason":"duplicate"}', '{"applied":true}']);
    expect(await status()).toMatchObject({ status: "completed", result: { rows: 3 } });
    expect((await tell("d", { ...done, seq: 4, type: "failed", error: { code: "x", message: "X." } })).text).toBe(
      '{"applied":false,"reason":"ended"}',
    );
  });

  it("W6 nobody's word counts without the right key", async () => {
    expect((await tell("a", { seq: 1, type: "completed" }, OTHER_SECRET)).status).toBe(401);
    expect((await post("{}", { "content-type": "application/json" })).status).toBe(401);
    expect(await status()).toMatchObject({ status: "processing" });
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])("W3 %s sent twice is refused", async (name) => {
    const body = JSON.stringify({ jobId, fence: 1, seq: 1, type: "started" });
    const headers = signed("a", body);
    expect((await post(body, { ...headers, [name]: [headers[name]!, headers[name]!] })).status).toBe(401);
    expect((await post(body, headers)).status).toBe(200);
  });

  it("W3 a body without end is cut off, and the server lives", async () => {
    const path = `/api/jobs/${jobId}/callback`;
    const head = Object.entries(signed("a", "{}")).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n${head.join("")}\r\n`);
        const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
        for (let i = 0; i < 8; i++) socket.write(chunk);
      });
      const done = (): void => {
        socket.destroy();
        resolve(text);
      };
      socket.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        if (text.includes("\r\n\r\n")) done();
      });
      socket.on("error", done).on("close", done);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect((await tell("b", { seq: 1, type: "started" })).status).toBe(200);
  });
});
