/** What every answer carries, and what every change must come with: a strict policy, and proof of coming from our pages. */
import type { MiddlewareHandler } from "hono";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join("; ");

/** No page of ours runs or loads anything that is not a file of ours, and none is kept in a cache. */
export const secured: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set("content-security-policy", POLICY);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
};

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** The demo knows no passwords, so it answers this machine only: a page elsewhere may give its own name our address. */
export const onThisMachine: MiddlewareHandler = async (c, next) => {
  if (LOOPBACK.test(hostOf(c.req.raw))) return next();
  return c.text("This demo answers on localhost only.", 421);
};

/**
 * Changes are taken from our own pages only. A browser says where a request comes from, in a header that no page can
 * forge; one that says nothing is refused.
 */
export const fromOurPages: MiddlewareHandler = async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD" || isOurs(c.req.raw)) return next();
  return c.text("This request did not come from a page of this site.", 403);
};

function isOurs(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("origin");
  return origin !== null && origin !== "null" && URL.canParse(origin) && new URL(origin).host === hostOf(request);
}

function hostOf(request: Request): string {
  return request.headers.get("host") ?? new URL(request.url).host;
}
