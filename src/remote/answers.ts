/** What a service reads back (SECURITY W6). Refusals are problem documents (RFC 9457); that of a signature gives no reason. */
import type { CallbackRefusal } from "../core/store.js";

export interface AppliedBody {
  readonly applied: true;
  /** The owner asked for the job to stop: report `failed` soon, and it ends as cancelled. */
  readonly cancelRequested?: true;
}

export function applied(cancelRequested: boolean): Response {
  const body: AppliedBody = cancelRequested ? { applied: true, cancelRequested } : { applied: true };
  return json(200, body);
}

/** Nothing to do any more: the service may forget this callback. */
export function notApplied(reason: CallbackRefusal): Response {
  return json(200, { applied: false, reason });
}

export function unauthorized(): Response {
  return problem(401, "unauthorized", "Unauthorized", "The callback is not signed by a service that may report here.");
}

export function malformed(code: string, detail: string): Response {
  return problem(400, code, "Bad Request", detail);
}

export function tooLarge(limit: number): Response {
  return problem(413, "too_large", "Content Too Large", `A callback has at most ${limit} bytes.`);
}

/** The service should send the very same callback again. */
export function unavailable(): Response {
  const detail = "The callback could not be recorded now. Send it again.";
  return problem(503, "store_unavailable", "Service Unavailable", detail, { "retry-after": "5" });
}

function problem(
  status: number,
  code: string,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json(status, { title, status, code, detail }, { "content-type": "application/problem+json", ...headers });
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}
