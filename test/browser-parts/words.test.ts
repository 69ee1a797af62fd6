/** Every state in words, as the design says them; and the figures behind the words. */
import "./all-parts.js";
import { describe, expect, it } from "vitest";
import { emptySnapshot, type WatchSnapshot } from "../../src/client-web/snapshot.js";
import type { WireStatus } from "../../src/core/wire.js";
import { es } from "../../src/view/es.js";
import { jobView } from "../../src/view/job-view.js";
import { rowView } from "../../src/view/later/row-view.js";
import { spoken, tabTitle } from "../../src/view/later/spoken.js";
import { timeLeft } from "../../src/view/later/time-left.js";
import { laterParts } from "../../src/view/later-parts.js";
import { en, type MessageKey } from "../../src/view/messages.js";
import { STILL } from "../../src/view/pace.js";
import { positionOf } from "../../src/view/position.js";
import type { Timing, ViewOptions } from "../../src/view/view-types.js";
import { Words } from "../../src/view/words.js";
import { completed, failed, NOW, pending, processing, retrying, scheduled, stages, stopped } from "./jobs.js";

const now = Date.parse(NOW);
const SECOND = 1_000;
const range = (low: number, high: number) => timeLeft({ low: low * SECOND, high: high * SECOND }, 0);
const NAMES: ViewOptions = {
  timeZone: "UTC",
  subject: "seattle-weather.csv",
  stageLabels: {
    Analyzing: { phrase: "Analyzing your data", count: "Row {done} of {total}" },
    Generating: { phrase: "Generating the story" },
  },
  links: { open: "/stories/1", startNew: "/", list: "/jobs" },
};
const analyzing = (more = {}) =>
  processing({ progress: stages("Analyzing", { percent: 49, done: 931, total: 1461 }), ...more });

/** What stands on the card, without the no-break spaces. */
function read(status: WireStatus | null, { timing = {}, options = {}, snapshot = {} }: Given = {}) {
  const words = new Words({ ...NAMES, ...options });
  const input = {
    snapshot: { ...emptySnapshot("j", now, status), connection: "live" as const, ...snapshot },
    timing: { ...STILL, now, statusAt: now, ...timing },
    options: { ...NAMES, ...options },
    words,
    later: laterParts(),
  };
  const view = jobView(input)!;
  const row = rowView(input, view);
  const plain = (text: string | null | undefined): string | null => text?.replaceAll("\u00a0", " ") ?? null;
  return {
    title: plain(view.title),
    corner: plain(view.corner),
    line: plain(view.line),
    text: plain(view.text),
    time: plain(view.time),
    note: view.note === null ? null : plain([view.note.strong, view.note.text].filter(Boolean).join(" ")),
    buttons: view.actions.map(({ label }) => label),
    refusal: plain(view.refusal),
    reference: view.reference,
    look: view.look,
    row: plain([row.word, row.more].filter(Boolean).join(" · ")),
    pageTitle: plain(tabTitle(input, view)),
    say: plain(spoken(input, view).say),
    trail: view.trail,
  };
}
interface Given {
  timing?: Partial<Timing>;
  options?: ViewOptions;
  snapshot?: Partial<WatchSnapshot>;
}
type Seen = Partial<ReturnType<typeof read>>;

/** [state, status, what is given beside it, what a person reads] */
const STATES: [string, WireStatus | null, Given, Seen][] = [
  ["loading", null, {}, { title: "Loading the status", look: "loading", buttons: [] }],
  [
    "scheduled",
    scheduled("2030-10-03T18:00:00.000Z"),
    {},
    { title: "Starts today at 18:00", line: "Scheduled. It starts by itself.", buttons: ["Cancel"], row: "Scheduled" },
  ],
  [
    "pending, position",
    pending({ reason: "position", ahead: 3 }),
    { timing: { left: range(50, 70) } },
    {
      title: "Waiting in line",
      line: "3 jobs ahead of yours",
      time: "Starts in about a minute",
      buttons: ["Cancel"],
      row: "Waiting · 3 jobs ahead",
    },
  ],
  ["pending, one ahead", pending({ reason: "position", ahead: 1 }), {}, { line: "1 job ahead of yours", time: null }],
  [
    "pending, many ahead",
    pending({ reason: "position", ahead: 1000 }),
    {},
    { line: "More than 1,000 jobs ahead of yours" },
  ],
  [
    "pending, first",
    pending({ reason: "position", ahead: 0 }),
    {},
    { title: "Next in line", line: "It starts by itself.", buttons: ["Cancel"] },
  ],
  [
    "pending, no live worker",
    pending({ reason: "no_worker", kind: "story", lastSeenAt: null }),
    {},
    {
      title: "Waiting to be picked up",
      text: "Nothing is free to work on this right now. Your job keeps its place and starts by itself.",
      buttons: ["Cancel"],
    },
  ],
  [
    "pending, queue paused",
    pending({ reason: "queue_paused", queue: "default", since: NOW, by: null }),
    {},
    {
      title: "On hold",
      text: "This kind of work is paused for the moment. Your job keeps its place and goes on when the pause ends.",
      row: "On hold · paused for the moment",
    },
  ],
  [
    "pending, concurrency",
    pending({ reason: "concurrency", key: "k", limit: 1, holders: ["other"] }),
    { options: { subjects: { other: "orders-2025.xlsx" } }, timing: { left: range(110, 230) } },
    {
      title: "Waiting for your other job",
      line: "Starts when “orders-2025.xlsx” is done.",
      time: "Starts in 2 to 4 minutes",
    },
  ],
  [
    "pending, concurrency of several",
    pending({ reason: "concurrency", key: "k", limit: 2, holders: ["a", "b"] }),
    {},
    { line: "Starts when one of your 2 jobs is done." },
  ],
  [
    "pending, parent",
    pending({ reason: "parent", jobId: "p" }),
    { options: { subjects: { p: "Import orders" } } },
    { title: "Waiting for “Import orders”", line: "Starts when that step has finished." },
  ],
  [
    "processing, known total",
    analyzing(),
    { timing: { left: range(15, 20) } },
    {
      title: "Analyzing your data",
      corner: "49%",
      line: "Row 931 of 1,461",
      time: "About 20 seconds left",
      buttons: ["Cancel"],
      row: "Analyzing · 49%",
      pageTitle: "49% · seattle-weather.csv",
      say: "Analyzing your data. 49 percent, about 20 seconds left.",
    },
  ],
  [
    "processing, unknown total",
    processing({ progress: stages("Generating", { percent: 70 }) }),
    { timing: { left: range(5, 15) } },
    {
      title: "Generating the story",
      corner: null,
      line: "This step cannot tell how far it is. It is still at work.",
      time: "5 to 15 seconds left",
    },
  ],
  [
    "processing, counting without a total",
    processing({ progress: { percent: null, stage: null, stages: [], done: 212 } }),
    {},
    { title: "Working on it", line: "212 so far", row: "Working · 212 so far" },
  ],
  ["processing, nothing known", processing(), {}, { title: "Working on it", line: "It is at work.", corner: null }],
  [
    "processing, an outside service's percent",
    processing({ progress: stages("Analyzing", { percent: 40 }) }),
    {},
    { corner: "40%", line: null },
  ],
  [
    "slower than usual",
    analyzing({ processingMs: 73_000, estimate: { basedOn: 20, slowerThanUsual: true } }),
    { timing: { left: range(60, 110) } },
    {
      title: "Analyzing your data",
      time: "1 to 2 minutes left",
      note: "Slower than usual. It has been 1 min 10 s and still moves. No need to start again.",
      row: "Analyzing · 49% · slower than usual",
    },
  ],
  [
    "retrying",
    retrying(7_400, "The weather service did not answer in time."),
    {},
    {
      title: "A step failed, trying again",
      corner: "2 of 3",
      line: "Next try in 8 seconds",
      note: "The weather service did not answer in time. Nothing is lost; the work starts again from the beginning.",
      buttons: ["Cancel"],
      row: "Trying again · 2 of 3",
    },
  ],
  ["second try of three", analyzing({ attempt: 2 }), {}, { title: "Analyzing your data, second try" }],
  ["last try", analyzing({ attempt: 3 }), {}, { title: "Analyzing your data, last try" }],
  [
    "cancelling",
    analyzing({ cancelRequestedAt: NOW }),
    {},
    {
      title: "Stopping…",
      line: "It stops at the next safe point. If it is nearly done, it may still finish.",
      buttons: [],
      look: "cancelling",
    },
  ],
  [
    "cancelled by the owner",
    stopped("cancelled"),
    { snapshot: { cancelledHere: true } },
    { title: "Cancelled", line: "You cancelled this today at 14:31.", buttons: ["Start again"] },
  ],
  [
    "cancelled by an operator",
    stopped("cancelled", { cancelledBy: "operator", retry: { eligible: false, attemptsLeft: 0 } }),
    {},
    { line: "The team behind this site cancelled it today at 14:31.", buttons: [] },
  ],
  ["cancelled by nobody knows whom", stopped("cancelled"), {}, { line: "It was cancelled today at 14:31." }],
  [
    "expired before it started",
    stopped("expired", { attempt: 0, expiresAt: "2030-10-03T14:00:00.000Z" }),
    {},
    {
      title: "Not started in time",
      line: "It was only good until 14:00, so it did not run.",
      buttons: ["Start again"],
    },
  ],
  [
    "expired after two tries",
    stopped("expired", { attempt: 2, expiresAt: "2030-10-03T14:00:00.000Z" }),
    {},
    { title: "Not finished in time", line: "It was only good until 14:00, and two tries had failed by then." },
  ],
  [
    "completed",
    completed(),
    {},
    {
      title: "Done",
      line: "Finished in 26 seconds",
      buttons: ["Open"],
      row: "Done · 26 seconds",
      pageTitle: "Done · seattle-weather.csv",
    },
  ],
  [
    "redirecting",
    completed(),
    { timing: { redirecting: true }, options: { messages: { "redirecting.title": "Done. Opening your story…" } } },
    { title: "Done. Opening your story…", buttons: ["Open it now"] },
  ],
  [
    "reconnecting",
    analyzing(),
    {
      timing: { lost: true, left: range(15, 20) },
      snapshot: { connection: "reconnecting", lastSeenAt: now - 12_000 },
    },
    {
      title: "Analyzing your data",
      corner: "49%",
      line: "Row 931 of 1,461 · 12 seconds ago",
      time: null,
      note: "Reconnecting… Your job goes on without this page.",
      buttons: ["Cancel"],
    },
  ],
  [
    "offline",
    analyzing(),
    { snapshot: { connection: "offline", lastSeenAt: now } },
    {
      line: "Last seen at 14:31",
      note: "You are offline. Your job goes on; this page catches up when you are back.",
      buttons: [],
    },
  ],
  [
    "purged",
    null,
    { snapshot: { gone: { status: "completed", finishedAt: NOW, purgedAt: "2030-11-02T14:31:00.000Z" } } },
    {
      title: "Finished on 3 October",
      text: "It was completed. Its details and result were kept for 30 days and have since been cleared.",
      buttons: ["Start a new one"],
    },
  ],
  [
    "not found",
    null,
    { snapshot: { notFound: true } },
    {
      title: "No job at this address",
      text: "The link may be incomplete, or it belongs to another account.",
      buttons: ["All my jobs"],
    },
  ],
  ["signed out", null, { snapshot: { signedOut: true } }, { title: "Sign in to see this job", buttons: [] }],
];

const GENERIC = "Something went wrong on our side.";
const FAILURES: [string, WireStatus, Given, Seen][] = [
  [
    "input, retry",
    failed("input", "The shared link asks for a password.", true),
    {
      options: {
        failures: {
          a_code: {
            title: "We could not reach the file",
            advice: "Open it to everyone with the link, then try again.",
          },
        },
      },
    },
    {
      title: "We could not reach the file",
      text: "The shared link asks for a password. Open it to everyone with the link, then try again.",
      buttons: ["Try again"],
    },
  ],
  [
    "input, no retry",
    failed("input", "The file has no rows", false),
    {},
    {
      title: "We could not read this file",
      text: "The file has no rows. Put that right, then choose the file again.",
      buttons: ["Choose another file"],
    },
  ],
  [
    "temporary, retry",
    failed("temporary", "The weather service did not answer.", true),
    {},
    {
      title: "That did not work this time",
      text: "The weather service did not answer. Trying again later often helps.",
      buttons: ["Try again"],
    },
  ],
  [
    "temporary, no retry",
    failed("temporary", "The weather service did not answer.", false),
    {},
    {
      title: "That did not work",
      text: "The weather service did not answer. We tried three times. Please start a new one later.",
      buttons: ["Start over"],
    },
  ],
  [
    "limit, retry later",
    failed("limit", "Your plan makes 20 stories a day.", true, {
      retry: { eligible: true, attemptsLeft: 1, nextAttemptAt: "2030-10-03T23:31:00.000Z" },
    }),
    {},
    {
      title: "You have reached the limit",
      text: "Your plan makes 20 stories a day. You can try again today at 23:31, in 9 h.",
      buttons: [],
    },
  ],
  [
    "limit, the time has come",
    failed("limit", "Your plan makes 20 stories a day.", true, {
      retry: { eligible: true, attemptsLeft: 1, nextAttemptAt: "2030-10-03T14:00:00.000Z" },
    }),
    {},
    { text: "Your plan makes 20 stories a day. You can try again now.", buttons: ["Try again"] },
  ],
  [
    "limit, no retry",
    failed("limit", "It has 3.2 million rows; up to 1 million fit.", false),
    {},
    { text: "It has 3.2 million rows; up to 1 million fit.", buttons: ["Choose another file"] },
  ],
  [
    "internal, retry",
    failed("internal", GENERIC, true),
    {},
    {
      title: "Something went wrong on our side",
      text: "It is not your file. You can try again; if it happens twice, write to us with the reference.",
      buttons: ["Try again"],
      reference: "WM-7F3K",
    },
  ],
  [
    "internal, no retry",
    failed("internal", GENERIC, false),
    {},
    {
      text: "Trying again will not help. It is recorded; write to us with the reference and we can look it up.",
      buttons: ["Copy reference"],
      reference: "WM-7F3K",
    },
  ],
  [
    "used up",
    failed("input", "The file has no rows.", false, {
      retry: { eligible: false, reason: "attempts_used", attemptsLeft: 0 },
    }),
    {},
    { refusal: "Already tried 3 of 3 times." },
  ],
];

describe("the words", () => {
  it.each(STATES)("%s", (_state, status, given, seen) => {
    expect(read(status, given)).toMatchObject(seen);
  });

  it.each(FAILURES)("E6 failed: %s", (_state, status, given, seen) => {
    expect(read(status, given)).toMatchObject({ look: "failed", ...seen });
  });

  it("say since when it runs, when the page names the subject itself", () => {
    const { subject: _, ...unnamed } = NAMES;
    const words = new Words(unnamed);
    const snapshot = emptySnapshot("j", now, analyzing());
    const timing = { ...STILL, now, statusAt: now };
    const view = jobView({ snapshot, timing, options: unnamed, words, later: laterParts() })!;
    expect([view.subject, view.line?.replaceAll("\u00a0", " ")]).toEqual([
      "Row 931 of 1,461",
      "Started 14 seconds ago",
    ]);
  });

  it("offer no action to people who may only look", () => {
    expect(read(analyzing(), { options: { actions: false } }).buttons).toEqual([]);
    expect(read(failed("temporary", "x", true), { options: { actions: false } }).buttons).toEqual([]);
  });

  it("never shout, never beg, never say that it is nearly done (tone)", () => {
    for (const text of Object.values(en).flatMap((each) => (typeof each === "string" ? [each] : Object.values(each)))) {
      expect(text).not.toMatch(/!|please wait|oops|almost|sorry/i);
    }
  });

  it("exist in Spanish for every key, with the same names to fill in", () => {
    const names = (message: unknown): string[] => [...new Set(JSON.stringify(message).match(/\{\w+\}/g) ?? [])].sort();
    expect(Object.keys(es).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en) as MessageKey[]) expect([key, names(es[key])]).toEqual([key, names(en[key])]);
  });

  it("follow the language in numbers, dates and percent", () => {
    const seen = read(analyzing(), { options: { messages: es }, timing: { left: range(15, 20) } });
    expect([seen.corner, seen.time]).toEqual(["49 %", "Quedan unos 20 segundos"]);
    expect(read(scheduled("2030-10-04T18:00:00.000Z"), { options: { messages: es } }).title).toBe(
      "Empieza mañana a las 18:00",
    );
    const american = read(scheduled("2030-10-05T18:00:00.000Z"), { options: { locale: "en-US" } }).title;
    expect(american?.replaceAll("\u202f", " ")).toBe("Starts on October 5 at 06:00 PM");
  });

  it("can be replaced one by one", () => {
    expect(read(completed(), { options: { messages: { "completed.title": "Your story is ready" } } }).title).toBe(
      "Your story is ready",
    );
  });
});

describe("the percent", () => {
  it.each([
    ["whole, rounded down", stages("Analyzing", { percent: 49, done: 931, total: 1461 }), 49],
    ["99 at most before the end", { percent: 99, stage: null, stages: [], done: 10, total: 10 }, 99],
    ["none while only the stages behind are known", stages("Generating", { percent: 70 }), null],
    ["an outside service's own figure", { percent: 33, stage: null, stages: [] }, 33],
    ["none when nothing is known", { percent: null, stage: null, stages: [] }, null],
  ])("%s", (_rule, progress, percent) => {
    expect(positionOf(progress as WireStatus["progress"]).percent).toBe(percent);
  });
});
