/** Why a job is where it is, in plain words: every reason, on a clock that the test turns. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineJob, type Explanation, memoryStore, openWaymark, type Store, type Waymark } from "waymark";
import { FakeClock } from "waymark/testing";
import type { JobRecord } from "../src/core/job.js";
import type { ClaimedJob, Outcome } from "../src/core/store.js";
import { explain } from "../src/explain.js";

const mail = defineJob({ kind: "mail", queue: "letters" });
const KINDS = { kinds: ["mail"], queues: null };
const LEASE_MS = 30_000;

let clock: FakeClock;
let store: Store;
let waymark: Waymark;

beforeEach(async () => {
  clock = new FakeClock("2030-01-01T12:00:00Z");
  store = memoryStore({ clock });
  waymark = await openWaymark({ store, clock });
});
afterEach(() => waymark.close());

const why = async (jobId: string): Promise<Explanation> => {
  const [record] = await store.read({ jobIds: [jobId], view: "full" });
  return explain(store, record as JobRecord, { timeZone: "UTC" });
};
/** Tells the store that a worker lives. */
const beat = (workerId = "w1", facts: { queues?: string[]; running?: number; accepting?: boolean } = {}) =>
  store.extend({
    worker: { workerId, host: "media-2", pid: 42, ...KINDS, concurrency: 2, running: 0, accepting: true, ...facts },
    leaseMs: LEASE_MS,
    leases: [],
  });
const claim = async (): Promise<ClaimedJob> => {
  const { jobs } = await store.claim({ workerId: "w1", ...KINDS, limit: 1, leaseMs: LEASE_MS });
  return jobs[0]!;
};
const settle = ({ jobId, fence }: ClaimedJob, outcome: Outcome) => store.settle([{ jobId, fence, outcome }]);
const failed = (retryInMs: number | null): Outcome => ({
  type: "failed",
  retryInMs,
  failure: {
    public: {
      code: "smtp_down",
      message: "The mail server is away.",
      category: "temporary",
      retryable: true,
      reference: "r1",
    },
    detail: "{}",
  },
});
const holding = ({ checks }: Explanation): string[] => checks.filter(({ holds }) => holds).map(({ what }) => what);
const ORDER = ["due time", "worker for this kind", "queue", "attempts left", "concurrency key", "parent", "position"];

describe("B10 a waiting job explains itself", () => {
  it("scheduled: when it starts, and in how long", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1, { delay: "3h" });
    await clock.advance(1_000);
    const told = await why(jobId);
    expect(told.summary).toBe("It starts at 15:00:00, in 2 h 59 min.");
    expect(holding(told)).toEqual(["due time"]);
    expect(told.checks.map(({ what }) => what)).toEqual(ORDER);
  });

  it("another day is named", async () => {
    const { jobId } = await waymark.enqueue(mail, 1, { delay: "2d" });
    expect((await why(jobId)).summary).toBe("It starts at 3 Jan 12:00:00, in 2 d.");
  });

  it("no worker: none was heard from", async () => {
    const { jobId } = await waymark.enqueue(mail, 1);
    const told = await why(jobId);
    expect(told.summary).toBe("No live worker takes mail. None was heard from in the last day.");
    expect(holding(told)).toEqual(["worker for this kind"]);
  });

  it("no worker: the last one, and how long it has been silent", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    await clock.advance(18 * 60_000);
    expect((await why(jobId)).summary).toBe(
      "No live worker takes mail. Worker media-2 (process 42), the last one, was heard from 18 min ago.",
    );
  });

  it("no worker: the last one was shutting down", async () => {
    await beat("w1", { accepting: false });
    const { jobId } = await waymark.enqueue(mail, 1);
    await clock.advance(3_000);
    expect((await why(jobId)).summary).toBe(
      "No live worker takes mail. Worker media-2 (process 42), the last one, was heard from 3 s ago, when it was shutting down.",
    );
  });

  it("no worker: a live one takes the kind from other queues", async () => {
    await beat("w1", { queues: ["parcels"] });
    const { jobId } = await waymark.enqueue(mail, 1);
    expect((await why(jobId)).summary).toBe(
      "No live worker takes mail from letters. Worker media-2 (process 42) takes it from parcels only.",
    );
  });

  it("queue paused: by whom and since when", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    await waymark.pauseQueue("letters", { actor: "Mara" });
    const told = await why(jobId);
    expect(told.summary).toBe("Queue letters is paused by Mara since 12:00:00.");
    expect(holding(told)).toEqual(["queue"]);
  });

  it("only the first that holds is marked, and the others that would hold are not ok", async () => {
    const { jobId } = await waymark.enqueue(mail, 1, { delay: "1m" });
    await waymark.pauseQueue("letters", { actor: "Mara" });
    const told = await why(jobId);
    expect(holding(told)).toEqual(["due time"]);
    expect(told.checks.filter(({ ok }) => !ok).map(({ what }) => what)).toEqual(ORDER.slice(0, 3));
  });

  it("concurrency: the key, its limit and who holds it", async () => {
    await beat();
    const first = await waymark.enqueue(mail, 1, { concurrencyKey: "cus_8127" });
    await claim();
    const { jobId } = await waymark.enqueue(mail, 2, { concurrencyKey: "cus_8127" });
    const told = await why(jobId);
    expect(told.summary).toBe(`Key cus_8127 allows 1 at a time; ${first.jobId} holds it.`);
    expect(holding(told)).toEqual(["concurrency key"]);
  });

  it("position: how many are ahead", async () => {
    await beat();
    await waymark.enqueueMany(mail, [1, 2, 3]);
    const { jobId } = await waymark.enqueue(mail, 4);
    const told = await why(jobId);
    expect(told.summary).toBe("3 jobs are ahead in letters.");
    expect(holding(told)).toEqual(["position"]);
  });

  it("position: next in line while all slots are at work", async () => {
    await beat("w1", { running: 2 });
    const { jobId } = await waymark.enqueue(mail, 1);
    expect((await why(jobId)).summary).toBe("It is next in line. All 2 slots for it are at work.");
  });

  it("nothing found: it should start at once", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    const told = await why(jobId);
    expect(told.summary).toBe("It is due and a worker is free: it should start within one poll.");
    expect(holding(told)).toEqual([]);
  });

  it("retry: how long it waits, which attempt comes, and why the last one ended", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    await settle(await claim(), failed(8_000));
    expect((await why(jobId)).summary).toBe(
      "It waits 8 s more, then tries again (2 of 3). The last attempt ended with smtp_down.",
    );
    await clock.advance(8_000);
    await settle(await claim(), failed(8_000));
    expect((await why(jobId)).summary).toMatch(/^It waits 8 s more, then tries for the last time\./);
  });

  it("outside: another queue runs it", async () => {
    const { jobId } = await waymark.recorder.enqueued({ kind: "letter" });
    expect((await why(jobId)).summary).toBe("Another queue runs this job, and has not told that it began.");
  });

  it("past its expiry: it will not start any more", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1, { expiresIn: "1m" });
    await clock.advance(60_000);
    expect((await why(jobId)).summary).toBe("It was only good until 12:01:00. The next sweep ends it as expired.");
  });
});

describe("B10 a running job explains itself", () => {
  it("who has it, since when, where it is, and what happens when the worker falls silent", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    const { fence } = await claim();
    await store.report([{ jobId, fence, stage: "sorting", percent: 49.9 }]);
    await clock.advance(5_500);
    const told = await why(jobId);
    expect(told.summary).toBe(
      "Worker media-2 (process 42) has it since 12:00:00, for 5.5 s: attempt 1 of 3, stage sorting, 49%.",
    );
    expect(told.checks.map(({ what }) => what)).toEqual(["worker", "lease", "heard from"]);
    expect(told.checks[1]!.detail).toBe(
      "Good for 24.5 s more, and renewed while the worker lives. If it falls silent, the job is taken back and tried again (2 of 3).",
    );
    expect(told.checks[2]!.detail).toBe("The worker was heard from 5.5 s ago.");
  });

  it("its lease ran out: the next sweep takes it back", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    await claim();
    await clock.advance(LEASE_MS);
    const told = await why(jobId);
    expect(told.summary).toBe(
      "Its worker was silent until its lease ran out at 12:00:30. At the next sweep the job is taken back and tried again (2 of 3).",
    );
    expect(holding(told)).toEqual(["lease"]);
  });

  it("its lease ran out in the last attempt: it fails", async () => {
    const once = defineJob({ kind: "mail", maxAttempts: 1 });
    const { jobId } = await waymark.enqueue(once, 1);
    await claim();
    await clock.advance(LEASE_MS);
    expect((await why(jobId)).summary).toMatch(/At the next sweep the job fails, because this is its last attempt\.$/);
  });

  it("lost twice in a row: the third time it is poison", async () => {
    const { jobId } = await waymark.enqueue(defineJob({ kind: "mail", maxAttempts: 9 }), 1);
    for (let lost = 0; lost < 2; lost++) {
      await claim();
      await clock.advance(LEASE_MS);
      await store.sweep(10);
    }
    await claim();
    expect((await why(jobId)).checks[1]!.detail).toMatch(/the job fails as poisoned: lost 3 times in a row\.$/);
  });

  it("cancel asked: by whom, when, and what happens then", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(mail, 1);
    await claim();
    await waymark.cancel(jobId, { actor: "Mara", reason: "wrong address" });
    const told = await why(jobId);
    expect(told.summary).toMatch(/It was asked to stop and does so at the next safe point\.$/);
    expect(told.checks.at(-1)).toMatchObject({
      what: "cancel",
      detail: expect.stringContaining("Asked by Mara (wrong address) at 12:00:00."),
    });
    await clock.advance(LEASE_MS);
    expect((await why(jobId)).summary).toMatch(/the job ends as cancelled, because that was asked\.$/);
  });
});

describe("B10 an ended job explains itself", () => {
  it("completed: when, how long, which attempt", async () => {
    const { jobId } = await waymark.enqueue(mail, 1);
    const claimed = await claim();
    await clock.advance(1_240);
    await settle(claimed, { type: "completed", result: null });
    expect(await why(jobId)).toMatchObject({
      summary: "It completed at 12:00:01, after 1.24 s, on attempt 1 of 3.",
      checks: [],
    });
  });

  it("failed: with what, and why it was not tried again", async () => {
    const { jobId } = await waymark.enqueue(mail, 1);
    await settle(await claim(), failed(null));
    expect((await why(jobId)).summary).toBe(
      "It failed at 12:00:00 with smtp_down (temporary), “The mail server is away”. The error says that trying again by itself would not help (1 of 3 attempts used).",
    );
    const once = await waymark.enqueue(defineJob({ kind: "mail", maxAttempts: 1 }), 1);
    await settle(await claim(), failed(0));
    expect((await why(once.jobId)).summary).toMatch(/Its only attempt is used\.$/);
  });

  it("cancelled: by whom and why, and what the handler did", async () => {
    const waiting = await waymark.enqueue(mail, 1);
    await waymark.cancel(waiting.jobId, { actor: "Mara", reason: "not needed" });
    expect((await why(waiting.jobId)).summary).toBe("Mara cancelled it at 12:00:00: not needed.");
    const running = await waymark.enqueue(mail, 2);
    const claimed = await claim();
    await waymark.cancel(running.jobId, { actor: "Mara" });
    await settle(claimed, { type: "cancelled" });
    expect((await why(running.jobId)).summary).toBe(
      "Mara cancelled it at 12:00:00. The handler was at work and stopped.",
    );
    const forced = await waymark.enqueue(mail, 3);
    await claim();
    await waymark.cancel(forced.jobId, { actor: "Mara", force: true });
    expect((await why(forced.jobId)).summary).toMatch(/^Mara cancelled it at 12:00:00 without waiting for the handler/);
  });

  it("expired: until when it was good, and whether it was tried", async () => {
    const { jobId } = await waymark.enqueue(mail, 1, { expiresIn: "1m" });
    await clock.advance(61_000);
    await store.sweep(10);
    expect((await why(jobId)).summary).toBe("It was not started in time: it was only good until 12:01:00.");
  });
});

describe("A8 the story tells the whole trail, a line an event", () => {
  it("failed, given back, lost, tried again by hand, done", async () => {
    await beat();
    const { jobId } = await waymark.enqueue(defineJob({ kind: "mail", maxAttempts: 2 }), 1);
    await settle(await claim(), { type: "released" });
    const first = await claim();
    await clock.advance(3_000);
    await settle(first, failed(0));
    await claim();
    await clock.advance(LEASE_MS);
    await store.sweep(10);
    await waymark.retry(jobId, { actor: "Mara" });
    const last = await claim();
    await clock.advance(500);
    await settle(last, { type: "completed", result: null });
    expect((await why(jobId)).story).toEqual([
      "12:00:00.000  Enqueued in default by producer.",
      "12:00:00.000  Attempt 1 of 2 began: worker media-2 (process 42).",
      "12:00:00.000  Attempt 1 was given back at shutdown after 0 ms, not charged.",
      "12:00:00.000  Attempt 1 of 2 began: worker media-2 (process 42).",
      "12:00:03.000  Attempt 1 failed after 3 s with smtp_down (temporary), “The mail server is away”. It is tried again.",
      "12:00:03.000  Attempt 2 of 2 began: worker media-2 (process 42).",
      expect.stringMatching(
        /^12:00:33.000 {2}Attempt 2 was silent until its lease ran out after 30 s. The job failed with lost /,
      ),
      "12:00:33.000  Mara had it tried again: run 2 begins.",
      "12:00:33.000  Attempt 1 of 2 began: worker media-2 (process 42).",
      "12:00:33.500  Attempt 1 succeeded after 500 ms. The job is completed.",
    ]);
  });

  it("has a line for every row of the trail", async () => {
    const { jobId } = await waymark.enqueue(mail, 1, { delay: "1s" });
    await clock.advance(1_000);
    await settle(await claim(), { type: "snoozed", inMs: 0 });
    await waymark.cancel(jobId, { actor: "Mara", reason: "enough" });
    const [trail] = await store.trail([jobId]);
    const { story } = await why(jobId);
    expect(story).toHaveLength(trail!.length);
    expect(story.at(-1)).toBe("12:00:01.000  Cancelled by Mara: enough.");
  });
});
