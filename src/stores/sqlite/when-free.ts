/**
 * Waiting for the lock that another connection holds. SQLite's own wait sleeps a millisecond and more, while whoever holds
 * the lock has it for a fraction of one, and two processes at work would sleep past each other's gaps. So SQLite answers
 * at once, and the pauses are here: short ones first, and the event loop turns after each.
 */
import { isBusy } from "./failures.js";

/** Of this thread, in ms; the last one again and again. They stop the event loop, so they stay short. */
const PAUSES_MS: readonly number[] = [0, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.5, 0.5, 1, 1, 2, 5];
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/**
 * Runs `step`, again and again while another connection holds the lock.
 *
 * @param busyMs  about how long to go on
 * @returns  at once where nobody holds it, as nearly always: what follows then need not wait for a promise
 */
export function whenFree<T>(busyMs: number, step: () => T): T | Promise<T> {
  try {
    return step();
  } catch (error) {
    if (!isBusy(error) || busyMs <= 0) throw error;
    return again(busyMs, step);
  }
}

async function again<T>(busyMs: number, step: () => T): Promise<T> {
  let waitedMs = 0;
  for (let tried = 0; ; tried++) {
    const pauseMs = PAUSES_MS[Math.min(tried, PAUSES_MS.length - 1)]!;
    if (pauseMs > 0) Atomics.wait(NOTHING, 0, 0, pauseMs);
    waitedMs += pauseMs;
    await turn();
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyMs) throw error;
    }
  }
}

/** A turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
