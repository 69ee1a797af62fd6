/**
 * The only way Waymark calls anybody (SECURITY O1, O2): to an allowed origin, at an address that was checked in the same
 * look-up the connection uses, once, without redirects, proxies, cookies or credentials, within limits of size and time.
 */
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { Agent, request } from "undici";
import type { Clock } from "../core/clock.js";
import { isAllowed, isLoopbackName, literalHost } from "./addresses.js";

/** A call that must not be made, however often it is tried. */
export class CallRefused extends Error {
  override readonly name = "CallRefused";
}

export interface Resolved {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (hostname: string) => Promise<readonly Resolved[]>;
/** Posts once and reads the answer, as `safePost` does. */
export type Post = (clock: Clock, call: SafePost) => Promise<Reply>;

export interface SafePost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly origins: ReadonlySet<string>;
  readonly allowLoopback: boolean;
  /** Of the whole call, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}
export interface Reply {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The beginning of the body, for operators; empty after a success. */
  readonly excerpt: string;
}

const CONNECT_MS = 5_000;
const HEADER_BYTES = 16_384;
const BODY_BYTES = 65_536;
const EXCERPT_BYTES = 2_048;

const resolveAll: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

/** @throws {CallRefused}, or what the network answers */
export async function safePost(clock: Clock, call: SafePost, resolve: Resolve = resolveAll): Promise<Reply> {
  const url = allowedUrl(call);
  const loopbackAllowed = call.allowLoopback && isLoopbackName(url);
  const literal = literalHost(url);
  if (literal !== null && !isAllowed(literal, loopbackAllowed)) throw notAllowed(url);

  const over = new AbortController();
  const disarm = clock.after(call.timeoutMs, () => over.abort(new Error(`No answer within ${call.timeoutMs} ms.`)));
  // An agent of its own for each call: no connection outlives the check of its address (O2).
  const agent = new Agent({
    connections: 1,
    maxHeaderSize: HEADER_BYTES,
    maxResponseSize: BODY_BYTES,
    connect: { timeout: CONNECT_MS, lookup: checkedLookup(resolve, url, loopbackAllowed) },
  });
  try {
    const signal = AbortSignal.any([call.signal, over.signal]);
    const reply = await request(url, {
      method: "POST",
      headers: { ...call.headers, "user-agent": "waymark" },
      body: call.body,
      dispatcher: agent,
      signal,
      headersTimeout: call.timeoutMs,
      bodyTimeout: call.timeoutMs,
    });
    const accepted = reply.statusCode >= 200 && reply.statusCode < 300;
    const excerpt = accepted ? "" : await beginning(reply.body);
    const retryAfter = reply.headers["retry-after"];
    return { status: reply.statusCode, retryAfter: typeof retryAfter === "string" ? retryAfter : null, excerpt };
  } finally {
    disarm();
    // Whatever of the answer was not read is not wanted.
    await agent.destroy();
  }
}

function allowedUrl({ url: text, origins }: SafePost): URL {
  const url = new URL(text);
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  if (!isWeb || url.username !== "" || url.password !== "" || !origins.has(url.origin)) throw notAllowed(url);
  return url;
}

function notAllowed(url: URL): CallRefused {
  return new CallRefused(`${url.origin} is not an address this application may call.`);
}

/** Resolves once, refuses the name when *any* of its addresses is not allowed, and hands over what it checked. */
export function checkedLookup(resolve: Resolve, url: URL, loopbackAllowed: boolean): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname).then(
      (found) => {
        const first = found[0];
        const refused = found.some(({ address }) => !isAllowed(address, loopbackAllowed));
        if (first === undefined || refused)
          answer(first === undefined ? unknownHost(hostname) : notAllowed(url), "", 0);
        else if (options.all) answer(null, [...found]);
        else answer(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => answer(error, "", 0),
    );
  };
}

function unknownHost(hostname: string): Error {
  return Object.assign(new Error(`${hostname} has no address.`), { code: "ENOTFOUND" });
}

/** The first bytes of a body as text; what comes too late or too long is left. */
async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= EXCERPT_BYTES) break;
    }
  } catch {
    // The status has said what matters.
  }
  return Buffer.concat(parts).subarray(0, EXCERPT_BYTES).toString("utf8");
}
