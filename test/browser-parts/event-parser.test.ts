/** The reader of event streams says what a well-known one says, however the text is cut. */
import { createParser } from "eventsource-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEventParser } from "../../src/client-web/event-parser.js";

type Told = readonly unknown[];

function ours(pieces: readonly string[], mostChars = 10_000): Told[] {
  const told: Told[] = [];
  const feed = createEventParser(
    {
      onEvent: (event, data, id) => void told.push(["event", event, data, id]),
      onComment: () => void told.push(["comment"]),
      onRetry: (ms) => void told.push(["retry", ms]),
    },
    mostChars,
  );
  for (const piece of pieces) feed(piece);
  return told;
}

function theirs(pieces: readonly string[]): Told[] {
  const told: Told[] = [];
  const parser = createParser({
    onEvent: ({ event = "", data, id = null }) => void told.push(["event", event, data, id]),
    onComment: () => void told.push(["comment"]),
    onRetry: (ms) => void told.push(["retry", ms]),
  });
  for (const piece of pieces) parser.feed(piece);
  return told;
}

const word = fc.constantFrom("data", "event", "id", "retry", ":", ": ", " ", "a", "12", "é\u{1f600}", "\0", "x:y");
const lineEnd = fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\r\r", "\r\n\r\n");
const stream = fc.array(fc.oneof(word, word, lineEnd), { maxLength: 60 }).map((parts) => parts.join(""));

/** `text`, cut at these places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...at, text.length].map((end, i) => text.slice(at[i - 1] ?? 0, end));
}

describe("the reader of event streams", () => {
  it("agrees with eventsource-parser on any text, cut anywhere", () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        // It holds a return at the end of a piece back for longer than we do, so the text ends with a line.
        const pieces = [...cut(text, places), "\n"];
        expect(ours(pieces)).toEqual(theirs(pieces));
        expect(ours(pieces)).toEqual(ours([`${text}\n`]));
      }),
      { numRuns: 3_000 },
    );
  });

  it("joins the lines of a datum, and keeps an id to its own event", () => {
    expect(ours(["id: 1\ndata: a\ndata:b\n\n", ": ping\n", "event: end\ndata: {}\n\n"])).toEqual([
      ["event", "", "a\nb", "1"],
      ["comment"],
      ["event", "end", "{}", null],
    ]);
  });

  it("ends an event that never ends, before it fills the memory", () => {
    const endless = Array.from({ length: 30 }, () => "x".repeat(10));
    expect(() => ours(["data: ", ...endless], 200)).toThrow(RangeError);
    expect(() =>
      ours(
        endless.map((piece) => `data: ${piece}\n`),
        200,
      ),
    ).toThrow(RangeError);
  });

  it("takes a megabyte in small pieces without reading it again and again", () => {
    const body = "x".repeat(1_000_000);
    const pieces = cut(
      `data: ${body}\n\n`,
      Array.from({ length: 2_000 }, (_, i) => i * 500),
    );
    expect(ours(pieces, 2_000_000)).toEqual([["event", "", body, null]]);
  });
});
