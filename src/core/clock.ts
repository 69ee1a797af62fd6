/**
 * The only door to time and chance. Production passes `systemClock`; tests pass a `FakeClock` and turn it, so that no
 * test sleeps and one seed replays a disaster.
 */

export interface Clock {
  /** Wall-clock time, in milliseconds since 1970-01-01T00:00:00Z. It may jump. */
  now(): number;
  /** Milliseconds since some fixed point; never goes backwards. Durations are measured with it. */
  monotonic(): number;
  /**
   * Calls `run` once, `ms` milliseconds from now (at least 0). The returned function takes the call back.
   * A waiting timer keeps the process alive only when asked to: background work must not, a caller's wait must.
   */
  after(ms: number, run: () => void, options?: { readonly keepAlive?: boolean }): () => void;
  /**
   * Calls `run` once, in a coming turn of the event loop, behind the I/O and the timers that are ready by then: long work
   * is cut at such calls so that nobody else starves. The returned function takes the call back. It keeps the process alive.
   */
  turn(run: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
}

interface Immediates {
  readonly setImmediate: (run: () => void) => unknown;
  readonly clearImmediate: (immediate: unknown) => void;
}

/** The longest delay a Node timer can hold: 2^31 − 1 ms. Longer ones fire at once, so they are cut and re-armed. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Asked for once: in Node the global is a getter. */
const time = globalThis.performance;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => time.now(),
  random: () => Math.random(),
  turn(run) {
    const { setImmediate, clearImmediate } = globalThis as Partial<Immediates>;
    // Browsers have none; a timer of 0 ms is the next best.
    if (!setImmediate || !clearImmediate) return systemClock.after(0, run, { keepAlive: true });
    const turn = setImmediate(run);
    return () => clearImmediate(turn);
  },
  after(ms, run, { keepAlive = false } = {}) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (left: number): void => {
      const part = Math.min(Math.max(0, left), LONGEST_TIMER_MS);
      timer = setTimeout(() => (left > part ? arm(left - part) : run()), part);
      // A browser's timer is a number and keeps nothing alive.
      if (!keepAlive) (timer as { unref?: () => void }).unref?.();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` milliseconds, or at once when `signal` aborts. Never rejects. Keeps the process alive. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done, { keepAlive: true });
    signal?.addEventListener("abort", done, { once: true });
  });
}
