/** The fault kit itself: it replays, it loses no line, and what it finds is told so that anyone can see it again. */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readArguments } from "./kit/arguments.js";
import { Chance } from "./kit/chance.js";
import { FrameReader, requestOf } from "./kit/frames.js";
import { Ledger, LedgerCounter } from "./kit/ledger.js";
import { describe as told } from "./kit/report.js";
import { type Reported, renewed } from "./kit/table.js";
import { timelineOf } from "./kit/timeline.js";
import { SCENARIOS } from "./scenarios/index.js";

const folder = mkdtempSync(join(tmpdir(), "waymark-kit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the seed", () => {
  const draws = (seed: number, name: string) => {
    const chance = new Chance(seed, name);
    return Array.from({ length: 50 }, () => chance.whole(0, 1_000));
  };

  it("the same seed draws the same schedule; another seed, or another scenario, a different one", () => {
    expect(draws(7, "kill-workers sqlite")).toEqual(draws(7, "kill-workers sqlite"));
    expect(draws(8, "kill-workers sqlite")).not.toEqual(draws(7, "kill-workers sqlite"));
    expect(draws(7, "kill-workers postgres")).not.toEqual(draws(7, "kill-workers sqlite"));
  });

  it("a number from a range is in it, both ends included, and each about as often", () => {
    const chance = new Chance(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3_000; i++) counts[chance.whole(0, 2)]!++;
    for (const count of counts) expect(count).toBeGreaterThan(850);
    expect(() => chance.pick([])).toThrow("nothing to pick from");
  });
});

describe("the ledger", () => {
  const line = (what: string, jobId: string) =>
    `${JSON.stringify({ at: 1, upMs: 1, pid: 1, what, jobId, fence: 1 })}\n`;

  it("a line that is still being written is left for the next look", () => {
    const ledger = new Ledger(join(folder, "torn"));
    expect(ledger.read()).toEqual([]);
    appendFileSync(ledger.path, line("begin", "a") + line("end", "a").slice(0, 20));
    expect(ledger.read().map(({ what }) => what)).toEqual(["begin"]);
    appendFileSync(ledger.path, line("end", "a").slice(20));
    expect(ledger.of("end")).toMatchObject([{ jobId: "a" }]);
  });

  it("counting reads each line once, also one that comes in two parts", () => {
    const ledger = new Ledger(join(folder, "counted"));
    const counter = new LedgerCounter(ledger, "end");
    expect(counter.count).toBe(0);
    appendFileSync(ledger.path, line("begin", "a") + line("end", "a") + line("end", "b").slice(0, 9));
    expect(counter.count).toBe(1);
    appendFileSync(ledger.path, line("end", "b").slice(9));
    expect([counter.count, counter.count]).toEqual([2, 2]);
  });
});

describe("the wire's messages", () => {
  const message = (type: string, body: string): Buffer => {
    const bytes = Buffer.from(body, "latin1");
    const head = Buffer.alloc(4);
    head.writeInt32BE(bytes.length + 4);
    return Buffer.concat([Buffer.from(type), head, bytes]);
  };

  it("messages are found wherever the stream is cut", () => {
    const stream = Buffer.concat([message("", "startup"), message("Q", "select 1\0"), message("X", "")]);
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader(true);
      const frames = [...reader.push(stream.subarray(0, cut)), ...reader.push(stream.subarray(cut))];
      expect(frames.map(({ type }) => type)).toEqual(["", "Q", "X"]);
    }
  });

  it("a request is called by its prepared statement, or by its text", () => {
    const requested = (...messages: Buffer[]) => requestOf(new FrameReader(false).push(Buffer.concat(messages)));
    expect(requested(message("B", "\0waymark_claim_1\0rest"), message("E", "\0"))).toBe("waymark_claim_1");
    expect(requested(message("P", "waymark_claim_1\0select\0"), message("B", "\0waymark_claim_1\0"))).toBe(
      "waymark_claim_1",
    );
    expect(requested(message("P", "\0select 2\0"), message("B", "\0\0"))).toBe("select 2");
    expect(requested(message("Q", 'listen "x"\0'))).toBe('listen "x"');
    expect(requested(message("S", ""))).toBe("");
  });
});

describe("the report", () => {
  const violation = { rule: "I9", jobId: "job-1", message: "2 attempts of generation 1 succeeded" };
  const outcome = {
    scenario: "kill-workers",
    title: "",
    store: "sqlite",
    seconds: 1,
    figures: [
      { name: "slowest rescue", value: 9, unit: "ms", goal: { atMost: 3 }, reached: false },
      { name: "jobs", value: 3, unit: "", goal: null, reached: true },
    ],
    violations: [violation],
    timelines: new Map([["job-1", "  the whole story"]]),
    folder: "/somewhere",
  };

  it("a violation is told with the job's story, the seed and the command that shows it again", () => {
    const text = told(outcome, 42, "full");
    expect(text).toContain("✖ I9: 2 attempts of generation 1 succeeded, job job-1");
    expect(text).toContain("the whole story");
    expect(text).toContain("npm run faults -- --only kill-workers --store sqlite --full --seed 42");
    expect(text).toContain("9 ms (MISSED, goal: at most 3)");
  });

  it("a timeline merges what driver, ledger, trail and nemesis say of one job, by time", () => {
    const at = Date.UTC(2030, 0, 1);
    const row = {
      type: "event",
      seq: 1,
      from: null,
      to: "pending",
      actor: "producer",
      attempt: 0,
      generation: 1,
    } as const;
    const text = timelineOf("a", {
      acknowledged: [{ jobId: "a", kind: "k", key: "k1", sentAt: at, acknowledgedAt: at + 30, tries: 2 }],
      ledger: [
        { at: at + 50, upMs: 0, pid: 7, what: "begin", jobId: "a", fence: 1 },
        { at: at + 50, upMs: 0, pid: 7, what: "begin", jobId: "another", fence: 1 },
      ],
      trail: [
        {
          ...row,
          jobId: "a",
          at: new Date(at + 10).toISOString(),
          event: "enqueue",
          fence: 0,
          reason: null,
          requestId: null,
        },
      ],
      faults: [
        { at: at + 40, what: "kill -9" },
        { at: at + 4_000, what: "long after" },
      ],
    });
    expect(text.split("\n").map((line) => line.slice(28).replace(/ +/, " "))).toEqual([
      "driver sent with key k1",
      "trail 1. enqueue → pending by producer, fence 0",
      "driver acknowledged after 2 tries",
      "nemesis kill -9",
      'ledger begin in process 7 {"upMs":0,"fence":1}',
    ]);
  });
});

describe("the command line", () => {
  it("asks for a set, a scenario, a store and a seed; what it does not know it refuses", () => {
    expect(readArguments([], 5)).toMatchObject({ size: "quick", only: null, store: null, seed: 5 });
    expect(readArguments(["--full", "--only", "poison", "--store", "sqlite", "--seed", "0"], 5)).toMatchObject({
      size: "full",
      only: ["poison"],
      store: "sqlite",
      seed: 0,
    });
    expect(() => readArguments(["--store", "redis"], 5)).toThrow("--store is sqlite or postgres, not redis.");
    expect(() => readArguments(["--seed=-1"], 5)).toThrow("--seed is a whole number, not -1.");
    expect(() => readArguments(["--sloppy"], 5)).toThrow("Unknown option");
  });

  it("every scenario has a name of its own", () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });
});

describe("the table of docs/reliability.md", () => {
  const figure = { name: "kills", value: 1_234, unit: "", goal: null, reached: true };
  const outcome = {
    scenario: "kill-workers",
    title: "kills",
    store: "sqlite",
    figures: [figure],
    violations: [],
    size: "full",
  };
  const document =
    "| Fault | On | Seen |\n|---|---|---|\n| `kill -9` (`kill-workers`, small set) | SQLite | old |\n\nAfter.\n";

  it("takes the newest figures of a scenario on a store, and keeps its words", () => {
    const newer = {
      ...outcome,
      figures: [{ ...figure, value: 99.5, unit: "ms", goal: { atMost: 5 }, reached: false }],
    };
    expect(renewed(document, [outcome, newer] as Reported[])).toBe(
      document
        .replace("`kill-workers`, small set", "`kill-workers`")
        .replace("old", "kills 99.5 ms (**goal missed: at most 5**)"),
    );
  });

  it("gets a row for what is new, and none for what broke a promise", () => {
    const elsewhere = { ...outcome, store: "postgres", size: "quick" };
    const broken = { ...outcome, violations: [{ rule: "never lost", jobId: null, message: "gone" }] };
    expect(renewed(document, [elsewhere, broken] as Reported[])).toBe(
      document.replace("old |", "old |\n| kills (`kill-workers`, small set) | PostgreSQL | kills 1,234 |"),
    );
  });
});
