/** Durations to learn from: counted by day, shared by all, forgotten after a month. */
import { describe, expect } from "vitest";
import { KEPT_DAYS } from "../../core/histogram.js";
import type { DurationCount, DurationSample } from "../../core/store.js";
import { WORKER } from "./reads.js";
import type { Rule, World } from "./world.js";
import { DAY_MS, LEASE_MS, only } from "./world.js";

const sample = (parts: Partial<DurationSample> = {}): DurationSample => ({
  kind: "kind",
  measure: "run",
  stage: null,
  size: 3,
  bucket: 40,
  count: 1,
  ...parts,
});
const cell = ({ kind: _kind, ...parts }: DurationSample, ageDays = 0): DurationCount => ({ ...parts, ageDays });

async function learned(world: World, kind = "kind"): Promise<DurationCount[]> {
  const { counts, ...rest } = only(await world.store.learned([kind]));
  expect(rest).toEqual({ kind });
  return inOrder(counts);
}
function inOrder(counts: readonly DurationCount[]): DurationCount[] {
  const key = (one: DurationCount): string =>
    JSON.stringify([one.measure, one.stage, one.size, one.bucket, one.ageDays]);
  return [...counts].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
const purge = (world: World): Promise<unknown> =>
  world.store.purge({ rules: [], limit: 10, tombstoneMs: DAY_MS, actor: "retention" });

export function durationsTheme(rule: Rule): void {
  describe("durations", () => {
    rule("what was learned is answered by kind, in the order asked; an unknown kind has nothing", async (world) => {
      const samples = [
        sample(),
        sample({ measure: "stage", stage: "load", bucket: 0 }),
        sample({ measure: "rest", stage: "load", size: 0 }),
        sample({ measure: "wait", bucket: 300, count: 7 }),
      ];
      await world.store.learn([...samples, sample({ kind: "other", count: 2 })]);
      expect(await learned(world)).toEqual(inOrder(samples.map((one) => cell(one))));
      expect(await world.store.learned(["other", "nobody", "other"])).toEqual([
        { kind: "other", counts: [cell(sample({ count: 2 }))] },
        { kind: "nobody", counts: [] },
        { kind: "other", counts: [cell(sample({ count: 2 }))] },
      ]);
      expect(await world.store.learned([])).toEqual([]);
    });

    rule("counts of one day add up, also within one call and from many at once", async (world) => {
      await world.store.learn([sample(), sample({ count: 4 }), sample({ bucket: 41 })]);
      await Promise.all(Array.from({ length: 10 }, () => world.store.learn([sample({ bucket: 41 }), sample()])));
      await world.store.learn([]);
      expect(await learned(world)).toEqual(
        inOrder([cell(sample({ count: 15 })), cell(sample({ bucket: 41, count: 11 }))]),
      );
    });

    rule("each day counts by itself and grows old", async (world) => {
      await world.store.learn([sample()]);
      await world.clock.advance(DAY_MS);
      await world.store.learn([sample({ count: 2 })]);
      await world.clock.advance(2 * DAY_MS);
      expect(await learned(world)).toEqual(inOrder([cell(sample(), 3), cell(sample({ count: 2 }), 2)]));
    });

    rule("what is older than a month is not answered, and goes with the next purge", async (world) => {
      await world.store.learn([sample()]);
      await world.clock.advance((KEPT_DAYS - 1) * DAY_MS);
      await purge(world);
      expect(await learned(world)).toEqual([cell(sample(), KEPT_DAYS - 1)]);
      await world.clock.advance(DAY_MS);
      expect(await learned(world)).toEqual([]);
      await purge(world);
      // Gone for good: a clock that is set back does not bring it back.
      world.clock.jump(-DAY_MS);
      expect(await learned(world)).toEqual([]);
    });

    rule("a clock that was set back makes no day younger than today", async (world) => {
      await world.store.learn([sample()]);
      world.clock.jump(-3 * DAY_MS);
      expect(await learned(world)).toEqual([cell(sample(), 0)]);
    });

    rule("the input's size is told in bytes of UTF-8, by the views that read more than the status", async (world) => {
      await world.store.extend({ worker: WORKER, leaseMs: LEASE_MS, leases: [] });
      const jobId = await world.add({ payload: '{"text":"größer 𝄞"}' });
      expect((await world.read(jobId, "status")).payloadBytes).toBeNull();
      for (const view of ["info", "full"] as const) expect((await world.read(jobId, view)).payloadBytes).toBe(24);
      expect(only(await world.store.list({ limit: 1 })).payloadBytes).toBe(24);
    });
  });
}
