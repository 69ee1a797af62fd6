/**
 * Values that no store takes, and where the error points.
 */
import type { ErrorCode } from "../core/errors.js";
import { nested, type ZooEntry } from "./value-zoo-entry.js";

const refused = (name: string, make: () => unknown, path = "$", code: ErrorCode = "value_not_storable"): ZooEntry => ({
  name,
  make,
  expect: { refused: code, path },
});
const tooLarge = (name: string, make: () => unknown): ZooEntry => ({ name, make, expect: { refused: "too_large" } });

const hostile = (): never => {
  throw new Error("hostile");
};
const throwing: ProxyHandler<object> = {
  get: hostile,
  has: hostile,
  ownKeys: hostile,
  getPrototypeOf: hostile,
  getOwnPropertyDescriptor: hostile,
};

const TOO_DEEP = `$${".a[0]".repeat(32)}`;

class Point {
  readonly x = 1;
}
class Names extends Map<string, string> {}

function cycle(): unknown {
  const inner: Record<string, unknown> = {};
  inner["up"] = { list: [1, inner] };
  return { a: inner };
}
function wideCycle(): unknown {
  const all: unknown[] = [];
  for (let i = 0; i < 100; i++) all.push(all);
  return all;
}
function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return { a: proxy };
}

export const REFUSED_VALUES: readonly ZooEntry[] = [
  refused("NaN", () => Number.NaN),
  refused("infinity in an array", () => [1, Number.POSITIVE_INFINITY], "$[1]"),
  refused("negative infinity", () => ({ a: { b: Number.NEGATIVE_INFINITY } }), "$.a.b"),
  refused("a BigInt", () => ({ a: [0, 1, 2, { b: 10n }] }), "$.a[3].b"),
  refused("a function", () => ({ run: () => 1 }), "$.run"),
  refused("a class", () => Point),
  refused("a symbol", () => [Symbol("s")], "$[0]"),
  refused("undefined in an array", () => ({ list: [1, undefined] }), "$.list[1]"),
  refused("a hole in an array", () => new Array(3), "$[0]"),
  refused("an enormous empty array", () => new Array(4_000_000_000), "$[0]"),
  refused("an array item whose toJSON returns undefined", () => [{ toJSON: () => undefined }], "$[0]"),
  refused("a lone high surrogate", () => ({ a: "x\uD83D" }), "$.a"),
  refused("a lone low surrogate", () => "\uDE00x"),
  refused("surrogates in the wrong order", () => ["\uDE00\uD83D"], "$[0]"),
  refused("a lone surrogate in a key", () => ({ a: { "\uD800": 1 } }), '$.a["\uFFFD"]'),
  refused("an invalid Date", () => ({ at: new Date(Number.NaN) }), "$.at"),
  refused("a Map", () => ({ a: new Map([["b", 1]]) }), "$.a"),
  refused("a Set", () => new Set([1])),
  refused("a subclass of Map", () => new Names()),
  refused("a WeakMap", () => new WeakMap()),
  refused("bytes", () => ({ file: new Uint8Array([1, 2]) }), "$.file"),
  refused("a DataView", () => new DataView(new ArrayBuffer(1))),
  refused("an ArrayBuffer", () => new ArrayBuffer(1)),
  refused("an Error", () => ({ error: new Error("x") }), "$.error"),
  refused("a regular expression", () => [/x/], "$[0]"),
  refused("a promise", () => ({ soon: Promise.resolve(1) }), "$.soon"),
  refused("an instance of a class", () => ({ point: new Point() }), "$.point"),
  refused("a boxed text", () => [Object("x")], "$[0]"),
  refused("a boxed number", () => [Object(1)], "$[0]"),
  refused("a boxed BigInt", () => [Object(1n)], "$[0]"),
  refused("an object with a prototype of data", () => Object.create({ inherited: 1 })),
  refused("a cycle", cycle, "$.a.up.list[1]"),
  refused("a wide cycle", wideCycle, "$[0]"),
  refused(
    "a toJSON that returns itself",
    () => {
      const self = { toJSON: () => self };
      return { self };
    },
    "$.self",
  ),
  refused(
    "an endless row of toJSON",
    () => {
      const more = (): unknown => ({ toJSON: () => ({ more: more() }) });
      return more();
    },
    `$${".more".repeat(64)}`,
  ),
  refused("65 levels", () => nested(65), TOO_DEEP),
  refused("10,000 levels", () => nested(10_000), TOO_DEEP),
  refused(
    "a getter that throws",
    () => ({
      a: {
        get b(): never {
          return hostile();
        },
      },
    }),
    "$.a.b",
  ),
  refused("a toJSON that throws", () => ({ a: { toJSON: hostile } }), "$.a"),
  refused("a toJSON that returns a BigInt", () => ({ a: { toJSON: () => 1n } }), "$.a"),
  refused("a proxy that throws on everything", () => ({ a: new Proxy({}, throwing) }), "$.a"),
  refused("a revoked proxy", revoked, "$.a"),
  refused("an odd key on the way", () => ({ "odd key": { __proto__x: [Number.NaN] } }), '$["odd key"].__proto__x[0]'),
  tooLarge("a text of 10 MB", () => "x".repeat(10_000_000)),
  tooLarge("an array of 10 MB", () => Array.from({ length: 1_000_000 }, () => "0123456789")),
  tooLarge("keys of 10 MB", () => ({ ["k".repeat(10_000_000)]: 1 })),
  tooLarge("text that is small in characters and large in bytes", () => "é".repeat(600_000)),
  tooLarge("text that is small in bytes and large once escaped", () => "\0".repeat(200_000)),
  tooLarge("shared objects that would double 60 times", () => {
    let value: unknown = "leaf";
    for (let i = 0; i < 60; i++) value = [value, value];
    return value;
  }),
];
