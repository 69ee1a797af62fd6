/**
 * Handlers that heed no signal outlive their attempts. What they use they still use: each keeps its slot until it really
 * ends, so that `concurrency` stays the bound it is meant to be; but not for ever.
 */
import type { Clock } from "../core/clock.js";

export interface Stragglers {
  /** Slots they keep. */
  readonly count: number;
  /** `ended` settles, either way, when the handler does. */
  add(jobId: string, ended: Promise<unknown>): void;
  /** No timer stays, and nobody is told any more. */
  stop(): void;
}

export interface StragglersOptions {
  readonly clock: Clock;
  /** A handler that runs on for longer than this loses its slot as well. */
  readonly patienceMs: number;
  readonly onFree: () => void;
  readonly onTrouble: (error: unknown, jobId: string) => void;
}

export function createStragglers({ clock, patienceMs, onFree, onTrouble }: StragglersOptions): Stragglers {
  const timers = new Set<() => void>();
  let stopped = false;

  const stragglers = {
    count: 0,
    add: (jobId: string, ended: Promise<unknown>): void => {
      stragglers.count++;
      let kept = true;
      const free = (): void => {
        if (!kept) return;
        kept = false;
        stragglers.count--;
        disarm();
        timers.delete(disarm);
        if (!stopped) onFree();
      };
      const disarm = stopped
        ? () => {}
        : clock.after(patienceMs, () => {
            const problem = `The handler still runs ${patienceMs} ms after its attempt ended; its slot is used again.`;
            onTrouble(new Error(problem), jobId);
            free();
          });
      timers.add(disarm);
      ended.then(free, free);
    },
    stop: (): void => {
      stopped = true;
      for (const disarm of timers) disarm();
      timers.clear();
    },
  };
  return stragglers;
}
