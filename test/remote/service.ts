/** An outside service for tests: signs callbacks as it should (or not), and a real server that takes dispatches. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const SECRET: string = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
export const NEW_SECRET: string = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
export const OTHER_SECRET: string = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;

export function signature(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

let sent = 0;

export interface Sending {
  readonly nowMs: number;
  readonly secret?: string;
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A callback as a service posts it. */
export function callbackOf(body: Readonly<Record<string, unknown>> | string, sending: Sending): Request {
  const { nowMs, secret = SECRET, id = `msg_${++sent}`, headers = {} } = sending;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const timestamp = String(Math.floor(nowMs / 1_000));
  return new Request("http://app.test/api/jobs/x/callback", {
    method: "POST",
    body: text,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature(secret, id, timestamp, text),
      ...headers,
    },
  });
}

export interface Dispatch {
  readonly headers: IncomingMessage["headers"];
  readonly raw: string;
  readonly body: {
    readonly jobId: string;
    readonly fence: number;
    readonly kind: string;
    readonly input: unknown;
    readonly callbackUrl: string;
    readonly deadline: string;
    readonly attempt: number;
    readonly stages: readonly string[];
  };
}
export interface ServiceStub {
  readonly origin: string;
  readonly dispatches: Dispatch[];
  close(): Promise<void>;
}

/** Answers each dispatch with 202, or as `answer` does. */
export async function startService(
  answer: (dispatch: Dispatch, response: ServerResponse) => void = (_dispatch, response) => {
    response.writeHead(202).end();
  },
): Promise<ServiceStub> {
  const dispatches: Dispatch[] = [];
  const server: Server = createServer((request, response) => {
    let raw = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      raw += part;
    });
    request.on("end", () => {
      const dispatch = { headers: request.headers, raw, body: raw === "" ? null : JSON.parse(raw) };
      dispatches.push(dispatch);
      answer(dispatch, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    dispatches,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
