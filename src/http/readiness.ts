/** Whether this process can do its work: the store answers, and every loop turns: claim, heartbeat, sweep. */
import type { Clock } from "../core/clock.js";
import type { Waymark } from "../waymark.js";

const PATIENCE_MS = 2_000;
/** A look-up by key, of a job that never is. */
const NOBODY = "00000000-0000-7000-8000-000000000000";

/** @returns what is wrong; empty when ready */
export async function whatIsWrong(waymark: Waymark): Promise<string[]> {
  const answered = within(waymark.clock, waymark.store.read({ jobIds: [NOBODY], view: "status" }));
  const wrong = (await answered) ? [] : ["the store does not answer"];
  return [...wrong, ...waymark.stalledLoops.map((loop) => `the ${loop} loop has stalled`)];
}

/** Whether it resolves in time. */
function within(clock: Clock, asked: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const disarm = clock.after(PATIENCE_MS, () => resolve(false));
    const answer = (good: boolean) => (): void => {
      disarm();
      resolve(good);
    };
    asked.then(answer(true), answer(false));
  });
}
