/**
 * What a stored value may be: one answer for all stores, at the edge, so that they cannot disagree (SECURITY L5, L6).
 * A value becomes JSON text once, here; stores only carry the text. Keys keep their order.
 *
 * | Value | Answer |
 * |---|---|
 * | null, booleans, finite numbers, well-formed strings, NUL in strings | as JSON writes them |
 * | −0 | 0 |
 * | undefined: the whole value / a property / an item of an array | null / left out / refused |
 * | NaN, ±Infinity, BigInt, functions, symbols | refused |
 * | lone surrogates, in strings or keys | refused |
 * | arrays (also subclasses) | their items; further properties are left out; holes are refused |
 * | plain objects (prototype null or Object.prototype, of any realm) | own enumerable properties, getters read; symbol keys left out |
 * | keys `__proto__`, `constructor`, `prototype`, `toJSON` with data | data like any other |
 * | Date | ISO 8601 text; an invalid one is refused |
 * | typed arrays, ArrayBuffer views, Buffer | refused |
 * | anything else with a toJSON function | what that returns, under these same rules |
 * | Map, Set, Error, RegExp, boxed primitives, other class instances | refused: they would come back as something else |
 * | cycles, nesting past `maxDepth` | refused; the same object twice in different places is fine |
 * | a getter, toJSON or proxy trap that throws | refused |
 *
 * Refused = WaymarkError `value_not_storable`, with a path like `$.a[3].b` in `details.path`; more bytes than `maxBytes`
 * = `too_large`. A plain value is walked once and written by JSON.stringify; anything else takes the slower way through
 * normalize.ts, which says exactly what is wrong and where.
 */
import { utf8Bytes } from "./cut-text.js";
import { isPlain, normalize, tooLarge } from "./normalize.js";
import { toPlain } from "./plain.js";

export { utf8Bytes };

export interface EncodeOptions {
  /** What the value is, for the error: "payload", "result", "metadata" … */
  readonly what: string;
  /** Limit of the JSON text, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** Levels of nesting; a scalar has none. Never more than 512, whatever is asked for. */
  readonly maxDepth: number;
}

/** Deep enough for any data, shallow enough for every parser that will read it. */
export const DEEPEST = 512;

/**
 * `value` as JSON text.
 *
 * @throws {WaymarkError} `value_not_storable`, `too_large`
 */
export function encode(value: unknown, options: EncodeOptions): string {
  // What most handlers give back.
  if (value === null) return "null";
  const { what, maxBytes } = options;
  const maxDepth = Math.min(options.maxDepth, DEEPEST);
  let text: string | null = null;
  try {
    // The text of what is made of nothing but what JSON.stringify writes as the table says. Everything else, what throws
    // and what is too large or too deep is left to normalize.ts, which finds out why.
    if (spendOrdinary(value, maxBytes, maxDepth) >= 0) text = JSON.stringify(value) ?? null;
  } catch {}
  // A lone surrogate shows as an escape in the text. It may be the letters "\ud" as well: the slow way can tell.
  if (text?.includes("\\ud")) text = null;
  text ??= stringify(normalize(value, { what, maxBytes, maxDepth })) ?? "null";
  if (text.length * 3 > maxBytes && utf8Bytes(text) > maxBytes) throw tooLarge(what, maxBytes);
  return text;
}

/** The value that `encode` made the text of. */
export function decode(text: string): unknown {
  return JSON.parse(text);
}

/**
 * Any value as JSON text of at most `maxBytes` bytes (at least 16), for what must be recorded whatever happens. Never
 * throws: what cannot be stored becomes a visible marker like "[function]", what is too much is cut on a code point.
 */
export function encodeTotal(value: unknown, maxBytes: number): string {
  return JSON.stringify(toPlain(value, { maxBytes })) ?? "null";
}

function stringify(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}

/** What is left of `left` bytes after `item`, counted low: at least one byte a UTF-16 unit. Negative = not ordinary. */
function spendOrdinary(item: unknown, left: number, levels: number): number {
  switch (typeof item) {
    case "string":
      return left - item.length - 2;
    case "number":
      return Number.isFinite(item) ? left - 1 : -1;
    case "boolean":
      return left - 4;
    case "object":
      break;
    default:
      return -1;
  }
  if (item === null) return left - 4;
  if (levels < 1 || typeof (item as { toJSON?: unknown }).toJSON === "function") return -1;
  let rest = left - 2;
  if (Array.isArray(item)) {
    for (let i = 0; i < item.length && rest >= 0; i++) rest = spendOrdinary(item[i], rest, levels - 1);
    return rest;
  }
  if (Object.getPrototypeOf(item) !== Object.prototype && !isPlain(item)) return -1;
  const record = item as Record<string, unknown>;
  // What somebody hung on Object.prototype is counted along, and is no harm: then there is less left than there could be.
  for (const key in record) {
    const inner = record[key];
    if (inner === undefined) continue;
    rest = spendOrdinary(inner, rest - key.length - 3, levels - 1);
    if (rest < 0) return -1;
  }
  return rest;
}
