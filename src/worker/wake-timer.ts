/** When to look for work next although no hint came. Asked anew all the time, so setting it later again costs nothing. */
import type { Clock } from "../core/clock.js";

export interface WakeTimer {
  /** Calls `run` in `ms` milliseconds from now instead of whenever it was to be called. */
  in(ms: number): void;
  /** Calls it in `ms` milliseconds from now if it was to be called later than that. */
  within(ms: number): void;
  stop(): void;
}

export function createWakeTimer(clock: Clock, run: () => void): WakeTimer {
  let dueAt = 0;
  /** What the clock was asked for: `dueAt` or earlier. */
  let ringsAt = Number.POSITIVE_INFINITY;
  let disarm: (() => void) | null = null;
  let stopped = false;

  const arm = (): void => {
    ringsAt = dueAt;
    disarm = clock.after(dueAt - clock.monotonic(), ring, { keepAlive: true });
  };
  const ring = (): void => {
    disarm = null;
    ringsAt = Number.POSITIVE_INFINITY;
    if (clock.monotonic() < dueAt) arm();
    else run();
  };

  const callIn = (ms: number): void => {
    dueAt = clock.monotonic() + ms;
    if (stopped || dueAt >= ringsAt) return;
    disarm?.();
    arm();
  };

  return {
    in: callIn,
    within: (ms) => {
      if (disarm === null || dueAt > clock.monotonic() + ms) callIn(ms);
    },
    stop: () => {
      stopped = true;
      disarm?.();
    },
  };
}
