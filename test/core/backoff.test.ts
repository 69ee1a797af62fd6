/** How long a failed job waits for its next attempt. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/core/backoff.js";

const ALMOST_ONE = 1 - Number.EPSILON;

describe("backoff", () => {
  it("B11 doubles from 5 s up to 300 s", () => {
    const caps = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => backoffMs(attempt, ALMOST_ONE));
    expect(caps).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });

  it("B11 spreads the wait over the whole range (full jitter)", () => {
    expect([0.25, 0.5, 0.75].map((random) => backoffMs(2, random))).toEqual([2_500, 5_000, 7_500]);
  });

  it("never comes back at once", () => {
    expect(backoffMs(1, 0)).toBe(1);
    expect(backoffMs(5_000, 0.5, { baseMs: 0 })).toBe(1);
  });

  it("takes base and cap from the definition", () => {
    expect(backoffMs(3, ALMOST_ONE, { baseMs: 100, maxMs: 350 })).toBe(350);
    expect(backoffMs(2, ALMOST_ONE, { baseMs: 100, maxMs: 350 })).toBe(200);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses attempt %d", (attempt) => {
    expect(() => backoffMs(attempt, 0.5)).toThrow(RangeError);
  });

  it("is a whole number from 1 to the cap for every attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }),
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        (attempt, random, baseMs, maxMs) => {
          const ms = backoffMs(attempt, random, { baseMs, maxMs });
          return Number.isInteger(ms) && ms >= 1 && ms <= maxMs;
        },
      ),
    );
  });
});
