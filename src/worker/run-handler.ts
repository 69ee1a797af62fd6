/**
 * Runs a handler on what the store has kept, and makes what it returns storable. Whatever can be done at once is: only
 * a handler, or a schema, that really waits for something costs a promise.
 */
import { decode, encode } from "../core/codec.js";
import type { BoundHandler } from "../core/define-job.js";
import type { JobContext } from "../core/handler.js";
import type { Limits } from "../core/limits.js";
import { isPromise, validate } from "../core/standard-schema.js";
import type { ClaimedJob } from "../core/store.js";

/** The stored input does not fit the handler's schema: another deployment wrote it. No retry can help. */
export class UnreadableInput extends Error {
  override readonly name = "UnreadableInput";
}

/**
 * @returns the result as JSON text, or a promise of it; null without one
 * @throws whatever the handler throws, at once or by the promise; UnreadableInput; WaymarkError `invalid_output`,
 * `value_not_storable`, `too_large`
 */
export function runHandler(
  handler: BoundHandler,
  claimed: ClaimedJob,
  context: JobContext,
  limits: Limits,
): string | null | Promise<string | null> {
  const run = handler.run as (input: unknown, context: JobContext) => unknown;
  const input = readInput(handler, claimed);
  if (handler.definition.input !== null && isPromise(input))
    return storableOf(runOn(input, handler, context), handler, limits);
  const returned = run(input, context);
  // What most handlers return that return nothing.
  if ((returned === null || returned === undefined) && handler.definition.output === null) return null;
  return isPromise(returned)
    ? storableOf(Promise.resolve(returned), handler, limits)
    : storable(handler, returned, limits);
}

async function runOn(input: PromiseLike<unknown>, handler: BoundHandler, context: JobContext): Promise<unknown> {
  const run = handler.run as (input: unknown, context: JobContext) => unknown;
  return run(await input, context);
}

function storableOf(returned: Promise<unknown>, handler: BoundHandler, limits: Limits): Promise<string | null> {
  return returned.then((ready) => storable(handler, ready, limits));
}

function readInput({ definition }: BoundHandler, { payload, kind }: ClaimedJob): unknown {
  try {
    const stored = decode(payload);
    if (definition.input === null) return stored;
    const input = validate(definition.input, stored, "invalid_input", kind);
    return isPromise(input) ? Promise.resolve(input).catch(unreadable) : input;
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(cause: unknown): never {
  throw new UnreadableInput("The stored input could not be read.", { cause });
}

function storable(
  { definition }: BoundHandler,
  returned: unknown,
  limits: Limits,
): string | null | Promise<string | null> {
  if (definition.output === null) return toText(returned, limits);
  const output = validate(definition.output, returned, "invalid_output", definition.kind);
  return isPromise(output) ? Promise.resolve(output).then((ready) => toText(ready, limits)) : toText(output, limits);
}

function toText(output: unknown, { resultBytes, jsonDepth }: Limits): string | null {
  // Null reads as no result in every view, so it need not be kept.
  return output === undefined || output === null
    ? null
    : encode(output, { what: "result", maxBytes: resultBytes, maxDepth: jsonDepth });
}
