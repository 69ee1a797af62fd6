/**
 * What the operators read of an error: name, message, code, stack and causes, as plain data. Only these are ever read of
 * an error object. Drivers hang the user's data on theirs (`detail`, `where`, `parameters`, `query` …): none of it is
 * taken, and a query that is repeated in the message is cut off there (SECURITY P3).
 */
import { cutText } from "./cut-text.js";
import { read } from "./job-error.js";
import { toPlain } from "./plain.js";
import type { Redactor } from "./redact.js";

export interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly details?: unknown;
  readonly cause?: ErrorDescription;
  /** The first errors of an AggregateError. */
  readonly errors?: readonly ErrorDescription[];
}

/** Dropped from what drivers throw, at every level. */
const DRIVER_DATA = new Set([
  "detail",
  "where",
  "parameters",
  "params",
  "query",
  "sql",
  "internalQuery",
  "hint",
  "bindings",
]);
const MOST_CAUSES = 5;
const MOST_ERRORS = 5;
const MESSAGE_BYTES = 4_096;
const STACK_BYTES = 4_096;
const VALUE_BYTES = 4_096;
/** Read of a text before it is redacted and cut: enough that what is cut off cannot matter. */
const NEAR = 65_536;

/** Describes whatever was thrown. Never throws. */
export function describeError(thrown: unknown, redactor: Redactor, depth = 0): ErrorDescription {
  if (!isErrorLike(thrown)) {
    const named = thrown !== null && typeof thrown === "object" ? "Object" : thrown === null ? "null" : typeof thrown;
    return { name: named, message: "Not an Error was thrown.", details: plain(thrown, redactor) };
  }
  const code = read(thrown, "code");
  const stack = framesOf(thrown, redactor);
  const cause = depth < MOST_CAUSES ? read(thrown, "cause") : undefined;
  const errors = depth < MOST_CAUSES ? read(thrown, "errors") : undefined;
  return {
    name: short(read(thrown, "name"), "Error", redactor),
    message: messageOf(thrown, redactor),
    ...(typeof code === "number" ? { code } : {}),
    ...(typeof code === "string" ? { code: short(code, "", redactor) } : {}),
    ...(cause === undefined || cause === null || cause === thrown
      ? {}
      : { cause: describeError(cause, redactor, depth + 1) }),
    // Their own causes are left out: five errors with five causes each would tell nobody more.
    ...(isList(errors) ? { errors: firstOf(errors).map((inner) => describeError(inner, redactor, MOST_CAUSES)) } : {}),
    ...(stack === "" ? {} : { stack }),
  };
}

/** Plain data for operators, without secrets and without what drivers hang on their errors. */
export function plain(value: unknown, redactor: Redactor): unknown {
  const kept = toPlain(value, {
    maxBytes: VALUE_BYTES * 4,
    replace: (inner, key) => {
      if (key !== null && DRIVER_DATA.has(key)) return "[dropped]";
      return isErrorLike(inner) ? describeError(inner, redactor, MOST_CAUSES) : inner;
    },
  });
  return redactor.value(kept, VALUE_BYTES);
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (value instanceof Error) return true;
  } catch {
    return false;
  }
  // Of another realm, or an error in all but its class.
  return typeof read(value, "message") === "string" && typeof read(value, "stack") === "string";
}

function messageOf(error: object, redactor: Redactor): string {
  const message = read(error, "message");
  if (typeof message !== "string") return "The error has no message.";
  let kept = message.slice(0, NEAR);
  for (const key of ["query", "sql"]) {
    const query = read(error, key);
    const at = typeof query === "string" && query !== "" ? kept.indexOf(query.slice(0, 200)) : -1;
    if (at >= 0) kept = `${kept.slice(0, at)}[${key} dropped]`;
  }
  return cutText(redactor.text(kept), MESSAGE_BYTES);
}

/** The stack without its head, which repeats the message. */
function framesOf(error: object, redactor: Redactor): string {
  const stack = read(error, "stack");
  if (typeof stack !== "string") return "";
  const message = read(error, "message");
  const head = typeof message === "string" && message !== "" ? stack.indexOf(message) : -1;
  const frames = (head < 0 ? stack : stack.slice(head + String(message).length)).slice(0, NEAR).split("\n");
  return cutText(redactor.text(frames.filter((line) => /^\s{1,8}at /.test(line)).join("\n")), STACK_BYTES);
}

function short(value: unknown, otherwise: string, redactor: Redactor): string {
  return typeof value === "string" && value !== "" ? cutText(redactor.text(value.slice(0, 1_024)), 128) : otherwise;
}

function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function firstOf(errors: readonly unknown[]): unknown[] {
  const first: unknown[] = [];
  const count = Number(read(errors, "length"));
  for (let i = 0; i < count && i < MOST_ERRORS; i++) first.push(read(errors, i));
  return first;
}
