/**
 * Which pages may call: changes come from this site's own pages, from listed origins, or with a bearer token that no
 * browser adds by itself (SECURITY U3). Other origins read nothing unless they are listed.
 */
import { WaymarkError } from "../core/errors.js";
import { assertOptions, type NamesOf } from "../core/options.js";
import { isAmbient } from "./principal.js";
import { refuse } from "./problem.js";

export interface CorsOptions {
  /** Such as `https://app.example`. No wildcards. */
  readonly origins: readonly string[];
  /** Whether their pages may send cookies. Default false. */
  readonly credentials?: boolean;
}

const NAMES: NamesOf<CorsOptions> = { origins: true, credentials: true };

/** @throws {WaymarkError} `invalid_option` */
export function checkedOrigins(cors: CorsOptions | undefined): ReadonlySet<string> {
  if (cors !== undefined) assertOptions(cors, NAMES, "cors");
  for (const origin of cors?.origins ?? []) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin === "null") {
      const problem = `${origin} is not an origin like "https://app.example"`;
      throw new WaymarkError("invalid_option", { option: "cors.origins", problem });
    }
  }
  return new Set(cors?.origins);
}

/**
 * @throws {WaymarkError} `cross_site`, `json_expected`
 */
export function assertSameSite(request: Request, url: URL, origins: ReadonlySet<string>): void {
  if (!isAmbient(request)) return;
  if (!isJson(request)) refuse("json_expected");
  const origin = request.headers.get("origin");
  if (origin !== null && origins.has(origin)) return;
  const site = request.headers.get("sec-fetch-site");
  // Behind a proxy that ends TLS the scheme differs; the host is what the page was loaded from.
  const matches = origin !== null && URL.canParse(origin) && new URL(origin).host === url.host;
  if (site === null ? !matches : site !== "same-origin") refuse("cross_site");
}

export function isJson(request: Request): boolean {
  const type = request.headers.get("content-type") ?? "";
  return /^application\/json\s*(;|$)/i.test(type.slice(0, 200));
}

const EXPOSED = "etag, location, retry-after";
const TAKEN = "authorization, content-type, idempotency-key, if-none-match, last-event-id";

/** Headers for an origin on the list; null for any other. */
export function corsHeaders(
  request: Request,
  origins: ReadonlySet<string>,
  credentials: boolean,
): Record<string, string> | null {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.has(origin)) return null;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    ...(credentials ? { "access-control-allow-credentials": "true" } : {}),
  };
}

/** The answer to a browser that asks before it calls. */
export function preflight(allowed: Readonly<Record<string, string>>, methods: readonly string[]): Response {
  const headers = {
    ...allowed,
    "access-control-allow-methods": methods.join(", "),
    "access-control-allow-headers": TAKEN,
    "access-control-max-age": "600",
  };
  return new Response(null, { status: 204, headers });
}
