/**
 * What a route is: data. The table of routes drives the router, the OpenAPI document and the test that tries every route
 * with every kind of principal (SECURITY S6); a route cannot exist outside it.
 */
import type { z } from "zod";
import type { Tombstone } from "../core/job.js";
import type { JobStatusInfo } from "../core/status-info.js";
import type { Waymark } from "../waymark.js";
import { tombstoneView } from "./answers.js";
import type { Viewer } from "./principal.js";
import { refuse } from "./problem.js";
import { publicView } from "./public-view.js";

/**
 * Who may call: everybody, whoever may see the job or list, operators, a service with its signature, or a worker.
 */
export type Access = "public" | "owner" | "operator" | "service" | "worker";

export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default "application/json". */
  readonly contentType?: string;
}

/** A route as everybody may know it. */
export interface RouteInfo {
  /** Stable; the operationId of the OpenAPI document. */
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** Under the base path; `:id` is a job id. */
  readonly path: string;
  readonly access: Access;
  /** Whether it changes something: readers are refused, and the call must come from the same site. */
  readonly acts: boolean;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Of the request body. Default 16 KiB. */
  readonly maxBodyBytes?: number;
  /** By HTTP status. Problems are not listed: every route may answer with them. */
  readonly answers: Readonly<Record<number, Answer>>;
}

/** One request, after everything that is checked alike for all routes. */
export interface Call<Query = unknown, Body = unknown> {
  readonly request: Request;
  readonly url: URL;
  /** The `:id` of the path as it was sent; empty for routes without one. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
}
/** A request whose sender is known. */
export interface ViewerCall<Query = unknown, Body = unknown> extends Call<Query, Body> {
  readonly viewer: Viewer;
}

export type Route = RouteInfo &
  (
    | { readonly access: "public" | "service"; readonly handle: (call: Call) => Promise<Response> }
    | {
        readonly access: "owner" | "operator" | "worker";
        readonly handle: (call: ViewerCall) => Promise<Response>;
      }
  );

/** Types a route's query and body by its schemas. */
export function ownerRoute<Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
  route: Omit<RouteInfo, "query" | "body" | "access"> & {
    readonly access: "owner" | "operator" | "worker";
    readonly query?: Query;
    readonly body?: Body;
    readonly handle: (call: ViewerCall<z.output<Query>, z.output<Body>>) => Promise<Response>;
  },
): Route {
  return route as unknown as Route;
}

/**
 * The job, as far as the viewer may see it; the store itself compares the owner.
 *
 * @throws {WaymarkError} `not_found` for a foreign, unknown or malformed id alike
 */
export async function find(waymark: Waymark, viewer: Viewer, id: string): Promise<JobStatusInfo | Tombstone> {
  if (viewer.jobId !== null && viewer.jobId !== id.toLowerCase()) refuse("not_found");
  const found = await waymark.tracker.find(id, viewer.owner === null ? {} : { owner: viewer.owner });
  if (found === null) return refuse("not_found");
  return isPurged(found) ? found : publicView(found);
}

/** @throws {WaymarkError} `not_found`; `job_purged` with the tombstone, for a job that the viewer could see */
export async function findJob(waymark: Waymark, viewer: Viewer, id: string): Promise<JobStatusInfo> {
  const found = await find(waymark, viewer, id);
  return isPurged(found) ? refuse("job_purged", { tombstone: tombstoneView(found) }) : found;
}

export function isPurged(found: JobStatusInfo | Tombstone): found is Tombstone {
  return "purgedAt" in found;
}
