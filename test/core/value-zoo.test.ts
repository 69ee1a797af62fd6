/** The zoo of values through the codec alone; the stores run the same one. */
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/core/codec.js";
import { DEFAULT_LIMITS } from "../../src/core/limits.js";
import { testValueZoo, VALUE_ZOO } from "../../src/testing/value-zoo.js";

const limits = { what: "payload", maxBytes: DEFAULT_LIMITS.payloadBytes, maxDepth: DEFAULT_LIMITS.jsonDepth };

testValueZoo("codec", async (value) => decode(encode(value, limits)));

describe("the zoo itself", () => {
  it("L6 has at least 60 values, each with a name of its own", () => {
    expect(VALUE_ZOO.length).toBeGreaterThanOrEqual(60);
    expect(new Set(VALUE_ZOO.map((entry) => entry.name)).size).toBe(VALUE_ZOO.length);
  });
});
