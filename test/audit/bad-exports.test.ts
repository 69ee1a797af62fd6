/** The auditor finds what is wrong: exports broken in one place, each caught by the invariant that forbids it. */
import { describe, expect, it, test } from "vitest";
import type { AuditOptions } from "../../src/core/audit.js";
import type { ExportLine } from "../../src/core/export-format.js";
import * as lines from "./lines.js";

const { as, at, change, OTHER_ID } = lines;

const SOUND: Readonly<Record<string, ExportLine[]>> = {
  completed: lines.plain(),
  processing: lines.running(),
  pending: lines.waiting(),
  retrying: lines.retrying(),
  failed: lines.failedForGood(),
  cancelled: lines.cancelledWhileWaiting("ann"),
  purged: [lines.purge()],
  told: [...lines.plain(), lines.callback(), lines.callback({ id: "msg_2", seq: 2 })],
  "retried and told": [
    ...retried(),
    lines.callback({ seq: 4 }),
    lines.callback({ id: "msg_2", fence: 2, seq: 1 }),
    lines.callback({ id: "msg_1", fence: 2, seq: 1, applied: false }),
  ],
};

test.each(Object.entries(SOUND))("a sound export is let pass: %s", (_name, sound) => {
  expect(lines.auditOf(sound, { leaseGraceMs: 0 })).toEqual([]);
});

interface Bad {
  readonly what: string;
  readonly lines: ExportLine[];
  readonly options?: AuditOptions;
}
const keyed = { concurrencyKey: "k", concurrencyLimit: 1 };
/** A second generation, opened by a retry of a failed job, at work. */
function retried(): ExportLine[] {
  return [
    lines.job({ ...processing(), generation: 2, fence: 2, seq: 5, firstStartedAt: at(1), startedAt: at(4) }),
    lines.enqueued,
    lines.claimed,
    lines.failed,
    lines.event({ seq: 4, at: at(3), from: "failed", to: "pending", event: "retry", actor: "ann", generation: 2 }),
    { ...lines.claimed, seq: 5, at: at(4), generation: 2, fence: 2 },
    lines.attempt({ outcome: "failed" }),
    lines.attempt({ fence: 2, generation: 2, startedAt: at(4), endedAt: null, outcome: null, durationMs: null }),
  ];
}
function processing() {
  return { status: "processing", finishedAt: null, workerId: "w", leaseExpiresAt: at(130) } as const;
}

const BAD: Readonly<Record<string, readonly Bad[]>> = {
  I1: [
    { what: "a status that is none", lines: lines.plain({ status: "done" as never }) },
    {
      what: "a move the table lacks",
      lines: change(lines.plain(), "event", (_, i) => (i === 2 ? { event: "expire" } : {})),
    },
    {
      what: "an event that is none",
      lines: change(lines.plain(), "event", (_, i) => (i === 1 ? { event: "grab" } : {})),
    },
  ],
  I2: [
    { what: "a gap in the trail", lines: change(lines.plain(), "event", (_, i) => (i === 1 ? null : {})) },
    { what: "a trail shorter than seq", lines: lines.plain({ seq: 4 }) },
    { what: "a status that is not the last `to`", lines: lines.running({ status: "completed" }) },
    {
      what: "a `from` that is not the `to` before",
      lines: change(lines.plain(), "event", (_, i) => (i === 1 ? { from: "retrying" } : {})),
    },
  ],
  I3: [
    {
      what: "a trail that goes back in time",
      lines: change(lines.plain(), "event", (_, i) => (i === 1 ? { at: at(7) } : {})),
    },
    { what: "a start before creation", lines: lines.plain({ firstStartedAt: at(-1) }) },
    { what: "an end before the start", lines: lines.plain({ startedAt: at(3) }) },
    { what: "an instant that is none", lines: lines.plain({ startedAt: "yesterday" }) },
  ],
  I4: [
    { what: "an ended job without finishedAt", lines: lines.plain({ finishedAt: null }) },
    { what: "a running job with finishedAt", lines: lines.running({ finishedAt: at(3) }) },
    { what: "another finishedAt than the trail says", lines: lines.plain({ finishedAt: at(3) }) },
  ],
  I5: [
    { what: "a running job without a lease", lines: lines.running({ leaseExpiresAt: null }) },
    { what: "a running job without a worker", lines: lines.running({ workerId: null }) },
    { what: "an ended job with a worker", lines: lines.plain({ workerId: "w" }) },
  ],
  I6: [
    {
      what: "processing without a running attempt",
      lines: change(lines.running(), "attempt", () => ({ outcome: "failed" })),
    },
    { what: "a running attempt of an ended job", lines: change(lines.plain(), "attempt", () => ({ outcome: null })) },
    { what: "a running attempt with another fence", lines: change(lines.running(), "attempt", () => ({ fence: 2 })) },
  ],
  I7: [
    {
      what: "a fence given twice",
      lines: change(
        change(retried(), "attempt", () => ({ fence: 1 })),
        "event",
        (row) => (row.event === "claim" ? { fence: 1 } : {}),
      ),
    },
    { what: "an attempt that no claim opened", lines: change(lines.plain(), "attempt", () => null) },
    { what: "a fence that was raised by nobody", lines: lines.plain({ fence: 4 }) },
  ],
  I8: [
    {
      what: "two endings of one generation",
      lines: change(retried(), "event", (row) => (row.event === "retry" ? { event: "complete", to: "completed" } : {})),
    },
    {
      what: "a retry of a generation that has not ended",
      lines: change(retried(), "event", (_, i) => (i === 2 ? { event: "release", to: "pending" } : {})),
    },
    { what: "a generation that no retry opened", lines: lines.plain({ generation: 2 }) },
    {
      what: "a row of another generation",
      lines: change(lines.plain(), "event", (_, i) => (i === 2 ? { generation: 2 } : {})),
    },
  ],
  I9: [
    {
      what: "completed without a successful attempt",
      lines: change(lines.plain(), "attempt", () => ({ outcome: "failed" })),
    },
    {
      what: "a successful attempt of a failed job",
      lines: change(lines.failedForGood(), "attempt", () => ({ outcome: "succeeded" })),
    },
    { what: "two successes in one generation", lines: [...lines.plain(), lines.attempt({ fence: 2 })] },
  ],
  I10: [
    { what: "more attempts than allowed", lines: lines.plain({ attempt: 4 }) },
    { what: "an attempt count below zero", lines: lines.waiting({ attempt: -1 }) },
    { what: "a count that is not that of the charged attempts", lines: lines.plain({ attempt: 2 }) },
    {
      what: "a released attempt that was charged",
      lines: change(lines.retrying(), "attempt", () => ({ outcome: "released" })),
    },
  ],
  I11: [
    { what: "retrying with no attempt left", lines: lines.retrying({ maxAttempts: 1 }) },
    { what: "retrying without a time", lines: lines.retrying({ runAt: null as never }) },
    { what: "retrying with no ended attempt", lines: change(lines.retrying(), "attempt", () => ({ endedAt: null })) },
  ],
  I12: [
    { what: "waiting with all attempts used up", lines: lines.waiting({ attempt: 3 }) },
    {
      what: "a lease that nobody took back",
      lines: lines.running({ leaseExpiresAt: at(10) }),
      options: { leaseGraceMs: 60_000 },
    },
  ],
  I13: [
    {
      what: "an ending told with an old fence",
      lines: change(retried().concat(), "event", (_, i) => (i === 2 ? { fence: 9 } : {})),
    },
  ],
  I14: [
    {
      what: "an attempt that ends before it starts",
      lines: change(lines.plain(), "attempt", () => ({ endedAt: at(0) })),
    },
    { what: "an attempt of negative length", lines: change(lines.plain(), "attempt", () => ({ durationMs: -1 })) },
  ],
  I15: [
    { what: "completed with an error", lines: lines.plain({ error: lines.FAILURE }) },
    { what: "failed with a result", lines: lines.failedForGood({ result: { digest: "sha256:0", bytes: 2 } }) },
  ],
  I16: [
    { what: "failed without an error", lines: lines.failedForGood({ error: null }) },
    { what: "failed without a code", lines: lines.failedForGood({ error: { ...lines.FAILURE, code: "" } }) },
  ],
  I17: [{ what: "cancelled by nobody", lines: lines.cancelledWhileWaiting("") }],
  I18: [
    { what: "progress above 100", lines: lines.running({ progress: 101 }) },
    { what: "progress below 0", lines: lines.running({ progress: -1 }) },
    { what: "completed below 100", lines: lines.plain({ progress: 99 }) },
  ],
  I19: [
    {
      what: "one unique key, two live jobs",
      lines: [...lines.waiting({ uniqueKey: "u" }), ...as(OTHER_ID, lines.running({ uniqueKey: "u" }))],
    },
  ],
  I20: [
    {
      what: "one idempotency key, two jobs",
      lines: [...lines.plain({ idempotencyKey: "i" }), ...as(OTHER_ID, lines.waiting({ idempotencyKey: "i" }))],
    },
  ],
  I22: [
    { what: "two at once under a limit of one", lines: [...lines.plain(keyed), ...as(OTHER_ID, lines.running(keyed))] },
  ],
  I23: [
    {
      what: "an acknowledged job that is gone",
      lines: lines.plain(),
      options: { ledger: { acknowledged: [lines.JOB_ID, OTHER_ID] } },
    },
    {
      what: "a job nobody enqueued",
      lines: lines.plain(),
      options: { ledger: { acknowledged: [], sent: [OTHER_ID] } },
    },
    {
      what: "a job that is there twice",
      lines: [...lines.plain(), ...as(OTHER_ID, lines.plain()), ...lines.plain()],
      options: { ledger: { acknowledged: [] } },
    },
  ],
  I25: [
    {
      what: "a callback applied twice",
      lines: [...lines.plain(), lines.callback(), lines.callback({ seq: 2 })],
    },
    {
      what: "a callback applied in two attempts",
      lines: [...retried(), lines.callback(), lines.callback({ fence: 2 })],
    },
    {
      what: "a callback with a fence that no attempt had",
      lines: [...lines.plain(), lines.callback({ fence: 2 })],
    },
    {
      what: "a callback of a job that nobody ever claimed",
      lines: [...lines.waiting(), lines.callback()],
    },
    {
      what: "two callbacks of one seq",
      lines: [...lines.plain(), lines.callback(), lines.callback({ id: "msg_2" })],
    },
    {
      what: "a seq that falls",
      lines: [...lines.plain(), lines.callback({ seq: 2 }), lines.callback({ id: "msg_2", seq: 1 })],
    },
  ],
  I26: [
    { what: "another createdAt than the trail says", lines: lines.plain({ createdAt: at(-5) }) },
    { what: "a row of a job that is not there", lines: [...lines.plain(), lines.event({ jobId: OTHER_ID })] },
    { what: "a job told twice in a row", lines: [...lines.plain(), ...lines.plain()] },
  ],
  I29: [
    { what: "a purged job that had not ended", lines: [lines.purge({ status: "processing" as never })] },
    { what: "a job purged before its end", lines: [lines.purge({ purgedAt: at(1) })] },
  ],
  I30: [{ what: "a cancel by nobody", lines: lines.cancelledWhileWaiting("") }],
};

describe.each(Object.entries(BAD))("%s", (invariant, cases) => {
  it.each(cases)("$what is found", ({ lines: bad, options }) => {
    expect(lines.auditOf(bad, options).map((violation) => violation.invariant)).toContain(invariant);
  });
});

test("a violation names the job it is about", () => {
  const found = lines.auditOf([...lines.plain(), ...as(OTHER_ID, lines.plain({ error: lines.FAILURE }))]);
  expect(found).toEqual([{ invariant: "I15", jobId: OTHER_ID, message: "it is completed and has an error" }]);
});

describe("what looks alike and is sound", () => {
  const seconds = (from: number, to: number): ExportLine[] => {
    const shifted = change(
      lines.plain({ ...keyed, startedAt: at(from), firstStartedAt: at(from), finishedAt: at(to) }),
      "event",
      (_, i) => (i === 0 ? {} : { at: at(i === 1 ? from : to) }),
    );
    return change(shifted, "attempt", () => ({ startedAt: at(from), endedAt: at(to) }));
  };
  it.each([
    ["two jobs under one concurrency key, one after the other", [...seconds(1, 2), ...as(OTHER_ID, seconds(2, 3))]],
    [
      "two jobs under one concurrency key in one millisecond, the first of which ended in it",
      [...seconds(1, 3), ...as(OTHER_ID, seconds(1, 1))],
    ],
    [
      "two at once when a later enqueue raised the limit",
      [
        ...seconds(1, 9),
        ...as(
          OTHER_ID,
          change(
            change(seconds(5, 9), "job", () => ({ concurrencyLimit: 2, createdAt: at(3) })),
            "event",
            (_, i) => (i === 0 ? { at: at(3) } : {}),
          ),
        ),
      ],
    ],
    [
      "one unique key, one live and one ended job",
      [...lines.waiting({ uniqueKey: "u" }), ...as(OTHER_ID, lines.plain({ uniqueKey: "u" }))],
    ],
    [
      "one unique key, two owners",
      [...lines.waiting({ uniqueKey: "u" }), ...as(OTHER_ID, lines.waiting({ uniqueKey: "u", owner: "bob" }))],
    ],
    [
      "one unique key that passed from one job to the other while the export ran",
      [
        ...lines.waiting({ uniqueKey: "u", readAt: at(3) }),
        ...as(
          OTHER_ID,
          change(
            change(retried(), "job", () => ({ uniqueKey: "u" })),
            "event",
            (row) => (row.seq > 3 ? { at: at(5) } : {}),
          ),
        ),
      ],
    ],
    ["an acknowledged job that was purged", [lines.purge()]],
    ["a retried job in its second generation", retried()],
  ] as const)("%s", (_name, sound) => {
    const acknowledged = new Set(sound.map(({ jobId }) => jobId));
    expect(lines.auditOf(sound, { ledger: { acknowledged } })).toEqual([]);
  });
});
