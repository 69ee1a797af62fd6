/**
 * Who asks. The owner comes from here and from nowhere else (SECURITY S1): from the app's own `authenticate`, or from a
 * read token that this Waymark signed.
 */
import { looksLikeReadToken, type ReadTokens } from "../tokens.js";
import { refuse } from "./problem.js";

/**
 * `owner` sees and controls their own jobs, `reader` only sees them, `operator` sees and controls all, `worker` takes and
 * ends jobs by the work protocol and sees none.
 */
export type Role = "owner" | "reader" | "operator" | "worker";

export interface Principal {
  /** The owner of jobs that this person has; for operators and workers their name. 1–255 characters. */
  readonly owner: string;
  readonly role: Role;
  /** When the session ends; streams ask `authenticate` again then (and every minute anyway). Default: unknown. */
  readonly expiresAt?: Date;
}

/** Finds out who sent a request, from a session cookie or an Authorization header. Null = nobody known. */
export type Authenticate = (request: Request) => Principal | null | Promise<Principal | null>;

/** A principal as the routes see it. */
export interface Viewer {
  readonly role: Role;
  /** Whose jobs; null for operators (all jobs) and for a token of one job without an owner. */
  readonly owner: string | null;
  /** A token for one job sees no other. */
  readonly jobId: string | null;
  /** What limits are counted by. */
  readonly key: string;
  /** Stands in the trail. */
  readonly actor: string;
  /** Epoch ms; null = unknown. */
  readonly expiresAt: number | null;
}

/** @returns null for nobody known, and for a read token that is not valid (any more) */
export async function viewerOf(
  request: Request,
  authenticate: Authenticate,
  tokens: ReadTokens,
): Promise<Viewer | null> {
  const token = readTokenOf(request);
  if (token !== null) {
    const grant = await tokens.verify(token);
    if (grant === null) return null;
    const { owner, jobId, expiresAt } = grant;
    const key = `token:${jobId === null ? `owner:${owner}` : jobId}`;
    return { role: "reader", owner, jobId, key, actor: owner ?? "reader", expiresAt };
  }
  const principal = await authenticate(request);
  if (principal === null || principal === undefined) return null;
  const { owner, role, expiresAt } = principal;
  const all = role === "operator" || role === "worker";
  return {
    role,
    owner: all ? null : owner,
    jobId: null,
    key: `${role}:${owner}`,
    actor: all ? `${role}:${owner}`.slice(0, 255) : owner,
    expiresAt: expiresAt?.getTime() ?? null,
  };
}

/** Whether a browser may have added the credentials by itself: then a change must prove where it comes from. */
export function isAmbient(request: Request): boolean {
  return bearerOf(request) === null || request.headers.has("cookie");
}

/** @throws {WaymarkError} `forbidden` unless the viewer may do what the route does */
export function assertMay(viewer: Viewer, access: "owner" | "operator" | "worker", acts: boolean): void {
  if (access === "operator" && viewer.role !== "operator") refuse("forbidden");
  if (access === "worker" && viewer.role !== "worker" && viewer.role !== "operator") refuse("forbidden");
  if (access === "owner" && (viewer.role === "worker" || (acts && viewer.role === "reader"))) refuse("forbidden");
}

/** From `Authorization: Bearer`, or from `?token=` for EventSource, which can send no headers. */
function readTokenOf(request: Request): string | null {
  const bearer = bearerOf(request);
  if (bearer !== null && looksLikeReadToken(bearer)) return bearer;
  const asked = request.method === "GET" ? new URL(request.url).searchParams.get("token") : null;
  return asked !== null && looksLikeReadToken(asked) ? asked : null;
}

function bearerOf(request: Request): string | null {
  const header = request.headers.get("authorization") ?? "";
  return header.slice(0, 7).toLowerCase() === "bearer " ? header.slice(7).trim() : null;
}
