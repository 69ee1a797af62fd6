/**
 * Every error Waymark throws, as one table: a stable code for programs, a sentence for people. A sentence names what was
 * wrong and what to do next, and is safe to show. Raw causes travel in `cause`. A test holds docs/errors.md to this table.
 */

type Sentence = (details: Record<string, unknown>) => string;
export interface ErrorKind {
  readonly httpStatus: number;
  readonly message: Sentence;
}

const say = (sentence: Sentence, httpStatus: number): ErrorKind => ({ httpStatus, message: sentence });

/** Every code, each documented in docs/errors.md. */
export type ErrorCode =
  | "invalid_definition"
  | "invalid_input"
  | "invalid_output"
  | "invalid_option"
  | "invalid_duration"
  | "invalid_job_id"
  | "invalid_cursor"
  | "invalid_store_url"
  | "value_not_storable"
  | "too_large"
  | "queue_full"
  | "idempotency_conflict"
  | "unique_conflict"
  | "illegal_move"
  | "not_retryable"
  | "not_found"
  | "job_exists"
  | "lease_lost"
  | "attempt_over"
  | "unknown_stage"
  | "duplicate_handler"
  | "closed"
  | "aborted"
  | "store_unavailable"
  | "store_refused"
  | "storage_full"
  | "driver_missing"
  | "transaction_not_supported"
  | "schema_outdated"
  | "schema_too_new"
  | "tokens_not_configured"
  | "invalid_request"
  | "unauthenticated"
  | "forbidden"
  | "owner_not_allowed"
  | "cross_site"
  | "json_expected"
  | "route_not_found"
  | "method_not_allowed"
  | "job_purged"
  | "unknown_kind"
  | "rate_limited"
  | "too_many_streams"
  | "streams_full"
  | "internal_error";

export const ERRORS: Readonly<Record<ErrorCode, ErrorKind>> = {
  invalid_definition: say((d) => `The job definition is not usable: ${d["problem"]}.`, 500),
  invalid_input: say((d) => `The input of ${d["kind"]} was refused: ${d["problem"]}.`, 422),
  invalid_output: say(
    (d) => `The handler of ${d["kind"]} returned something its output schema refuses: ${d["problem"]}.`,
    500,
  ),
  invalid_option: say((d) => `The option ${d["option"]} is not usable: ${d["problem"]}.`, 400),
  invalid_duration: say(
    (d) => `${d["given"]} is not a duration. Use milliseconds or a text like "250ms", "30s", "5m", "2h" or "7d".`,
    400,
  ),
  invalid_job_id: say((d) => `${d["given"]} is not a job id. Job ids are UUIDs, as enqueue returned them.`, 400),
  invalid_cursor: say(() => "The page cursor is not one that list returned. Start again without a cursor.", 400),
  invalid_store_url: say((d) => `${d["given"]} is not a store. Use "memory:", "sqlite:PATH" or "postgres://…".`, 400),
  value_not_storable: say((d) => `The ${d["what"]} cannot be stored: ${d["problem"]} at ${d["path"]}.`, 422),
  too_large: say((d) => `The ${d["what"]} has ${d["size"]} bytes; at most ${d["limit"]} are allowed.`, 413),
  queue_full: say(
    (d) =>
      `The store already holds ${d["limit"]} unfinished jobs and takes no more. Try again when some have finished.`,
    503,
  ),
  idempotency_conflict: say(
    (d) => `The idempotency key was used before with another input, for job ${d["jobId"]}. Use a new key for new work.`,
    409,
  ),
  unique_conflict: say(
    (d) => `Another live job (${d["jobId"]}) holds the same unique key. Wait until it has ended.`,
    409,
  ),
  illegal_move: say((d) => `Cannot ${d["move"]} a job that is ${d["status"]}.`, 409),
  not_retryable: say((d) => `This job cannot be tried again: ${d["reason"]}.`, 409),
  not_found: say((d) => `There is no job ${d["jobId"]}.`, 404),
  job_exists: say((d) => `There already is a job ${d["jobId"]}. Every job needs an id of its own.`, 409),
  lease_lost: say(
    (d) => `The lease of job ${d["jobId"]} was lost: another worker may have it now. Stop this attempt.`,
    409,
  ),
  attempt_over: say((d) => `The attempt of job ${d["jobId"]} is over; its context can no longer be used.`, 409),
  unknown_stage: say((d) => `${d["kind"]} declares no stage ${d["stage"]}. Declared are: ${d["known"]}.`, 400),
  duplicate_handler: say((d) => `Two handlers are given for ${d["kind"]}. A kind has one handler a worker.`, 400),
  closed: say(() => "This Waymark is closed. Open a new one.", 409),
  aborted: say(() => "The caller gave up waiting.", 499),
  store_unavailable: say((d) => `The store did not answer: ${d["problem"]}. Try again shortly.`, 503),
  store_refused: say((d) => `The store cannot be used like this: ${d["problem"]}.`, 500),
  storage_full: say(() => "The disk of the store is full. Free some space; nothing acknowledged was lost.", 507),
  driver_missing: say(
    (d) => `${d["driver"]} is needed for this store and is not installed. Run: npm install ${d["driver"]}`,
    500,
  ),
  transaction_not_supported: say((d) => `This store cannot join that transaction: ${d["problem"]}.`, 400),
  schema_outdated: say(
    (d) => `The store's schema is at version ${d["found"]}; this Waymark needs ${d["needed"]}. Run: waymark migrate`,
    500,
  ),
  schema_too_new: say(
    (d) =>
      `The store's schema is at version ${d["found"]}, newer than this Waymark knows (${d["needed"]}). Upgrade the package.`,
    500,
  ),
  tokens_not_configured: say(() => "Read tokens need a secret. Open Waymark with tokens: { secret }.", 500),
  invalid_request: say((d) => `The request is not usable: ${d["problem"]}.`, 400),
  unauthenticated: say(() => "Sign in first, or send a token that is still valid.", 401),
  forbidden: say(() => "You are signed in, but this needs other rights.", 403),
  owner_not_allowed: say(() => "The owner comes from who is signed in; only operators may name one.", 403),
  cross_site: say(() => "Changes are taken from pages of this site only, or with a bearer token.", 403),
  json_expected: say(() => "Send JSON, with the header Content-Type: application/json.", 415),
  route_not_found: say(() => "There is nothing at this address.", 404),
  method_not_allowed: say(() => "This address does not take that method.", 405),
  job_purged: say(() => "The job has ended and its data was removed after the time it is kept.", 410),
  unknown_kind: say((d) => `Jobs of kind ${d["kind"]} cannot be started here. Known are: ${d["known"]}.`, 422),
  rate_limited: say((d) => `Too many requests. Try again in ${d["seconds"]} s.`, 429),
  too_many_streams: say(
    (d) => `At most ${d["limit"]} event streams at once. Close one, or ask for several jobs in one.`,
    429,
  ),
  streams_full: say(() => "No more event streams fit in this process. Poll the status instead.", 503),
  internal_error: say(() => "Something went wrong on our side.", 500),
};

/** Thrown by every part of Waymark; `code` is stable, `message` is safe to show. */
export class WaymarkError extends Error {
  override readonly name = "WaymarkError";
  readonly code: ErrorCode;
  /** The facts the sentence was made of, as plain data. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The HTTP status that fits, for adapters. */
  readonly httpStatus: number;

  constructor(code: ErrorCode, details: Record<string, unknown> = {}, options?: { cause?: unknown }) {
    super(ERRORS[code].message(details), options);
    this.code = code;
    this.details = details;
    this.httpStatus = ERRORS[code].httpStatus;
  }
}

/** Whether `error` is a WaymarkError, of `code` when one is given. */
export function isWaymarkError(error: unknown, code?: ErrorCode): error is WaymarkError {
  return error instanceof WaymarkError && (code === undefined || error.code === code);
}
