/**
 * Notices that the event loop stood still: a timer that rings late says by how much. Leases survive it (their heartbeats
 * come from a thread), but nothing else does: no claim, no progress, no answer to anybody; so somebody should know.
 */
import type { Clock } from "../core/clock.js";

const EVERY_MS = 1_000;
/** Standing still for longer than this is told. */
const LAG_MS = 1_000;
/** At most one report in this time; it tells of the longest stop since the last one. */
const QUIET_MS = 60_000;

/** @returns a function that ends the watch */
export function watchLoop(clock: Clock, onLag: (error: Error) => void): () => void {
  let worst = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let disarm = (): void => {};

  const arm = (): void => {
    const dueAt = clock.monotonic() + EVERY_MS;
    disarm = clock.after(EVERY_MS, () => {
      const now = clock.monotonic();
      worst = Math.max(worst, now - dueAt);
      if (worst > LAG_MS && now - toldAt >= QUIET_MS) {
        onLag(new Error(sentence(worst)));
        worst = 0;
        toldAt = now;
      }
      arm();
    });
  };
  arm();
  return () => disarm();
}

function sentence(ms: number): string {
  const seconds = (ms / 1_000).toFixed(1);
  return `The event loop stood still for ${seconds} s: some code computed without a pause, or the machine had no time for this process. Give way in long loops (await a setImmediate now and then), or compute in a worker thread.`;
}
