/** A text that is too long is cut where a reader can see it, and never inside a character. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanText, cutText, utf8Bytes } from "../../src/core/cut-text.js";
import { leastMs } from "../support/least-ms.js";

/** Any string of UTF-16 units, broken pairs and NUL included. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0xd83d, 0xde00, 0x41, 0xe9)), {
    maxLength: 60,
  })
  .map((units) => String.fromCharCode(...units));

describe("cutting text", () => {
  it("C7 leaves text within the limit as it is", () => {
    expect(cutText("héllo 😀", utf8Bytes("héllo 😀"))).toBe("héllo 😀");
  });

  it("C7 cuts with a visible marker", () => {
    expect(cutText("x".repeat(100), 20)).toBe(`${"x".repeat(11)}… [cut]`);
    expect(cutText("x".repeat(100), 20, "!")).toBe(`${"x".repeat(19)}!`);
  });

  it("C7 never cuts inside a code point", () => {
    expect(cutText("😀😀😀", 9, "")).toBe("😀😀");
    expect(cutText("é".repeat(10), 5, "")).toBe("éé");
  });

  it("C7 drops a marker that has no room", () => {
    expect(cutText("abcdef", 3)).toBe("abc");
  });

  it.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])("C7 leaves nothing within %d bytes", (limit) => {
    expect(cutText("abc", limit)).toBe("");
  });

  it("C7 makes lone surrogates and NUL visible", () => {
    expect(cleanText("a\0b\uD83Dc\uDE00d😀")).toBe("a\u2400b\uFFFDc\uFFFDd😀");
    expect(cutText("a\0b\uD83D", 1_000)).toBe("a\u2400b\uFFFD");
  });

  it("C7 is quick with 10 MB", () => {
    const text = "\uD83D\0é".repeat(3_500_000);
    expect(text.charCodeAt(1)).toBe(0); // Puts the text together before the time is taken.
    expect(leastMs(() => cutText(text, 16_384))).toBeLessThan(50);
    expect(utf8Bytes(cutText(text, 16_384))).toBeLessThanOrEqual(16_384);
  });

  it("C7 holds its limit, is well formed and keeps a prefix, whatever the text", () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 0, max: 200 }),
        fc.constantFrom("… [cut]", "", "!"),
        (text, limit, marker) => {
          const cut = cutText(text, limit, marker);
          expect(utf8Bytes(cut)).toBeLessThanOrEqual(limit);
          expect(cut).not.toMatch(/\p{Surrogate}|\0/u);
          const clean = cleanText(text);
          if (utf8Bytes(clean) <= limit) return cut === clean;
          const kept = utf8Bytes(marker) <= limit ? cut.slice(0, cut.length - marker.length) : cut;
          // As much as fits: the next code point would not have.
          const next = String.fromCodePoint(clean.codePointAt(kept.length) ?? 0);
          const room = utf8Bytes(marker) <= limit ? limit - utf8Bytes(marker) : limit;
          return clean.startsWith(kept) && utf8Bytes(kept) + utf8Bytes(next) > room;
        },
      ),
      { numRuns: 500 },
    );
  });
});
