/** The line that `status --watch` draws on a terminal, and what stands on it for every status. */

import { expect, it } from "vitest";
import { defineJob, type JobStatusInfo, memoryStore, openWaymark } from "waymark";
import { FakeClock } from "waymark/testing";
import { openLiveLine } from "../../src/cli/live-line.js";
import { Screen } from "../../src/cli/screen.js";
import { briefOf, signOf, titleOf } from "../../src/cli/words.js";

const mail = defineJob({ kind: "send-mail", stages: ["render", "send"], maxAttempts: 2 });

/** One picture of a job in each status, by name. */
async function pictures(clock: FakeClock): Promise<Record<string, JobStatusInfo>> {
  const store = memoryStore({ clock });
  await using waymark = await openWaymark({ store, clock });
  const look = async (jobId: string): Promise<JobStatusInfo> => (await waymark.tracker.getStatus(jobId))!;
  const claim = async () =>
    (await store.claim({ workerId: "w1", kinds: ["send-mail"], queues: null, limit: 1, leaseMs: 30_000 })).jobs[0]!;
  const failure = {
    public: {
      code: "smtp_down",
      message: "The mail server is away.",
      category: "temporary",
      retryable: true,
      reference: "r",
    },
    detail: "{}",
  } as const;
  const scheduled = await look((await waymark.enqueue(mail, 1, { delay: "1h" })).jobId);
  const { jobId } = await waymark.enqueue(mail, 2, { expiresIn: "1m" });
  const pending = await look(jobId);
  let lease = await claim();
  await store.report([{ ...lease, stage: "send", percent: 75 }]);
  const processing = await look(jobId);
  await store.settle([{ ...lease, outcome: { type: "failed", failure, retryInMs: 8_000 } }]);
  const retrying = await look(jobId);
  await clock.advance(8_000);
  lease = await claim();
  await waymark.cancel(jobId, { actor: "mara" });
  const stopping = await look(jobId);
  await store.settle([{ ...lease, outcome: { type: "cancelled" } }]);
  const cancelled = await look(jobId);
  const other = await waymark.enqueue(mail, 3, { expiresIn: "1m" });
  lease = await claim();
  await store.settle([{ ...lease, outcome: { type: "completed", result: null } }]);
  const completed = await look(other.jobId);
  const bad = await waymark.enqueue(mail, 4);
  lease = await claim();
  await store.settle([{ ...lease, outcome: { type: "failed", failure, retryInMs: null } }]);
  const failed = await look(bad.jobId);
  const old = await waymark.enqueue(mail, 5, { expiresIn: "1m" });
  await clock.advance(60_000);
  await store.sweep(10);
  const expired = await look(old.jobId);
  return { scheduled, pending, processing, retrying, stopping, cancelled, completed, failed, expired };
}

it("every status is a shape and a word, and no two look alike", async () => {
  const all = await pictures(new FakeClock());
  const words = Object.fromEntries(
    Object.entries(all).map(([name, info]) => [name, `${signOf(info).text} ${titleOf(info)}`]),
  );
  expect(words).toEqual({
    scheduled: "◷ Scheduled",
    pending: "○ Waiting to be picked up",
    processing: "◆ Send · 75%",
    retrying: "↻ Trying again (2 of 2)",
    stopping: "◌ Stopping…",
    cancelled: "⊘ Cancelled",
    completed: "✔ Done",
    failed: "✖ Failed",
    expired: "⧗ Not started in time",
  });
  expect(briefOf(all["failed"]!)).toBe("Failed: smtp_down");
});

it("the line is drawn in place, at most ten times a second, and its time goes on between changes", async () => {
  const clock = new FakeClock();
  const { processing } = await pictures(clock);
  const written: string[] = [];
  const sink = { write: async (text: string) => void written.push(text), isTerminal: true };
  const live = openLiveLine(new Screen({ out: sink, err: sink, width: 40, color: false }), clock);
  const drawn = (): string[] => written.splice(0).map((text) => text.replace("\r\u001b[2K", ""));

  live.show(processing!);
  live.show(processing!);
  live.show({ ...processing!, progress: { ...processing!.progress!, percent: 80, message: "x".repeat(99) } });
  expect(drawn()).toEqual(["◆ Send · 75%"]);
  await clock.advance(100);
  expect(drawn()).toEqual([`◆ Send · 80%  ${"x".repeat(24)}…`]);
  live.show(processing!);
  await clock.advance(2_100);
  expect(drawn()).toEqual(["◆ Send · 75%", "◆ Send · 75%  1 s", "◆ Send · 75%  2 s"]);
  await live.end();
  await clock.advance(5_000);
  expect(drawn()).toEqual([""]);
});
