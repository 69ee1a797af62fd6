/**
 * The slow and exact way of the codec: copies a value into plain data by the table in codec.ts, or says what is wrong and
 * where. Everything the value's own code could do (getters, toJSON, proxy traps) happens once and behind a guard.
 */
import { cutText } from "./cut-text.js";
import { WaymarkError } from "./errors.js";

export interface NormalizeOptions {
  readonly what: string;
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/**
 * @returns plain data for JSON.stringify, or undefined
 * @throws {WaymarkError} `value_not_storable`, `too_large`
 */
export function normalize(value: unknown, { what, maxBytes, maxDepth }: NormalizeOptions): unknown {
  const path: (string | number)[] = [];
  const ancestors: object[] = [];
  let depth = 0;
  let left = maxBytes;

  const refuse = (problem: string, options?: { cause: unknown }): never => {
    throw new WaymarkError("value_not_storable", { what, problem, path: showPath(path) }, options);
  };
  const spend = (bytes: number): void => {
    left -= bytes;
    if (left < 0) throw tooLarge(what, maxBytes);
  };
  const guard = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      return refuse("reading it threw an error", { cause });
    }
  };

  const text = (item: string): string => {
    spend(item.length + 2);
    return /\p{Surrogate}/u.test(item) ? refuse("half of a surrogate pair in a text") : item;
  };

  const walk = (item: unknown, fromToJson = false): unknown => {
    switch (typeof item) {
      case "string":
        return text(item);
      case "number":
        spend(1);
        return Number.isFinite(item) ? item : refuse(`${item} is not a JSON number`);
      case "boolean":
        spend(4);
        return item;
      case "undefined":
        return item;
      case "bigint":
        return refuse("a BigInt has no JSON form (use a string)");
      case "object":
        return item === null ? scalarNull() : object(item, fromToJson);
      default:
        return refuse(`a ${typeof item} has no JSON form`);
    }
  };

  const scalarNull = (): null => {
    spend(4);
    return null;
  };

  const object = (item: object, fromToJson: boolean): unknown => {
    if (ancestors.includes(item)) refuse("a value that contains itself");
    if (ArrayBuffer.isView(item)) refuse("binary data (use a text, such as base64)");
    const time = timeOf(item);
    if (time !== null) return Number.isNaN(time) ? refuse("an invalid Date") : text(new Date(time).toISOString());
    if (!fromToJson) {
      const toJson = guard(() => (item as { toJSON?: unknown }).toJSON);
      if (typeof toJson === "function") {
        ancestors.push(item);
        const plain = walk(
          guard(() => toJson.call(item, String(path.at(-1) ?? ""))),
          true,
        );
        ancestors.pop();
        return plain;
      }
    }
    const isArray = guard(() => Array.isArray(item));
    if (!isArray && !guard(() => isPlain(item))) refuse(`${nameOf(item)} (use plain data)`);
    if (depth >= maxDepth) refuse(`nesting deeper than ${maxDepth} levels`);
    spend(2);
    depth++;
    ancestors.push(item);
    const copy = isArray ? array(item as unknown[]) : record(item as Record<string, unknown>);
    ancestors.pop();
    depth--;
    return copy;
  };

  const array = (items: unknown[]): unknown[] => {
    const copy: unknown[] = [];
    const length = guard(() => items.length);
    for (let i = 0; i < length; i++) {
      path.push(i);
      const plain = walk(guard(() => items[i]));
      copy.push(plain === undefined ? refuse("undefined in an array (use null)") : plain);
      path.pop();
    }
    return copy;
  };

  const record = (properties: Record<string, unknown>): Record<string, unknown> => {
    const copy: Record<string, unknown> = {};
    for (const key of guard(() => Object.keys(properties))) {
      path.push(key);
      const inner = guard(() => properties[key]);
      if (inner !== undefined) {
        text(key);
        const plain = walk(inner);
        if (plain !== undefined) setOwn(copy, key, plain);
      }
      path.pop();
    }
    return copy;
  };

  try {
    return walk(value);
  } catch (cause) {
    // The walk itself can only fail when the caller has hardly any stack left.
    if (cause instanceof WaymarkError) throw cause;
    return refuse("reading it threw an error", { cause });
  }
}

/** The error of a value past its limit. It is noticed on the way, so the exact size is not known. */
export function tooLarge(what: string, maxBytes: number): WaymarkError {
  return new WaymarkError("too_large", { what, size: `more than ${maxBytes}`, limit: maxBytes });
}

/** An object that is only its own properties: prototype null, or the Object.prototype of some realm. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === Object.prototype ||
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty"))
  );
}

/** The time of a Date of any realm (NaN for an invalid one); null when it is no Date. */
export function timeOf(value: object): number | null {
  try {
    // Asked first, because a throw for every object that is no Date would be slow.
    if (Object.prototype.toString.call(value) !== "[object Date]") return null;
    return Date.prototype.getTime.call(value);
  } catch {
    return null;
  }
}

/** "a Map", for people; never throws. */
export function nameOf(value: object): string {
  try {
    const name: unknown = value.constructor.name;
    if (typeof name === "string" && /^[A-Za-z_$][\w$]{0,63}$/.test(name))
      return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  } catch {
    // A hostile object has no name.
  }
  return "an object of a class";
}

/** Sets a property that is data whatever its name: assigning to "__proto__" would change the prototype. */
export function setOwn(copy: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  } else copy[key] = value;
}

/** A path for people and programs: `$.a[3]["odd key"]`. */
export function showPath(path: readonly (string | number)[]): string {
  const shown = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[A-Za-z_$][\w$]{0,63}$/.test(step) ? `.${step}` : `[${JSON.stringify(cutText(step, 64))}]`;
  });
  return cutText(`$${shown.join("")}`, 512);
}
