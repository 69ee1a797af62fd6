/**
 * One value of the zoo, and the answer every store gives it.
 */
import type { ErrorCode } from "../core/errors.js";

/** What becomes of a value: it comes back as `stored`, or is refused with a typed error that names the `path`. */
type ZooAnswer = { readonly stored: unknown } | { readonly refused: ErrorCode; readonly path?: string };

export interface ZooEntry {
  readonly name: string;
  /** Makes the value anew: some change when they are read. */
  readonly make: () => unknown;
  readonly expect: ZooAnswer;
}

/** Objects and arrays in turn, `levels` deep, an object outermost when `levels` is above 1. */
export function nested(levels: number): unknown {
  let value: unknown = [];
  for (let i = levels - 1; i > 0; i--) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}
