/**
 * The HTTP API: one fetch handler made of the table of routes. What is alike for all routes is checked here, in one
 * order: who it is, what they may do, how often, whether a change comes from this site, and what was sent.
 */
import { Hono } from "hono";
import type { z } from "zod";
import type { AnyJobDefinition } from "../core/define-job.js";
import { WaymarkError } from "../core/errors.js";
import { type Logger, warningLogger } from "../core/logger.js";
import { assertOptions, type NamesOf } from "../core/options.js";
import type { JobReference } from "../core/reference.js";
import type { Waymark } from "../waymark.js";
import { accepted } from "./answers.js";
import { callbackRoute } from "./callback-route.js";
import { controlRoutes } from "./control-routes.js";
import { enqueueRoute } from "./enqueue-route.js";
import { createMetrics } from "./metrics.js";
import { openApiDocument } from "./openapi.js";
import { type Authenticate, assertMay, type Viewer, viewerOf } from "./principal.js";
import { isFault, problemOf, refuse } from "./problem.js";
import { createRateLimit, DEFAULT_RATE_LIMIT, type RateLimit } from "./rate-limit.js";
import { readRoutes } from "./read-routes.js";
import { readJson } from "./request-body.js";
import type { Call, Route, RouteInfo } from "./route.js";
import { assertSameSite, type CorsOptions, checkedOrigins, corsHeaders, preflight } from "./same-site.js";
import { serviceRoutes } from "./service-routes.js";
import { createStreamRegistry, DEFAULT_STREAM_LIMITS, type StreamLimits } from "./stream-registry.js";
import { streamRoutes } from "./stream-routes.js";
import { workRoutes } from "./work-routes.js";

export interface HttpApiOptions {
  readonly waymark: Waymark;
  /** Who sent a request. Called for every route that is not public. */
  readonly authenticate: Authenticate;
  /** Begins with a slash, ends without one. Default "/api". */
  readonly basePath?: string;
  /** Origins of other sites whose pages may call. Default: none. */
  readonly cors?: CorsOptions;
  /** Per principal. Default 20 requests a second, 100 at once; false = no limit. */
  readonly rateLimit?: RateLimit | false;
  readonly streams?: Partial<StreamLimits>;
  /** Kinds that may be started by `POST /jobs`. Default: none, and the route does not exist. */
  readonly enqueue?: readonly AnyJobDefinition[];
  /** Kinds that the role "worker" may take over HTTP. Default: none, and the routes do not exist. */
  readonly work?: readonly AnyJobDefinition[];
  /** Lets everybody read `/metrics`. Default false: operators only. */
  readonly publicMetrics?: boolean;
  /** Faults go here, redacted. Default: warnings and errors as JSON lines on standard error. */
  readonly logger?: Logger;
}

const NAMES: NamesOf<HttpApiOptions> = {
  waymark: true,
  authenticate: true,
  basePath: true,
  cors: true,
  rateLimit: true,
  streams: true,
  enqueue: true,
  work: true,
  publicMetrics: true,
  logger: true,
};
const STREAM_NAMES: NamesOf<StreamLimits> = { perPrincipal: true, perProcess: true };

export interface HttpApi {
  /** Answers every request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** What there is, as data. */
  readonly routes: readonly RouteInfo[];
  /** The 202 for an app's own upload route, with links under this API's base path. */
  accepted(ref: JobReference, headers?: Record<string, string>): Response;
  /** Ends all event streams: call it before a server's own close, which waits for them. */
  close(): void;
}

const BODY_BYTES = 16_384;

/** @throws {WaymarkError} `invalid_option` */
export function createHttpApi(options: HttpApiOptions): HttpApi {
  assertOptions(options, NAMES);
  if (options.streams !== undefined) assertOptions(options.streams, STREAM_NAMES, "streams");
  const { waymark, authenticate, basePath = "/api", cors, logger = warningLogger } = options;
  if (typeof authenticate !== "function") {
    throw new WaymarkError("invalid_option", { option: "authenticate", problem: "say who sent a request: a function" });
  }
  if (!/^(\/[\w.~-]+)*$/.test(basePath)) {
    throw new WaymarkError("invalid_option", { option: "basePath", problem: 'it is like "/api", or empty' });
  }
  const { clock } = waymark;
  const origins = checkedOrigins(cors);
  const overLimit = createRateLimit(options.rateLimit ?? DEFAULT_RATE_LIMIT, clock);
  const registry = createStreamRegistry(clock, { ...DEFAULT_STREAM_LIMITS, ...options.streams });
  const authorize = (request: Request): Promise<Viewer | null> => viewerOf(request, authenticate, waymark.tokens);

  const metrics = createMetrics(waymark);
  const { enqueue = [], work = [], publicMetrics = false } = options;
  let document: unknown = null;

  const routes: Route[] = [
    ...readRoutes(waymark, basePath),
    ...streamRoutes({ waymark, clock, registry, authorize, pollMs: 1_000 }),
    ...controlRoutes(waymark, basePath),
    ...(enqueue.length === 0 ? [] : [enqueueRoute(waymark, basePath, enqueue)]),
    // Without a service whose signature could be checked there is no such route (SECURITY W2).
    ...(waymark.remote === null ? [] : [callbackRoute(waymark.remote)]),
    ...(work.length === 0 ? [] : workRoutes(waymark, work)),
    ...serviceRoutes({
      waymark,
      metrics,
      publicMetrics,
      streams: () => registry.open,
      document: () => (document ??= openApiDocument(routes, basePath)),
    }),
  ];

  const answer = async (route: Route, request: Request, id: string): Promise<Response> => {
    const url = new URL(request.url);
    if (route.access === "public" || route.access === "service") {
      return route.handle({ request, url, id, query: undefined, body: undefined });
    }
    const viewer = (await authorize(request)) ?? refuse("unauthenticated");
    assertMay(viewer, route.access, route.acts);
    const seconds = overLimit(viewer.key);
    if (seconds > 0) refuse("rate_limited", { seconds });
    if (route.acts) assertSameSite(request, url, origins);
    const call = await readCall(route, request, url, id, viewer);
    return route.handle({ ...call, viewer });
  };

  const guarded = async (route: Route, request: Request, id: string): Promise<Response> => {
    const response = await attempt(route, request, id);
    metrics.request(route.name, response.status);
    return response;
  };
  const attempt = async (route: Route, request: Request, id: string): Promise<Response> => {
    try {
      return await answer(route, request, id);
    } catch (error) {
      if (isFault(error)) {
        logger.error(
          { route: route.name, error: waymark.redactor.text(textOf(error)) },
          "A request failed by a fault of ours",
        );
      }
      return problemOf(error);
    }
  };

  const app = new Hono();
  const paths = groupByPath(routes);
  for (const [path, methods] of paths) {
    for (const route of routes.filter((one) => one.path === path)) {
      app.on(route.method, basePath + path, (context) =>
        guarded(route, context.req.raw, context.req.param("id") ?? ""),
      );
    }
    app.all(basePath + path, (context) => {
      const allowed = corsHeaders(context.req.raw, origins, cors?.credentials ?? false);
      if (context.req.method === "OPTIONS" && allowed !== null) return preflight(allowed, methods);
      return problemOf(new WaymarkError("method_not_allowed"), { allow: methods.join(", ") });
    });
  }
  app.notFound(() => problemOf(new WaymarkError("route_not_found")));
  app.onError((error) => problemOf(error));

  const finished = (request: Request, response: Response): Response => {
    const { headers } = response;
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    headers.set("x-content-type-options", "nosniff");
    headers.set("vary", "authorization, cookie, origin");
    const allowed = corsHeaders(request, origins, cors?.credentials ?? false) ?? {};
    for (const [name, value] of Object.entries(allowed)) headers.set(name, value);
    return response;
  };

  return {
    routes,
    // Only the request is passed on: frameworks hand more to a route handler.
    fetch: async (request) => {
      try {
        return finished(request, await app.fetch(request));
      } catch (error) {
        return finished(request, problemOf(error));
      }
    },
    accepted: (ref, headers = {}) => accepted(ref, { basePath, headers }),
    close: () => {
      registry.closeAll();
      metrics.close();
    },
  };
}

async function readCall(route: Route, request: Request, url: URL, id: string, viewer: Viewer): Promise<Call> {
  // The token for EventSource is part of who asks, not of what is asked.
  url.searchParams.delete("token");
  const asked = Object.create(null) as Record<string, string>;
  for (const [key, value] of url.searchParams) asked[key] = value;
  if ("owner" in asked && viewer.role !== "operator") refuse("owner_not_allowed");
  const sent = route.method === "GET" ? undefined : await readJson(request, route.maxBodyBytes ?? BODY_BYTES);
  if (isObject(sent) && Object.hasOwn(sent, "owner") && viewer.role !== "operator") refuse("owner_not_allowed");
  const query = route.query === undefined ? undefined : parse(route.query, { ...asked }, "query");
  const body = route.body === undefined ? undefined : parse(route.body, sent, "body");
  return { request, url, id, query, body };
}

function parse(schema: z.ZodType, value: unknown, what: "query" | "body"): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (value === undefined) refuse("invalid_request", { problem: "it has no body" });
  const issues = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    path: [what, ...path.map(String)].join(".").slice(0, 200),
    message: message.slice(0, 500),
  }));
  return refuse("invalid_request", {
    problem: issues.map(({ path, message }) => `${path}: ${message}`).join("; "),
    issues,
  });
}

function groupByPath(routes: readonly Route[]): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const methods = [...(paths.get(path) ?? []), method];
    paths.set(path, methods);
  }
  return paths;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return "an error that cannot be shown";
  }
}
