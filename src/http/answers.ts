/** The answers of the API that are successes. */
import type { Tombstone } from "../core/job.js";
import type { TerminalStatus } from "../core/lifecycle.js";
import type { JobReference } from "../core/reference.js";
import { versionOf } from "../core/status-face.js";
import type { JobStatusInfo } from "../core/status-info.js";
import { retryAfterSeconds, USUAL_SECONDS } from "./retry-after.js";

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** A status: 304 when the caller has this very picture, else 200. Both carry ETag and Retry-After. */
export function statusAnswer(request: Request, info: JobStatusInfo, body: unknown): Response {
  const etag = `W/"${versionOf(info)}"`;
  const seconds = retryAfterSeconds(info);
  const headers = { etag, ...(seconds === null ? {} : { "retry-after": String(seconds) }) };
  if (hasTag(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return json(body, 200, headers);
}

export interface TombstoneView {
  readonly jobId: string;
  readonly kind: string;
  readonly status: TerminalStatus;
  readonly errorCode?: string;
  readonly createdAt: string;
  readonly finishedAt: string;
  readonly purgedAt: string;
}

/** What stays of a purged job, as its owner may see it. */
export function tombstoneView(tombstone: Tombstone): TombstoneView {
  const { jobId, kind, status, errorCode, createdAt, finishedAt, purgedAt } = tombstone;
  const at = (ms: number): string => new Date(ms).toISOString();
  const times = { createdAt: at(createdAt), finishedAt: at(finishedAt), purgedAt: at(purgedAt) };
  return { jobId, kind, status, ...(errorCode === null ? {} : { errorCode }), ...times };
}

export interface JobLinks {
  readonly self: string;
  readonly status: string;
  readonly events: string;
  readonly history: string;
}

/** @param basePath  as given to `createHttpApi` */
export function linksOf(jobId: string, basePath: string): JobLinks {
  const self = `${basePath}/jobs/${jobId}`;
  return { self, status: `${self}/status`, events: `${self}/events`, history: `${self}/history` };
}

/**
 * The 202 for an app's own upload route: the reference, where to follow it, and when to look first.
 *
 * @param basePath  where the API is mounted. Default "/api"
 */
export function accepted(
  ref: JobReference,
  { basePath = "/api", headers = {} }: { readonly basePath?: string; readonly headers?: Record<string, string> } = {},
): Response {
  const { jobId, kind, queue, scheduledAt, deduplicated } = ref;
  const links = linksOf(jobId, basePath);
  const body = { jobId, kind, queue, scheduledAt, deduplicated, links };
  return json(body, 202, { location: links.self, "retry-after": String(USUAL_SECONDS), ...headers });
}

/** Weak comparison, as RFC 9110 asks for with If-None-Match. */
function hasTag(header: string | null, etag: string): boolean {
  if (header === null || header.length > 2_000) return false;
  const opaque = etag.slice(2);
  return header.split(",").some((tag) => {
    const given = tag.trim();
    return given === "*" || given === opaque || given === etag;
  });
}
