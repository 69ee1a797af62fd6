/** The guard against jumps of the wall clock, and the clock that tests turn. */
import { describe, expect, it } from "vitest";
import { sleep } from "../../src/core/clock.js";
import { CLOCK_TOLERANCE_MS, ClockGuard, DEFAULT_PAUSE_MS } from "../../src/core/clock-guard.js";
import { FakeClock } from "../../src/testing/index.js";

const at = (wall: number, monotonic: number): { wall: number; monotonic: number } => ({ wall, monotonic });

describe("clock guard", () => {
  it("does not mind time that passes on both clocks, nor a drift within the tolerance", () => {
    const guard = new ClockGuard(at(1_000_000, 0));
    expect(guard.isPaused(at(1_060_000, 60_000))).toBe(false);
    expect(guard.isPaused(at(1_060_000 + CLOCK_TOLERANCE_MS, 60_000))).toBe(false);
    expect(guard.isPaused(at(1_060_000, 60_000))).toBe(false);
  });

  it.each([5_000, -5_000])("pauses for the default when the wall clock jumps by %i ms and no lease runs", (jump) => {
    const guard = new ClockGuard(at(0, 0));
    expect(guard.isPaused(at(jump, 0))).toBe(true);
    expect(guard.isPaused(at(jump + DEFAULT_PAUSE_MS - 1, DEFAULT_PAUSE_MS - 1))).toBe(true);
    expect(guard.isPaused(at(jump + DEFAULT_PAUSE_MS, DEFAULT_PAUSE_MS))).toBe(false);
  });

  it("pauses for the longest lease that may still run", () => {
    const guard = new ClockGuard(at(0, 0));
    guard.leased(90_000, at(0, 0));
    guard.leased(10_000, at(50_000, 50_000));
    expect(guard.isPaused(at(3_660_000, 60_000))).toBe(true);
    expect(guard.isPaused(at(3_749_999, 149_999))).toBe(true);
    expect(guard.isPaused(at(3_750_000, 150_000))).toBe(false);
  });

  it("without a start the first reading is the start", () => {
    const guard = new ClockGuard(null);
    expect(guard.isPaused(at(5_000, 0))).toBe(false);
    expect(guard.isPaused(at(5_000 + 2_000, 0))).toBe(true);
  });

  it("readings that were taken up to 2 s apart prove no jump of less than 3 s, and one of more", () => {
    const far = (wall: number, monotonic: number) => ({ ...at(wall, monotonic), withinMs: 2_000 });
    const guard = new ClockGuard(at(0, 0));
    expect(guard.isPaused(far(2_999, 0))).toBe(false);
    expect(new ClockGuard(at(0, 0)).isPaused(far(3_001, 0))).toBe(true);
  });

  it("notices a jump and one back between two sweeps when a lease was given in between", () => {
    const guard = new ClockGuard(at(100_000, 0));
    guard.leased(10_000, at(11_000, 1_000));
    expect(guard.isPaused(at(102_000, 2_000))).toBe(true);
    expect(guard.isPaused(at(112_001, 12_001))).toBe(false);
  });

  it("forgets a long lease that must be over", () => {
    const guard = new ClockGuard(at(0, 0));
    guard.leased(90_000, at(0, 0));
    guard.leased(10_000, at(95_000, 95_000));
    expect(guard.isPaused(at(3_696_000, 96_000))).toBe(true);
    expect(guard.isPaused(at(3_706_000, 106_000))).toBe(false);
  });
});

describe("fake clock", () => {
  it("fires timers in the order of their due times, each at its own time, with promises settled in between", async () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b at ${clock.now()}`));
    clock.after(10, () => void Promise.resolve().then(() => seen.push(`a at ${clock.now()}`)));
    clock.after(10, () => clock.after(5, () => seen.push(`nested at ${clock.now()}`)));
    clock.after(31, () => seen.push("too late"));
    await clock.advance(30);
    expect(seen).toEqual(["a at 10", "nested at 15", "b at 20"]);
    expect([clock.now(), clock.monotonic(), clock.waiting]).toEqual([30, 30, 1]);
  });

  it("takes timers back", async () => {
    const clock = new FakeClock();
    let fired = false;
    clock.after(5, () => {
      fired = true;
    })();
    await clock.advance(10);
    expect([fired, clock.waiting]).toEqual([false, 0]);
  });

  it("wakes sleepers, and jumps the wall clock alone", async () => {
    const clock = new FakeClock(0);
    let awake = false;
    void sleep(clock, 1_000).then(() => {
      awake = true;
    });
    clock.jump(5_000);
    await clock.advance(999);
    expect([awake, clock.now(), clock.monotonic()]).toEqual([false, 5_999, 999]);
    await clock.advance(1);
    expect(awake).toBe(true);
  });

  it("draws the same numbers from the same seed, all in [0, 1)", () => {
    const draw = (seed: number): number[] => {
      const clock = new FakeClock(0, seed);
      return Array.from({ length: 1_000 }, () => clock.random());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((n) => n >= 0 && n < 1)).toBe(true);
    expect(new Set(draw(7)).size).toBeGreaterThan(990);
  });
});
