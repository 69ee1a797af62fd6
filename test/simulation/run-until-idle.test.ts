/** `runUntilIdle` of waymark/testing: works a queue off, turns the clock where asked to, and never hangs. */
import { expect, test } from "vitest";
import { sleep } from "../../src/core/clock.js";
import { defineJob } from "../../src/core/define-job.js";
import { silentLogger } from "../../src/core/logger.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { runUntilIdle } from "../../src/testing/run-until-idle.js";
import { openWaymark } from "../../src/waymark.js";

const task = defineJob({ kind: "task", backoff: { base: "10m", max: "1h" } });

async function world() {
  const clock = new FakeClock();
  const waymark = await openWaymark({
    store: memoryStore({ clock }),
    clock,
    logger: silentLogger,
    retention: { default: false },
  });
  return { clock, waymark };
}

test("it works until no job is due, and leaves later ones alone", async () => {
  const { clock, waymark } = await world();
  const now = await waymark.enqueueMany(task, [1, 2, 3]);
  const later = await waymark.enqueue(task, 4, { delay: "1h" });
  expect(await runUntilIdle(waymark, [task.handle(() => "done")], { clock })).toBe(3);
  for (const ref of now) expect(await waymark.tracker.getStatusOnly(ref)).toBe("completed");
  expect(await waymark.tracker.getStatusOnly(later)).toBe("scheduled");
});

test("jobs that handlers enqueue are worked off as well", async () => {
  const { clock, waymark } = await world();
  await waymark.enqueue(task, 5);
  const countDown = task.handle(async (left) => {
    if ((left as number) > 1) await waymark.enqueue(task, (left as number) - 1);
  });
  expect(await runUntilIdle(waymark, [countDown], { clock })).toBe(5);
});

test("untilAllEnded turns the clock through delays and backoff until every job has ended", async () => {
  const { clock, waymark } = await world();
  const later = await waymark.enqueue(task, "later", { delay: "3h" });
  const bad = await waymark.enqueue(task, "bad");
  const handler = task.handle((input) => {
    if (input === "bad") throw new Error("bad");
  });
  expect(await runUntilIdle(waymark, [handler], { clock, untilAllEnded: true })).toBe(4);
  expect(await waymark.tracker.getStatusOnly(later)).toBe("completed");
  expect(await waymark.tracker.getStatus(bad)).toMatchObject({ status: "failed", attempt: 3 });
});

test("a handler that waits on the clock for an hour gets its hour", async () => {
  const { clock, waymark } = await world();
  const ref = await waymark.enqueue(task, null);
  const slow = task.handle(() => sleep(clock, 3_600_000));
  await runUntilIdle(waymark, [slow], { clock });
  const info = await waymark.tracker.getStatus(ref);
  expect(info).toMatchObject({ status: "completed", attempt: 1 });
});

test("it says which jobs are left, and why, instead of waiting for ever", async () => {
  const { clock, waymark } = await world();
  const other = defineJob({ kind: "other" });
  const ref = await waymark.enqueue(other, null);
  const run = runUntilIdle(waymark, [task.handle(() => {})], { clock });
  await expect(run).rejects.toThrow(`would never end`);
  await expect(run).rejects.toThrow(`${ref.jobId} (other) is pending, attempt 0 of 3, because of: no_worker`);
});

test("a queue that stays paused is such a reason", async () => {
  const { clock, waymark } = await world();
  await waymark.enqueue(task, null);
  await waymark.pauseQueue("default");
  await expect(runUntilIdle(waymark, [task.handle(() => {})], { clock })).rejects.toThrow("queue_paused");
});

test("a handler that never ends is given up after `within`, and its worker is stopped", async () => {
  const { clock, waymark } = await world();
  const ref = await waymark.enqueue(task, null);
  const stuck = task.handle(() => new Promise(() => {}));
  await expect(runUntilIdle(waymark, [stuck], { clock, within: "1h" })).rejects.toThrow("is processing");
  expect(await waymark.tracker.getStatusOnly(ref)).toBe("pending");
});

test("without a fake clock real time passes", async () => {
  const waymark = await openWaymark({ store: "memory:", logger: silentLogger });
  const ref = await waymark.enqueue(task, null);
  expect(await runUntilIdle(waymark, [task.handle(() => "done")])).toBe(1);
  expect(await waymark.tracker.getStatusOnly(ref)).toBe("completed");
  await waymark.close();
});
