/** Durations as people write them, and what is refused rather than guessed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Duration, LONGEST_DURATION_MS, toMs } from "../../src/core/duration.js";
import { isWaymarkError } from "../../src/core/errors.js";
import { leastMs } from "../support/least-ms.js";

const refusal = (given: unknown, option?: string): unknown => {
  try {
    return toMs(given as Duration, option);
  } catch (error) {
    return error;
  }
};

describe("durations", () => {
  it.each([
    [0, 0],
    [1500, 1500],
    [0.4, 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    ["1.5h", 5_400_000],
    ["0s", 0],
    ["3650d", LONGEST_DURATION_MS],
  ] as [Duration, number][])("reads %j as %d ms", (given, ms) => {
    expect(toMs(given)).toBe(ms);
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -1,
    LONGEST_DURATION_MS + 1,
    "",
    "5",
    "s",
    "5 m",
    " 5m",
    "5m\n",
    "5M",
    "-5s",
    "+5s",
    "1e3s",
    ".5s",
    "5.s",
    "5minutes",
    "1h30m",
    "0x10s",
    "٣s",
    "3651d",
    "9".repeat(20) + "d",
    null,
    undefined,
    true,
    {},
    [5],
    10n,
  ])("refuses %s with a typed error", (given) => {
    expect(isWaymarkError(refusal(given), "invalid_duration")).toBe(true);
  });

  it("names the option and what was given", () => {
    const error = refusal("5 m", "timeout") as Error & { details: Record<string, unknown> };
    expect(error.message).toContain('timeout: "5 m" is not a duration');
    expect(error.details["option"]).toBe("timeout");
  });

  it("L4 refuses a hostile text of 10 KiB at once, and does not repeat it", () => {
    for (const text of ["1".repeat(10_240), "1.".repeat(5_120), `${" ".repeat(10_239)}s`]) {
      const error = refusal(text) as Error;
      expect(leastMs(() => refusal(text))).toBeLessThan(10);
      expect(isWaymarkError(error, "invalid_duration")).toBe(true);
      expect(error.message.length).toBeLessThan(250);
    }
  });

  it("answers whole milliseconds in range for every duration it takes", () => {
    const unit = fc.constantFrom("ms", "s", "m", "h", "d");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_650 }), fc.integer({ min: 0, max: 99 }), unit, (whole, part, u) => {
        const ms = refusal(`${whole}.${part}${u}`);
        if (typeof ms !== "number") return isWaymarkError(ms, "invalid_duration") && whole === 3_650 && u === "d";
        return Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_DURATION_MS;
      }),
    );
  });
});
