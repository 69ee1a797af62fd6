/**
 * Turns anything at all into plain data, for what must be recorded whatever happens: error details, log fields. Never
 * throws and never refuses: what has no JSON form becomes a visible marker in brackets, what is too much is cut.
 */
import { cutText, utf8Bytes } from "./cut-text.js";
import { isPlain, nameOf, setOwn, showPath, timeOf } from "./normalize.js";

export interface PlainOptions {
  /** Limit of the JSON text of the answer, in bytes of UTF-8; at least 16. Default: no limit. */
  readonly maxBytes?: number;
  /** Levels of nesting kept. Default 64. */
  readonly maxDepth?: number;
  /** Changes each text and key before it is cut. Must not throw. */
  readonly text?: (text: string) => string;
  /** May replace a value before it is looked at. Must not throw. `key` is null for items of arrays and for the whole value. */
  readonly replace?: (value: unknown, key: string | null, path: () => string) => unknown;
}

const CUT = "[cut]";
/** `"[cut]"` in JSON: what every value must at least have room for. */
const LEAST_BYTES = 7;
/** `,"…":"[cut]"`, kept free in each object and array to say that something is missing. */
const CUT_ENTRY_BYTES = 16;
/** Names that cannot hide anything: most keys are spared the closer look. */
const PLAIN_KEY = /^[A-Za-z_]{1,24}$/;
/** Objects, arrays and properties looked at: bounds the time when there is no limit of bytes. */
const MOST_VISITS = 20_000;

/** Plain data that JSON.stringify takes, whatever `value` is. */
export function toPlain(value: unknown, options: PlainOptions = {}): unknown {
  const { maxBytes = Number.POSITIVE_INFINITY, maxDepth = 64, text: change, replace } = options;
  const path: (string | number)[] = [];
  const ancestors: object[] = [];
  let left = Math.max(16, maxBytes);
  let visits = 0;

  /** Adds a text, or as much of it as fits. */
  const text = (raw: string): string => {
    // Changed before it is cut (a secret cut in half is no longer recognised), but never more than could matter.
    const near = raw.length > left * 4 ? raw.slice(0, left * 4) : raw;
    let shown = change === undefined ? near : change(near);
    shown = cutText(shown, left - 2);
    if (left === Number.POSITIVE_INFINITY) return shown;
    // Escapes (control characters, quotes) take more than their bytes.
    for (let room = left - 2; jsonBytes(shown) > left; ) {
      room = Math.floor(room / 2);
      shown = room < LEAST_BYTES - 2 ? CUT : cutText(shown, room);
    }
    left -= jsonBytes(shown);
    return shown;
  };
  const marker = (words: string): string => {
    const shown = left >= utf8Bytes(words) + 4 ? `[${words}]` : CUT;
    left -= jsonBytes(shown);
    return shown;
  };
  const scalar = (item: number | boolean | null): unknown => {
    const bytes = String(item).length;
    if (bytes > left) return marker("cut");
    left -= bytes;
    return item;
  };

  const visit = (item: unknown, key: string | null): unknown => {
    visits++;
    const seen = replace === undefined ? item : replace(item, key, () => showPath(path));
    switch (typeof seen) {
      case "string":
        return text(seen);
      case "number":
        return Number.isFinite(seen) ? scalar(seen) : marker(String(seen));
      case "boolean":
        return scalar(seen);
      case "undefined":
        return marker("undefined");
      case "bigint":
        return marker("bigint");
      case "object":
        return seen === null ? scalar(null) : object(seen);
      default:
        return marker(typeof seen);
    }
  };

  const object = (item: object): unknown => {
    if (ancestors.includes(item)) return marker("cycle");
    if (ancestors.length >= maxDepth) return marker("too deep");
    const time = timeOf(item);
    if (time !== null) return Number.isNaN(time) ? marker("invalid Date") : text(new Date(time).toISOString());
    const depth = path.length;
    ancestors.push(item);
    try {
      if (Array.isArray(item)) return array(item);
      const toJson: unknown = ArrayBuffer.isView(item) ? undefined : (item as { toJSON?: unknown }).toJSON;
      if (typeof toJson === "function") return visit(toJson.call(item, ""), null);
      return isPlain(item) ? record(item as Record<string, unknown>) : marker(nameOf(item));
    } catch {
      return marker("unreadable");
    } finally {
      ancestors.pop();
      path.length = depth;
    }
  };

  const room = (needed: number): boolean => left >= needed + LEAST_BYTES && visits < MOST_VISITS;

  const array = (items: readonly unknown[]): unknown => {
    if (!room(2 + CUT_ENTRY_BYTES)) return marker("cut");
    left -= 2 + CUT_ENTRY_BYTES;
    const copy: unknown[] = [];
    for (let i = 0; i < items.length; i++) {
      if (!room(1)) {
        copy.push(CUT);
        break;
      }
      left -= 1;
      path.push(i);
      copy.push(visit(readItem(items, i), null));
      path.pop();
    }
    return copy;
  };

  const shownKeyOf = (key: string): string => {
    const near = key.slice(0, 1_024);
    return cutText(change === undefined ? near : change(near), 256);
  };

  const record = (properties: Record<string, unknown>): unknown => {
    if (!room(2 + CUT_ENTRY_BYTES)) return marker("cut");
    const keys = Object.keys(properties);
    left -= 2 + CUT_ENTRY_BYTES;
    const copy: Record<string, unknown> = {};
    for (const key of keys) {
      const shownKey = PLAIN_KEY.test(key) ? key : shownKeyOf(key);
      const bytes = jsonBytes(shownKey) + 2;
      if (!room(bytes)) {
        setOwn(copy, "…", CUT);
        break;
      }
      path.push(key);
      const inner = readItem(properties, key);
      visits++;
      if (inner !== undefined) {
        left -= bytes;
        setOwn(copy, shownKey, visit(inner, key));
      }
      path.pop();
    }
    return copy;
  };

  return visit(value, null);
}

const UNREADABLE = "[unreadable]";
function readItem(from: object, key: PropertyKey): unknown {
  try {
    return (from as Record<PropertyKey, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

function jsonBytes(text: string): number {
  return utf8Bytes(JSON.stringify(text));
}
