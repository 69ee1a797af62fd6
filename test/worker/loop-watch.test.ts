/** An event loop that stood still is told of, seldom and with the worst of it. */
import { expect, it } from "vitest";
import type { Clock } from "../../src/core/clock.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { watchLoop } from "../../src/worker/loop-watch.js";

/** A clock whose monotonic time can be ahead of its timers, as after a stop of the event loop. */
function stoppable(): { clock: Clock; fake: FakeClock; stop: (ms: number) => void } {
  const fake = new FakeClock();
  let stoodMs = 0;
  const clock: Clock = {
    now: () => fake.now() + stoodMs,
    monotonic: () => fake.monotonic() + stoodMs,
    after: (ms, run) => fake.after(ms, run),
    turn: () => () => {},
    random: () => 0.5,
  };
  return { clock, fake, stop: (ms) => (stoodMs += ms) };
}

it("a stop of more than a second is told once a minute at most, the longest one first", async () => {
  const { clock, fake, stop } = stoppable();
  const told: string[] = [];
  const end = watchLoop(clock, ({ message }) => told.push(message));
  await fake.advance(10_000);
  stop(900);
  await fake.advance(2_000);
  expect(told, "less than a second is nothing").toEqual([]);
  stop(3_200);
  await fake.advance(2_000);
  expect(told).toEqual([expect.stringMatching(/stood still for 3\.2 s.*Give way/)]);
  stop(2_000);
  await fake.advance(2_000);
  stop(7_000);
  await fake.advance(2_000);
  stop(1_500);
  await fake.advance(2_000);
  expect(told).toHaveLength(1);
  await fake.advance(60_000);
  expect(told[1]).toMatch(/stood still for 7\.0 s/);
  await fake.advance(120_000);
  expect(told).toHaveLength(2);
  end();
  expect(fake.waiting).toBe(0);
});
