/** The trail and the attempts of a job, told from its facts and its rows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PublicFailure } from "../../src/core/job.js";
import {
  ATTEMPT_OUTCOMES,
  isLegalMove,
  isTerminalStatus,
  type JobStatus,
  LIFECYCLE,
  type MoveName,
} from "../../src/core/lifecycle.js";
import {
  attemptsOf,
  isEnding,
  type TrailEvent,
  type TrailFacts,
  wholeTrail,
  workerActor,
} from "../../src/core/trail.js";

const ERROR: PublicFailure = { code: "x", message: "X.", category: "temporary", retryable: true, reference: "r" };

/**
 * A job that writes its whole trail, and beside it only the rows that a folding store writes: the smallest model of the
 * rule in trail.ts.
 */
class Model {
  readonly trail: TrailEvent[] = [];
  readonly written: TrailEvent[] = [];
  private now = 1_000;
  private attempt = 0;
  private fence = 0;
  private generation = 1;
  private worker = "";
  private claimedAt: number | null = null;
  private startKnown = true;
  private finishedAt: number | null = null;
  private cancelAsked = false;
  private claimIsWritten = true;
  private readonly scheduledAt: number | null;

  constructor(scheduledAt: number | null = null) {
    this.scheduledAt = scheduledAt;
    this.row(scheduledAt === null ? "enqueue" : "enqueue_later", "producer");
  }

  get status(): JobStatus | null {
    return this.trail.at(-1)?.to ?? null;
  }

  claim({ worker = "w1", startKnown = true } = {}): this {
    this.now += 10;
    this.attempt++;
    this.fence++;
    Object.assign(this, { worker, startKnown, claimedAt: this.now, cancelAsked: false, claimIsWritten: false });
    this.row("claim", this.holder, startKnown ? {} : { startUnknown: true });
    return this;
  }

  /** Any other move. */
  move(event: MoveName, more: Partial<TrailEvent> = {}): this {
    this.now += 10;
    if (LIFECYCLE[event].from.includes("processing")) {
      const plain = event === "complete" && !this.cancelAsked && more.reason !== "late";
      if (plain) return this.row(event, this.holder);
      if (!this.claimIsWritten) this.written.push(this.trail.at(-1) as TrailEvent);
      this.claimIsWritten = true;
    }
    if (event === "request_cancel") this.cancelAsked = true;
    if (event === "retry") {
      this.generation++;
      this.attempt = 0;
    }
    const actor = ATTEMPT_OUTCOMES[event] === undefined ? "user:1" : this.holder;
    this.row(event, actor, more);
    this.written.push(this.trail.at(-1) as TrailEvent);
    if (event === "release" || event === "snooze") this.attempt--;
    return this;
  }

  conflict(): this {
    const status = this.status as JobStatus;
    this.trail.push({
      ...(this.trail.at(-1) as TrailEvent),
      seq: this.trail.length + 1,
      from: status,
      to: status,
      event: "conflict",
    });
    this.written.push(this.trail.at(-1) as TrailEvent);
    return this;
  }

  get facts(): TrailFacts {
    const status = this.status as JobStatus;
    return {
      jobId: "j",
      status,
      seq: this.trail.length,
      createdAt: 1_000,
      scheduledAt: this.scheduledAt,
      startedAt: this.startKnown ? this.claimedAt : null,
      claimedAt: this.claimedAt,
      finishedAt: isTerminalStatus(status) ? this.finishedAt : null,
      workerId: status === "processing" ? this.worker : null,
      lastWorkerId: this.worker,
      attempt: this.attempt,
      fence: this.fence,
      generation: this.generation,
      recorded: false,
    };
  }

  private get holder(): string {
    return workerActor(this.worker, false);
  }

  private row(event: MoveName, actor: string, more: Partial<TrailEvent> = {}): this {
    const { attempt, fence, generation, now: at, status: from } = this;
    const to = LIFECYCLE[event].to;
    if (isTerminalStatus(to)) this.finishedAt = at;
    const base = { jobId: "j", seq: this.trail.length + 1, at, from, to, event, actor, attempt, fence, generation };
    this.trail.push({ ...base, reason: null, requestId: null, error: null, ...more });
    return this;
  }
}

const reread = (job: Model): TrailEvent[] => wholeTrail(job.facts, [...job.written].reverse());

describe("the trail", () => {
  it("A8 is whole for the plain path, of which nothing is written", () => {
    const job = new Model().claim().move("complete");
    expect(job.written).toEqual([]);
    expect(reread(job)).toEqual([
      {
        jobId: "j",
        seq: 1,
        at: 1_000,
        from: null,
        to: "pending",
        event: "enqueue",
        actor: "producer",
        attempt: 0,
        fence: 0,
        generation: 1,
        reason: null,
        requestId: null,
        error: null,
      },
      {
        jobId: "j",
        seq: 2,
        at: 1_010,
        from: "pending",
        to: "processing",
        event: "claim",
        actor: "worker:w1",
        attempt: 1,
        fence: 1,
        generation: 1,
        reason: null,
        requestId: null,
        error: null,
      },
      {
        jobId: "j",
        seq: 3,
        at: 1_020,
        from: "processing",
        to: "completed",
        event: "complete",
        actor: "worker:w1",
        attempt: 1,
        fence: 1,
        generation: 1,
        reason: null,
        requestId: null,
        error: null,
      },
    ]);
  });

  it.each<[string, Model]>([
    ["a job that waits", new Model()],
    ["a job that waits for its time", new Model(9_000)],
    ["a job at work", new Model(9_000).claim()],
    [
      "retries",
      new Model()
        .claim()
        .move("fail_retry", { error: ERROR })
        .claim({ worker: "w2" })
        .move("lose_retry")
        .claim()
        .move("complete"),
    ],
    [
      "a cancel request, and its holder's consent",
      new Model().claim().move("request_cancel", { reason: "stop" }).move("confirm_cancel"),
    ],
    ["success after a cancel request", new Model().claim().move("request_cancel").move("complete")],
    ["a late result", new Model().claim().move("complete", { reason: "late" })],
    [
      "release and snooze",
      new Model().claim().move("release").claim({ worker: "w2" }).move("snooze").claim().move("complete"),
    ],
    [
      "a retry by hand",
      new Model().claim().move("fail", { error: ERROR }).move("retry", { requestId: "k" }).claim().move("complete"),
    ],
    ["a cancel before the start", new Model().move("cancel")],
    ["an expiry while retrying", new Model().claim().move("fail_retry").move("expire")],
    ["a conflict after a plain ending", new Model().claim().move("complete").conflict()],
    ["a start that nobody told", new Model().claim({ startKnown: false }).move("complete")],
  ])("A8 I2 has no gap in the story of %s", (_name, job) => {
    expect(reread(job)).toEqual(job.trail);
  });

  it("A8 I2 can be told from the written rows and the facts, whatever happened", () => {
    const names = (Object.keys(LIFECYCLE) as MoveName[]).filter((name) => !name.startsWith("enqueue"));
    const story = fc.array(fc.record({ pick: fc.nat(999), worker: fc.constantFrom("a", "b"), late: fc.boolean() }), {
      maxLength: 40,
      size: "max",
    });
    let longest = 0;
    fc.assert(
      fc.property(fc.boolean(), story, (later, steps) => {
        const job = new Model(later ? 9_000 : null);
        for (const { pick, worker, late } of steps) {
          const legal = names.filter((name) => LIFECYCLE[name].from.includes(job.status));
          const move = legal[pick % legal.length];
          if (move === undefined) break;
          if (move === "claim") job.claim({ worker });
          else job.move(move, late && move === "complete" ? { reason: "late" } : {});
          expect(reread(job)).toEqual(job.trail);
        }
        const trail = reread(job);
        longest = Math.max(longest, trail.length);
        for (const [i, row] of trail.entries()) {
          expect(row.seq).toBe(i + 1);
          expect(row.from).toBe(trail[i - 1]?.to ?? null);
          expect(isLegalMove(row.from, row.event, row.to)).toBe(true);
        }
        // I6, I7: attempts follow one another, and one runs exactly while the job is processing.
        const attempts = attemptsOf(trail);
        expect(attempts.every((each, i) => each.fence === i + 1)).toBe(true);
        expect(attempts.map((each) => each.outcome === null)).toEqual(
          attempts.map((_each, i) => job.status === "processing" && i === attempts.length - 1),
        );
        // I8: one ending a generation, but for the current one.
        const endings = trail.filter(isEnding).map((row) => row.generation);
        expect(new Set(endings).size).toBe(endings.length);
      }),
      { numRuns: 300 },
    );
    expect(longest).toBeGreaterThan(20);
  });
});

describe("attempts", () => {
  it("are told from the trail, oldest first", () => {
    const job = new Model().claim().move("fail_retry", { error: ERROR }).claim({ worker: "host:7" }).move("complete");
    expect(attemptsOf(reread(job))).toEqual([
      {
        jobId: "j",
        fence: 1,
        generation: 1,
        attempt: 1,
        workerId: "w1",
        startedAt: 1_010,
        endedAt: 1_020,
        outcome: "failed",
        durationMs: 10,
        error: ERROR,
      },
      {
        jobId: "j",
        fence: 2,
        generation: 1,
        attempt: 2,
        workerId: "host:7",
        startedAt: 1_030,
        endedAt: 1_040,
        outcome: "succeeded",
        durationMs: 10,
        error: null,
      },
    ]);
  });

  it.each(Object.entries(ATTEMPT_OUTCOMES) as [MoveName, string][])("end by %s as %s", (event, outcome) => {
    const job = new Model().claim().move("request_cancel").move(event);
    expect(attemptsOf(reread(job))).toMatchObject([{ outcome, endedAt: 1_030, durationMs: 20 }]);
  });

  it("C4 have no duration when their start is unknown, and never a negative one", () => {
    const unknown = new Model().claim({ startKnown: false }).move("complete");
    expect(attemptsOf(reread(unknown))).toMatchObject([{ startedAt: null, endedAt: 1_020, durationMs: null }]);
    const back = new Model().claim().move("complete", { reason: "late", at: 500 });
    expect(attemptsOf(reread(back))).toMatchObject([{ durationMs: 0 }]);
  });

  it("C9 are not touched by a conflict", () => {
    const job = new Model().claim().move("complete").conflict();
    expect(attemptsOf(reread(job))).toMatchObject([{ outcome: "succeeded", endedAt: 1_020 }]);
    expect(reread(job).map(isEnding)).toEqual([false, false, true, false]);
  });

  it("name the recorder of a job that somebody else runs", () => {
    expect(workerActor("amqp-1", true)).toBe("recorder:amqp-1");
  });
});
