/**
 * How many jobs a worker holds ready beyond its free slots. Few claims of many jobs are far cheaper than many claims of
 * few, but a job that waits here while another worker is idle waits in the wrong place: so no more are held than, at the
 * rate of the last second, end in a few hundredths of one. Slow jobs are not hoarded at all.
 */
import type { Clock } from "../core/clock.js";

export interface Prefetch {
  /** Jobs to hold ready now, beyond those that have a slot. */
  size(): number;
  /** The worker has taken jobs: from now on it is busy, if it was not before. */
  took(): void;
  /** An attempt has ended. */
  ended(): void;
  /** What went before says nothing of what comes: the worker was idle, or jobs turned out to be slow. */
  forget(): void;
  /** What has waited ready for longer than this, in ms, is given back for others to take; null = never. */
  readonly patienceMs: number | null;
}

/** How long a job held ready may be expected to wait for its turn, in ms. */
const WAIT_MS = 50;
/** Held at most: as the next claim is asked for when half of them have begun, twice what one statement should carry. */
const MOST = 2_000;
/** The rate is that of the window under way and the one before it. */
const WINDOW_MS = 500;
/** A few endings right after the first claim say little. */
const LEAST_MS = 5;
/** Jobs that turned out slower than those before them. */
const PATIENCE_MS = 1_000;

/** As many as the options say, for as long as it takes. */
export function fixedPrefetch(count: number): Prefetch {
  return { size: () => count, took: () => {}, ended: () => {}, forget: () => {}, patienceMs: null };
}

export function adaptivePrefetch(clock: Clock): Prefetch {
  /** When the window under way began; null while the worker has nothing to do: idle time is nobody's rate. */
  let windowAt: number | null = null;
  let count = 0;
  let before = { count: 0, ms: 0 };

  /** @returns ms since the window under way began */
  const roll = (): number => {
    const now = clock.monotonic();
    const ms = now - (windowAt ?? now);
    if (ms < WINDOW_MS) return ms;
    before = ms < 2 * WINDOW_MS ? { count, ms } : { count: 0, ms: WINDOW_MS };
    windowAt = now;
    count = 0;
    return 0;
  };

  return {
    patienceMs: PATIENCE_MS,
    size: () => {
      if (windowAt === null) return 0;
      const ms = roll();
      return Math.min(MOST, Math.floor(((before.count + count) * WAIT_MS) / Math.max(LEAST_MS, before.ms + ms)));
    },
    took: () => {
      windowAt ??= clock.monotonic();
    },
    // For every job: how long the window has been is looked at when the rate is asked for.
    ended: () => {
      count++;
    },
    forget: () => {
      windowAt = null;
      count = 0;
      before = { count: 0, ms: 0 };
    },
  };
}
