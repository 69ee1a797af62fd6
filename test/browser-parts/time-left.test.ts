/** The time left, in words: rounded up, calm, and never more than is known. */
import fc from "fast-check";
import "./all-parts.js";
import { describe, expect, it } from "vitest";
import {
  NOTHING_SHOWN,
  nextShown,
  type Shown,
  type Span,
  sayTimeLeft,
  stepOf,
  timeLeft,
  usefulSpan,
} from "../../src/view/later/time-left.js";
import { Words } from "../../src/view/words.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const words = new Words({ timeZone: "UTC" });
const at = Date.parse("2030-10-03T10:05:00.000Z");
const say = (span: Span, of: "left" | "start" = "left") =>
  sayTimeLeft(words, timeLeft(span, 0), of, at)?.replaceAll("\u00a0", " ");
const one = (ms: number): Span => ({ low: ms, high: ms });

describe("the time left", () => {
  it.each([
    [one(400), "A few seconds left"],
    [one(4_999), "A few seconds left"],
    [one(5_000), "About 5 seconds left"],
    [one(15_001), "About 20 seconds left"],
    [one(55_000), "About 55 seconds left"],
    [one(56_000), "About a minute left"],
    [one(89_000), "About a minute left"],
    [one(90_000), "About 2 minutes left"],
    [one(8.2 * MINUTE), "About 9 minutes left"],
    [one(11 * MINUTE), "About 15 minutes left"],
    [one(58 * MINUTE), "About 1 hour left"],
    [one(61 * MINUTE), "About 1½ hours left"],
    [one(6 * HOUR), "About 6 hours left"],
    [one(6.2 * HOUR), "Done around 16:30"],
    [one(22 * HOUR), "Done tomorrow morning"],
    [one(30 * HOUR), "Done tomorrow afternoon"],
    [one(36 * HOUR), "Done tomorrow evening"],
    [one(70 * HOUR), "Done on 6 October"],
    [{ low: 13 * SECOND, high: 20 * SECOND }, "About 20 seconds left"],
    [{ low: 12 * SECOND, high: 20 * SECOND }, "15 to 20 seconds left"],
    [{ low: 20 * SECOND, high: 40 * SECOND }, "20 to 40 seconds left"],
    [{ low: 3 * SECOND, high: 15 * SECOND }, "5 to 15 seconds left"],
    [{ low: 60 * SECOND, high: 110 * SECOND }, "1 to 2 minutes left"],
    [{ low: 40 * SECOND, high: 110 * SECOND }, "40 seconds to 2 minutes left"],
  ])("of %o reads %s", (span, text) => {
    expect(say(span)).toBe(text);
  });

  it("before the start speaks of the start", () => {
    expect([say(one(70 * SECOND), "start"), say({ low: 2 * MINUTE, high: 4 * MINUTE }, "start")]).toEqual([
      "Starts in about a minute",
      "Starts in 2 to 4 minutes",
    ]);
  });

  it("is not said below 5 samples, nor when the range is wider than six times", () => {
    const span = { low: 10, high: 60 };
    expect([usefulSpan(span, 4), usefulSpan(span, 5), usefulSpan({ low: 10, high: 61 }, 50)]).toEqual([
      null,
      span,
      null,
    ]);
    expect(usefulSpan(undefined, 50)).toBe(null);
  });

  it("is never rounded down by more than the one stated exception", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 * HOUR }), (ms) => {
        const step = stepOf(ms);
        return step.ms >= ms || (ms > MINUTE && ms < 90 * SECOND);
      }),
    );
  });

  /** Plays [second, span as stated then] and returns what was shown in each second. */
  function play(seconds: number, stated: Record<number, Span>): (string | null)[] {
    let shown: Shown = NOTHING_SHOWN;
    let span: Span | null = null;
    let since = 0;
    return Array.from({ length: seconds }, (_, s) => {
      const now = at + s * SECOND;
      if (stated[s] !== undefined) [span, since] = [stated[s] ?? null, now];
      shown = nextShown(shown, span, now - since, now);
      return shown.left === null
        ? null
        : (sayTimeLeft(words, shown.left, "left", now)?.replaceAll("\u00a0", " ") ?? null);
    });
  }
  const changes = (said: (string | null)[]) => said.filter((each, s) => s === 0 || each !== said[s - 1]);

  it("counts down from step to step, to any moment now, and then to nothing", () => {
    expect(changes(play(40, { 0: one(20 * SECOND) }))).toEqual([
      "About 20 seconds left",
      "About 15 seconds left",
      "About 10 seconds left",
      "About 5 seconds left",
      "A few seconds left",
      "Any moment now",
      null,
    ]);
  });

  it("changes every 5 s at most", () => {
    const said = play(60, Object.fromEntries(Array.from({ length: 60 }, (_, s) => [s, one((60 - s) * 10 * SECOND)])));
    const moments = said.flatMap((each, s) => (s > 0 && each !== said[s - 1] ? [s] : []));
    for (const [i, s] of moments.entries()) expect(s - (moments[i - 1] ?? -5)).toBeGreaterThanOrEqual(5);
  });

  it("rises only when the new value stays a step higher for 3 s", () => {
    const blip = play(20, { 0: one(30 * SECOND), 6: one(60 * SECOND), 8: one(22 * SECOND) });
    expect(blip.some((each) => each?.includes("minute"))).toBe(false);
    const real = play(20, { 0: one(30 * SECOND), 6: one(50 * SECOND) });
    expect([real[8], real[10]]).toEqual(["About 25 seconds left", "About 50 seconds left"]);
  });
});
