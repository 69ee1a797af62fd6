/**
 * Errors as they leave the HTTP API: RFC 9457 problem documents with a stable `code`. What is not meant for the caller
 * (driver errors, stacks, other people's ids) has no way into one.
 */
import { ERRORS, type ErrorCode, isWaymarkError, WaymarkError } from "../core/errors.js";

/** The body of an answer that is no success. */
export interface Problem {
  /** `urn:waymark:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  /** For people. */
  readonly detail: string;
}

const SECONDS_TO_RECOVER = 5;

/** What a caller may know of an error that is not theirs; any other text of 500 and above stays here. */
const OURS: Readonly<Partial<Record<ErrorCode, string>>> = {
  queue_full: "There is too much unfinished work to take more. Try again shortly.",
  store_unavailable: "The store did not answer. Try again shortly.",
  storage_full: "The store cannot take more data. Nothing acknowledged was lost.",
  streams_full: ERRORS.streams_full.message({}),
};
/** Details that are meant for the caller. */
const SHOWN_DETAILS: readonly string[] = ["issues", "path", "limit", "status", "tombstone"];

/** The answer to an error of any sort. One that nobody expected becomes `internal_error`. */
export function problemOf(error: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  if (!isWaymarkError(error)) return problem("internal_error", ERRORS.internal_error.message({}), {}, headers);
  // A foreign job, an unknown one and text that is no id: one answer, without the id.
  if (error.code === "not_found" || error.code === "invalid_job_id") return notFound();
  const code = error.code === "closed" ? "store_unavailable" : error.code;
  const { httpStatus } = ERRORS[code];
  if (httpStatus < 500) return problem(code, error.message, shown(error.details), { ...retryAfter(error), ...headers });
  const detail = OURS[code];
  if (detail === undefined) return problem("internal_error", ERRORS.internal_error.message({}), {}, headers);
  return problem(code, detail, {}, { "retry-after": String(SECONDS_TO_RECOVER), ...headers });
}

/** The one 404 for objects. */
export function notFound(): Response {
  return problem("not_found", "There is no such job, or it is not yours.", {}, {});
}

/** Whether the answer of `problemOf` hides a fault that somebody should look at. */
export function isFault(error: unknown): boolean {
  if (!isWaymarkError(error)) return true;
  return error.httpStatus >= 500 && OURS[error.code] === undefined;
}

export function refuse(code: ErrorCode, details: Record<string, unknown> = {}): never {
  throw new WaymarkError(code, details);
}

function problem(
  code: ErrorCode,
  detail: string,
  more: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
): Response {
  const status = ERRORS[code].httpStatus;
  const words = code.replaceAll("_", " ");
  const title = words[0]!.toUpperCase() + words.slice(1);
  const body = { type: `urn:waymark:${code}`, title, status, code, detail, ...more };
  const challenge = status === 401 ? { "www-authenticate": "Bearer" } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...challenge, ...headers },
  });
}

function shown(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details)
      .filter(([key]) => SHOWN_DETAILS.includes(key))
      .map(renamed),
  );
}
/** `status` of a problem is its HTTP status; that of the job has a name of its own. */
function renamed([key, value]: [string, unknown]): [string, unknown] {
  return [key === "status" ? "jobStatus" : key, value];
}

function retryAfter({ details }: WaymarkError): Record<string, string> {
  const seconds = details["seconds"];
  return typeof seconds === "number" ? { "retry-after": String(seconds) } : {};
}
