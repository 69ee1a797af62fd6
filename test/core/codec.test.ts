/** What a value may be, and what becomes of it on its way through a store. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEEPEST, decode, encode, encodeTotal } from "../../src/core/codec.js";
import { utf8Bytes } from "../../src/core/cut-text.js";
import { WaymarkError } from "../../src/core/errors.js";
import { VALUE_ZOO } from "../../src/testing/value-zoo.js";
import { nested } from "../../src/testing/value-zoo-entry.js";
import { leastMs } from "../support/least-ms.js";

const wide = { what: "payload", maxBytes: 1_048_576, maxDepth: 64 };
const failure = (run: () => unknown): WaymarkError => {
  try {
    run();
  } catch (error) {
    if (error instanceof WaymarkError) return error;
    throw error;
  }
  return expect.fail("nothing was refused");
};

describe("encode", () => {
  it("L6 gives back every JSON value as it was", () => {
    const json = fc.jsonValue({ stringUnit: "grapheme" });
    fc.assert(
      fc.property(json, (value) => {
        const text = encode(value, wide);
        expect(decode(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  it("L6 answers any object at all with JSON text or a typed error with a path", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withNullPrototype: true,
      withObjectString: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        try {
          const text = encode(value, wide);
          expect(encode(decode(text), wide)).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(WaymarkError);
          expect(error).toMatchObject({ code: "value_not_storable", details: { path: expect.stringMatching(/^\$/) } });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("L6 says what is wrong, where, and of which value", () => {
    const error = failure(() => encode({ a: [0, 1, 2, { b: 10n }] }, { ...wide, what: "metadata" }));
    expect(error.message).toBe("The metadata cannot be stored: a BigInt has no JSON form (use a string) at $.a[3].b.");
    expect(error.httpStatus).toBe(422);
  });

  it("L6 reads each getter once on the slow way", () => {
    let reads = 0;
    const value = {
      at: new Date(0),
      get once() {
        return ++reads;
      },
    };
    const text = encode(value, wide);
    expect(decode(text)).toEqual({ at: "1970-01-01T00:00:00.000Z", once: 1 });
    expect(reads).toBe(1);
  });

  it("L3 holds the limit to the byte", () => {
    const limits = { what: "result", maxBytes: 12, maxDepth: 64 };
    expect(encode("é".repeat(5), limits)).toHaveLength(7);
    expect(encode("x".repeat(10), limits)).toHaveLength(12);
    expect(failure(() => encode("x".repeat(11), limits)).details).toEqual({
      what: "result",
      size: "more than 12",
      limit: 12,
    });
    expect(failure(() => encode("éééééé", limits)).code).toBe("too_large");
    expect(failure(() => encode([new Date(0)], { ...limits, maxBytes: 20 })).code).toBe("too_large");
  });

  it("L3 refuses far too much without building it", () => {
    const value = Array.from({ length: 200 }, () => "x".repeat(1_000_000));
    expect(failure(() => encode(value, wide)).code).toBe("too_large");
    expect(leastMs(() => failure(() => encode(value, wide)))).toBeLessThan(50);
  });

  it("L3 holds the limit of levels, and never goes deeper than it can", () => {
    expect(encode(1, { ...wide, maxDepth: 0 })).toBe("1");
    expect(failure(() => encode([], { ...wide, maxDepth: 0 })).code).toBe("value_not_storable");
    const bottomless = { ...wide, maxDepth: 1_000_000 };
    expect(decode(encode(nested(DEEPEST), bottomless))).toEqual(nested(DEEPEST));
    expect(failure(() => encode(nested(100_000), bottomless)).code).toBe("value_not_storable");
  });

  it("L5 keeps __proto__ as data and lets it touch nothing", () => {
    const text = '{"__proto__":{"polluted":true},"at":1}';
    const back = decode(encode(JSON.parse(text), wide)) as object;
    expect(JSON.stringify(back)).toBe(text);
    const slow = decode(encode({ inner: JSON.parse(text), at: new Date(0) }, wide)) as { inner: object };
    expect(JSON.stringify(slow.inner)).toBe(text);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("L6 takes plain objects of another realm", async () => {
    const { runInNewContext } = await import("node:vm");
    expect(encode(runInNewContext("({ a: [1, new Date(0)] })"), wide)).toBe('{"a":[1,"1970-01-01T00:00:00.000Z"]}');
    expect(failure(() => encode(runInNewContext("new Map()"), wide)).code).toBe("value_not_storable");
  });
});

describe("encodeTotal", () => {
  it("L6 makes JSON of every value of the zoo, within the limit", () => {
    for (const { name, make } of VALUE_ZOO) {
      for (const limit of [16, 40, 333, 16_384]) {
        const text = encodeTotal(make(), limit);
        expect(utf8Bytes(text), `${name} in ${limit} bytes`).toBeLessThanOrEqual(limit);
        JSON.parse(text, (key, value) => {
          expect(`${key}${value}`, name).not.toMatch(/\p{Surrogate}|\0/u);
          return value;
        });
      }
    }
  });

  it("L6 holds its limit for anything", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true }),
        fc.integer({ min: 16, max: 300 }),
        (value, limit) => {
          const text = encodeTotal(value, limit);
          JSON.parse(text);
          return utf8Bytes(text) <= limit;
        },
      ),
      { numRuns: 500 },
    );
  });

  it("L6 keeps what can be stored and marks what cannot", () => {
    const circular: Record<string, unknown> = { a: 1 };
    circular["self"] = circular;
    const value = {
      ok: [1, "a\0b", null],
      f: () => 1,
      n: Number.NaN,
      m: new Map(),
      big: 1n,
      circular,
      gone: undefined,
    };
    expect(JSON.parse(encodeTotal(value, 1_000))).toEqual({
      ok: [1, "a\u2400b", null],
      f: "[function]",
      n: "[NaN]",
      m: "[a Map]",
      big: "[bigint]",
      circular: { a: 1, self: "[cycle]" },
    });
  });

  it("C7 cuts with visible markers", () => {
    expect(JSON.parse(encodeTotal({ a: "x".repeat(100), b: 1 }, 60))).toEqual({
      a: expect.stringMatching(/^x+… \[cut\]$/),
      "…": "[cut]",
    });
    const list = JSON.parse(
      encodeTotal(
        Array.from({ length: 1_000 }, (_, i) => i),
        100,
      ),
    ) as unknown[];
    expect(list.slice(0, 3)).toEqual([0, 1, 2]);
    expect(list.at(-1)).toBe("[cut]");
  });
});
