/** What may name a kind, a queue, a key or an owner. One answer for all stores. */
import { WaymarkError } from "./errors.js";

/** NUL and lone surrogates. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** @throws {WaymarkError} `invalid_option` unless `name` fits a kind or queue. */
export function assertName(option: "kind" | "queue", name: unknown): asserts name is string {
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new WaymarkError("invalid_option", { option, problem: "it has 1 to 128 characters of A-Z a-z 0-9 _ . -" });
  }
}

/**
 * Free text that stands in an index: an owner, a unique, idempotency or concurrency key, an actor.
 *
 * @throws {WaymarkError} `invalid_option` for anything but 1–255 characters without NUL and lone surrogates, which not
 * every store could keep
 */
export function assertKey(option: string, key: unknown): asserts key is string {
  if (typeof key !== "string" || key.length === 0 || key.length > 255 || UNSTORABLE.test(key)) {
    throw new WaymarkError("invalid_option", { option, problem: "it is a text of 1 to 255 characters, without NUL" });
  }
}

/**
 * The owner a request is limited to. A key that is there without a value is a mistake of the caller, and never means
 * "everybody's jobs".
 *
 * @throws {WaymarkError} `invalid_option`
 */
export function ownerScope(options: { readonly owner?: string | undefined }): { readonly owner?: string } {
  if (!("owner" in options)) return {};
  assertKey("owner", options.owner);
  return { owner: options.owner };
}
