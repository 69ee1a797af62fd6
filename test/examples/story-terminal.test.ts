/** What a terminal shows of a job and its story: one calm line while it runs, then the findings, nothing a terminal would obey. */

import { describe, expect, it } from "vitest";
import type { JobStatusInfo } from "waymark";
import { makeStory } from "../../examples/story/make-story.js";
import type { Story } from "../../examples/story/story.js";
import { readArgs } from "../../examples/story/terminal/args.js";
import { LiveLine, type Ticking } from "../../examples/story/terminal/live-line.js";
import { printEnd } from "../../examples/story/terminal/print-end.js";
import { printStory } from "../../examples/story/terminal/print-story.js";
import { statusLine } from "../../examples/story/terminal/status-line.js";
import { cut, harmless, widthOf, wrap } from "../../examples/story/terminal/text.js";

const plain = { color: false, width: 80 };
const base = {
  jobId: "019a8c41-7be2-7000-8000-000000000000",
  kind: "story",
  queue: "default",
  priority: 0,
  owner: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  generation: 1,
  attempt: 1,
  maxAttempts: 3,
  processingMs: 1_200,
  progress: null,
  estimate: null,
  retry: { eligible: false, attemptsLeft: 2 },
  metadata: {},
  seq: 2,
} as const;
const progress = (stage: string, percent: number | null, message?: string) => ({
  progress: { percent, stage, stages: [], ...(message ? { message } : {}) },
});
const failure = { code: "x", message: "The disk was busy.", category: "temporary", reference: "abc-1" } as const;

const analyzing: JobStatusInfo = { ...base, status: "processing", ...progress("analyzing", 49, "Column 3 of 6") };
const retrying: JobStatusInfo = { ...base, status: "retrying", waiting: null, lastError: failure };
const failed: JobStatusInfo = {
  ...base,
  status: "failed",
  finishedAt: new Date(0),
  error: failure,
  errorMessage: failure.message,
};

describe("the status line", () => {
  it.each<[string, JobStatusInfo, string]>([
    ["next in line", { ...base, status: "pending", waiting: { reason: "position", ahead: 0 } }, "◇ Next in line"],
    [
      "three ahead",
      { ...base, status: "pending", waiting: { reason: "position", ahead: 3 } },
      "◇ Waiting in line  3 jobs ahead of yours",
    ],
    [
      "no worker",
      { ...base, status: "pending", waiting: { reason: "no_worker", kind: "story", lastSeenAt: null } },
      "◇ Waiting to be picked up  Nothing is free to work on this right now.",
    ],
    ["working", analyzing, "◆ Analyzing     ━━━━━━━━━━━─────────────   49%  1.2 s  Column 3 of 6"],
    [
      "unknown how far",
      { ...base, status: "processing", ...progress("analyzing", null) },
      "◆ Analyzing     ────────────────────────    ?%  1.2 s",
    ],
    [
      "the last try",
      { ...base, status: "processing", attempt: 3, ...progress("analyzing", 10) },
      "◆ Analyzing, last try  ━━──────────────────────   10%  1.2 s",
    ],
    ["trying again", retrying, "↻ A step failed, trying again (2 of 3)  The disk was busy."],
    ["stopping", { ...base, status: "processing", cancelRequestedAt: new Date(0) }, "○ Stopping…"],
    ["done", { ...base, status: "completed", finishedAt: new Date(0), result: null }, "● Done"],
    ["failed", failed, "! Failed"],
  ])("%s", (_, info, line) => {
    expect(statusLine(info, info.status === "processing" && info.progress ? 1_200 : null, plain)).toBe(line);
  });

  it.each([10, 20, 30, 40, 60, 200])(
    "never is wider than a screen of %i columns, and keeps sign and percent longest",
    (width) => {
      for (const info of [analyzing, retrying, failed]) {
        const line = statusLine(info, 1_200, { color: false, width });
        expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(line).toMatch(/^[◆↻!] /);
      }
      if (width >= 20) expect(statusLine(analyzing, 1_200, { color: false, width })).toContain("49%");
    },
  );

  it("has colour only when it is wanted, and says the same without", () => {
    const colored = statusLine(analyzing, 1_200, { color: true, width: 80 });
    expect(colored).toContain("\u001b[36m◆");
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(statusLine(analyzing, 1_200, plain));
  });
});

/** Time that stands until it is turned. */
class Turned implements Ticking {
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];
  monotonic(): number {
    return this.#now;
  }
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  }
  turn(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = until;
  }
  get waiting(): number {
    return this.#timers.length;
  }
}

function lineOn(inPlace: boolean) {
  const clock = new Turned();
  const written: string[] = [];
  const line = new LiveLine({ screen: plain, inPlace, write: (text) => void written.push(text), clock });
  return { clock, written, line };
}

describe("the live line", () => {
  it("in place it redraws at most ten times a second, however often the status changes, and shows the last one", () => {
    const { clock, written, line } = lineOn(true);
    for (let i = 0; i <= 100; i++) {
      line.show({ ...analyzing, ...progress("analyzing", Math.min(99, i)) });
      clock.turn(10);
    }
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(11);
    clock.turn(100);
    expect(written.at(-1)).toContain("99%");
    expect(written.every((text) => text.startsWith("\r\u001b[2K") && !text.includes("\n"))).toBe(true);
  });

  it("in place the time goes on between two statuses", () => {
    const { clock, written, line } = lineOn(true);
    line.show(analyzing);
    clock.turn(2_000);
    expect(written[0]).toContain("1.2 s");
    expect(written.at(-1)).toContain("3.2 s");
  });

  it("after its end it is taken away and leaves no timer behind", () => {
    const { clock, written, line } = lineOn(true);
    line.show(analyzing);
    line.end();
    expect(written.at(-1)).toBe("\r\u001b[2K");
    expect(clock.waiting).toBe(0);
    clock.turn(1_000);
    expect(written).toHaveLength(2);
  });

  it("in a pipe it is one line for each change of place, none for each percent, and no escape", () => {
    const { written, line } = lineOn(false);
    for (const percent of [10, 20, 30]) line.show({ ...analyzing, ...progress("analyzing", percent) });
    line.show({ ...analyzing, ...progress("generating", 80) });
    line.show(retrying);
    line.end();
    expect(written).toHaveLength(3);
    expect(written.join("")).not.toContain("\u001b");
    expect(written.every((text) => text.endsWith("\n"))).toBe(true);
  });
});

describe("a story in the terminal", () => {
  const tell = (name: string): Promise<Story> =>
    makeStory(`node_modules/vega-datasets/data/${name}`, { stage: async () => {}, progress: async () => {} });

  it.each(["seattle-weather.csv", "birdstrikes.csv", "us-employment.csv", "airports.csv"])(
    "%s: no line is wider than 80 columns, nor than a narrow screen",
    async (name) => {
      const story = await tell(name);
      for (const width of [48, 80, 300]) {
        const lines = printStory(story, { color: false, width }).split("\n");
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(Math.min(80, width));
      }
    },
  );

  it("sets figures under each other", async () => {
    const text = printStory(await tell("seattle-weather.csv"), plain);
    const rows = text.slice(text.indexOf("Numbers\n"), text.indexOf("\n\nDates")).split("\n");
    expect(rows).toEqual([
      "Numbers",
      "  Column         Lowest  Median  Mean  Highest  Empty",
      "  precipitation     0.0     0.0   3.0     55.9      –",
      "  temp_max         −1.6    15.6  16.4     35.6      –",
      "  temp_min         −7.1     8.3   8.2     18.3      –",
      "  wind              0.4     3.0   3.2      9.5      –",
    ]);
  });

  it("U6 names and values that a terminal would obey are shown, not obeyed", async () => {
    const story = await tell("seattle-weather.csv");
    const evil = "\u001b]0;owned\u0007\u001b[2J\r\u202e";
    const text = printStory(
      { ...story, title: evil, columns: story.columns.map((column) => ({ ...column, name: evil })) },
      plain,
    );
    expect(text).toContain("�");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(printEnd({ ...failed, error: { ...failure, message: evil } }, plain)).not.toContain("\u001b");
  });

  it("E11 a failure is a title, the safe message, and for faults of ours a reference", () => {
    expect(printEnd(failed, plain)).toBe("! That did not work this time\nThe disk was busy. Reference: abc-1\n");
    const input: JobStatusInfo = { ...failed, error: { ...failure, category: "input", message: "x.csv is empty." } };
    expect(printEnd(input, plain)).toBe("! This file could not be read\nx.csv is empty.\n");
  });
});

describe("text", () => {
  it("measures wide and combining characters as terminals do", () => {
    expect(["abc", "漢字", "e\u0301", "👍"].map(widthOf)).toEqual([3, 4, 1, 2]);
    expect(cut("漢字漢字", 5)).toBe("漢字…");
    expect(harmless("a\tb")).toBe("a�b");
  });

  it("wraps between words and cuts what is longer than a line", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("incomprehensibilities", 8)).toEqual(["incompr…"]);
  });
});

describe("the command line", () => {
  it("takes a file and options", () => {
    expect(readArgs(["a.csv", "--json", "--store", "memory:"])).toEqual({
      request: { path: "a.csv", store: "memory:", json: true, remote: false, help: false },
    });
    expect(readArgs([])).toEqual({ request: { path: null, store: null, json: false, remote: false, help: false } });
    expect(readArgs(["--", "-odd.csv"])).toMatchObject({ request: { path: "-odd.csv" } });
  });

  it.each([
    [["--colour"], "There is no option --colour."],
    [["-x"], "There is no option -x."],
    [["--store"], "The option --store needs a value."],
    [["--json=yes"], "The option --json takes no value."],
    [["a.csv", "b.csv"], "One file at a time, please: each gets a story of its own."],
  ])("%j: %s", (words, complaint) => {
    expect(readArgs(words)).toEqual({ complaint });
  });
});
