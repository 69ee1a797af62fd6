/** What a running attempt tells: stage, progress, log lines. */
import { describe, expect } from "vitest";
import type { Rule } from "./world.js";
import { COMPLETED, failed, RELEASED, snoozed } from "./world.js";

const NOTHING = { stage: null, percent: null, done: null, total: null, message: null };

export function progressTheme(rule: Rule): void {
  describe("progress", () => {
    rule("progress is null until something is told, and what is not told stays as it is", async (world) => {
      const held = await world.running();
      expect((await world.read(held.jobId)).progress).toBeNull();
      await world.report(held, { message: "reading" });
      expect((await world.read(held.jobId)).progress).toEqual({ ...NOTHING, message: "reading" });
      await world.report(held, { stage: "load", percent: 10, done: 1, total: 10, message: "row 1" });
      await world.report(held, { done: 2 });
      const progress = { stage: "load", percent: 10, done: 2, total: 10, message: "row 1" };
      for (const view of ["status", "info", "full"] as const) {
        expect((await world.read(held.jobId, view)).progress, view).toEqual(progress);
      }
    });

    rule("I18 percent never falls within an attempt, and an unknown one takes nothing back", async (world) => {
      const held = await world.running();
      const told = [10.5, 40, 20, null, 39.9, 41];
      const read: (number | null | undefined)[] = [];
      for (const percent of told) {
        await world.report(held, { percent });
        read.push((await world.read(held.jobId)).progress?.percent);
      }
      expect(read).toEqual([10.5, 40, 40, 40, 40, 41]);
      const batch = [90, 60].map((percent) => ({ jobId: held.jobId, fence: held.fence, percent }));
      expect(await world.store.report(batch)).toEqual(["held", "held"]);
      expect((await world.read(held.jobId)).progress?.percent).toBe(90);
    });

    rule(
      "a new stage clears done, total and message, but not percent; the same stage again clears nothing",
      async (world) => {
        const held = await world.running();
        await world.report(held, { stage: "a", percent: 30, done: 3, total: 3, message: "all rows" });
        await world.report(held, { stage: "a" });
        const first = { stage: "a", percent: 30, done: 3, total: 3, message: "all rows" };
        expect((await world.read(held.jobId)).progress).toEqual(first);
        await world.report(held, { stage: "b" });
        expect((await world.read(held.jobId)).progress).toEqual({ ...NOTHING, stage: "b", percent: 30 });
        await world.report(held, { stage: "c", done: 0, total: 8 });
        expect((await world.read(held.jobId)).progress).toEqual({
          ...NOTHING,
          stage: "c",
          percent: 30,
          done: 0,
          total: 8,
        });
        await world.report(held, { total: null });
        expect((await world.read(held.jobId)).progress).toMatchObject({ done: 0, total: null });
      },
    );

    rule("a new attempt starts without progress; a failed one keeps it as it stood", async (world) => {
      const held = await world.running();
      await world.report(held, { stage: "a", percent: 70 });
      await world.settle(held, failed({ retryInMs: 0 }));
      expect((await world.read(held.jobId)).progress).toMatchObject({ stage: "a", percent: 70 });
      const again = await world.claimOne();
      expect((await world.read(held.jobId)).progress).toBeNull();
      await world.report(again, { percent: 5 });
      expect((await world.read(held.jobId)).progress).toEqual({ ...NOTHING, percent: 5 });
      await world.settle(again, failed());
      expect((await world.read(held.jobId)).progress).toMatchObject({ percent: 5 });
      await world.retry(held.jobId);
      expect((await world.read(held.jobId)).progress).toBeNull();
    });

    for (const [name, outcome] of [
      ["released", RELEASED],
      ["snoozed", snoozed(1_000)],
    ] as const) {
      rule(`a ${name} job has no progress`, async (world) => {
        const held = await world.running();
        await world.report(held, { percent: 70 });
        await world.settle(held, outcome);
        expect((await world.read(held.jobId)).progress).toBeNull();
      });
    }

    rule("I18 a completed job stands at 100, or tells nothing when its attempt told nothing", async (world) => {
      const [told, silent] = [await world.running(), await world.running()];
      await world.report(told, { stage: "a", percent: 70 });
      await world.settle(told, COMPLETED);
      await world.settle(silent, COMPLETED);
      expect((await world.read(told.jobId)).progress).toMatchObject({ stage: "a", percent: 100 });
      expect((await world.read(silent.jobId)).progress).toBeNull();
    });

    rule("the start of a stage is known while the job is in it, and begins anew with each attempt", async (world) => {
      const held = await world.running();
      const since = async (): Promise<number | null> => (await world.read(held.jobId, "info")).stageStartedAt;
      expect(await since()).toBeNull();
      await world.clock.advance(100);
      await world.report(held, { percent: 1 });
      expect(await since()).toBeNull();
      await world.report(held, { stage: "a" });
      const a = world.clock.now();
      await world.clock.advance(100);
      await world.report(held, { stage: "a", done: 1 });
      await world.report(held, { message: "still there" });
      expect(await since()).toBe(a);
      await world.report(held, { stage: "b" });
      expect(await since()).toBe(a + 100);
      await world.settle(held, failed({ retryInMs: 0 }));
      expect(await since()).toBeNull();
      const again = await world.claimOne();
      expect(await since()).toBeNull();
      await world.clock.advance(100);
      await world.report(again, { stage: "b" });
      expect(await since()).toBe(a + 200);
      await world.settle(again, COMPLETED);
      expect(await since()).toBeNull();
    });

    rule("progress writes no row of the trail", async (world) => {
      const held = await world.running();
      await world.report(held, { stage: "a", percent: 1, logs: [{ message: "x", fields: null }] });
      expect(await world.events(held.jobId)).toEqual(["enqueue", "claim"]);
      expect((await world.read(held.jobId)).seq).toBe(2);
    });
  });

  describe("log lines", () => {
    rule("log lines are kept in order, each with its fence and time, over all attempts", async (world) => {
      const held = await world.running();
      const line = (message: string, fields: string | null = null) => ({ message, fields });
      await world.report(held, { logs: [line("one", '{"n":1}'), line("two")] });
      const first = world.clock.now();
      await world.clock.advance(5);
      const lease = { jobId: held.jobId, fence: held.fence };
      await world.store.report([
        { ...lease, logs: [line("three")] },
        { ...lease, logs: [line("four")] },
      ]);
      await world.settle(held, failed({ retryInMs: 0 }));
      const again = await world.claimOne();
      await world.report(again, { logs: [line("five")] });
      const { jobId } = held;
      expect(await world.store.logs(jobId)).toEqual([
        { jobId, fence: 1, at: first, message: "one", fields: '{"n":1}' },
        { jobId, fence: 1, at: first, message: "two", fields: null },
        { jobId, fence: 1, at: first + 5, message: "three", fields: null },
        { jobId, fence: 1, at: first + 5, message: "four", fields: null },
        { jobId, fence: 2, at: first + 5, message: "five", fields: null },
      ]);
    });

    rule("log lines alone leave progress and updatedAt as they are", async (world) => {
      const held = await world.running();
      const before = await world.read(held.jobId);
      await world.clock.advance(5);
      await world.report(held, { logs: [{ message: "x", fields: null }] });
      expect(await world.read(held.jobId)).toEqual({ ...before, readAt: world.clock.now() });
    });
  });
}
