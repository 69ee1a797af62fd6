/** Who is woken by what changes: whoever waits for a job's end sleeps on while it merely begins. */
import { expect, it } from "vitest";
import type { Hint, Store } from "../src/core/store.js";
import { FakeClock } from "../src/testing/fake-clock.js";
import { createWatchHub } from "../src/watch-hub.js";

function hubWith(clock: FakeClock) {
  let tell: (hint: Hint) => void = () => {};
  const store = { subscribe: (listener: (hint: Hint) => void) => ((tell = listener), () => {}) } as unknown as Store;
  const hub = createWatchHub(store, clock);
  return { hub, tell: (hint: Hint) => tell(hint) };
}

it("B7 an attempt that begins wakes who watches the job, and its end who waits for that", async () => {
  const clock = new FakeClock();
  const { hub, tell } = hubWith(clock);
  const [watcher, waiter] = [hub.listen("a", "any"), hub.listen("a", "end")];
  const woken: string[] = [];
  void watcher.next(1_000).then((changed) => woken.push(`watcher ${changed}`));
  void waiter.next(1_000).then((changed) => woken.push(`waiter ${changed}`));
  tell({ waiting: false, jobs: ["a"], began: true });
  await clock.settle();
  expect(woken).toEqual(["watcher true"]);
  tell({ waiting: false, jobs: "any" });
  await clock.settle();
  expect(woken).toEqual(["watcher true", "waiter true"]);
  watcher.end();
  waiter.end();
});

it("a wait that nothing ended says so", async () => {
  const clock = new FakeClock();
  const { hub } = hubWith(clock);
  const waiter = hub.listen("a", "end");
  const waited = waiter.next(10);
  await clock.advance(10);
  expect(await waited).toBe(false);
  waiter.end();
});
