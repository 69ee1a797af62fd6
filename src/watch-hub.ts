/**
 * Wakes whoever waits for a job to change. All waiters of a process share one subscription to the store's hints; a hint
 * is never the truth, so each waiter reads again, and looks by itself now and then in case a hint was lost.
 */
import type { Clock } from "./core/clock.js";
import type { Store } from "./core/store.js";

export interface WatchHub {
  /**
   * Begins to listen for changes of one job. Subscribe first, read afterwards: then nothing falls between.
   *
   * @param what  "end": that an attempt began is no news
   */
  listen(jobId: string, what: "any" | "end"): Listening;
}
export interface Listening {
  /**
   * Resolves when the job may have changed since the last call of `next` (also when that was before this call), after
   * `ms` milliseconds, or when `signal` aborts. Never rejects.
   *
   * @returns whether it may have changed
   */
  next(ms: number, signal?: AbortSignal): Promise<boolean>;
  end(): void;
}

interface Waiter {
  readonly what: "any" | "end";
  changed: boolean;
  wake: (() => void) | null;
}

export function createWatchHub(store: Store, clock: Clock): WatchHub {
  const waiters = new Map<string, Set<Waiter>>();
  let unsubscribe: (() => void) | null = null;

  const wake = (jobId: string, began: boolean): void => {
    for (const waiter of waiters.get(jobId) ?? []) {
      if (began && waiter.what === "end") continue;
      waiter.changed = true;
      waiter.wake?.();
    }
  };
  const add = (jobId: string, waiter: Waiter): void => {
    const same = waiters.get(jobId);
    if (same === undefined) waiters.set(jobId, new Set([waiter]));
    else same.add(waiter);
    unsubscribe ??= store.subscribe(({ jobs, began = false }) => {
      for (const id of jobs === "any" ? [...waiters.keys()] : jobs) wake(id, began);
    }, "known");
  };
  const remove = (jobId: string, waiter: Waiter): void => {
    const same = waiters.get(jobId);
    same?.delete(waiter);
    if (same?.size === 0) waiters.delete(jobId);
    if (waiters.size > 0) return;
    unsubscribe?.();
    unsubscribe = null;
  };

  return {
    listen: (jobId, what) => {
      const waiter: Waiter = { what, changed: false, wake: null };
      add(jobId, waiter);
      return {
        next: (ms, signal) =>
          new Promise((resolve) => {
            const done = (): void => {
              cancel();
              signal?.removeEventListener("abort", done);
              const { changed } = waiter;
              waiter.wake = null;
              waiter.changed = false;
              resolve(changed);
            };
            const cancel = clock.after(ms, done, { keepAlive: true });
            waiter.wake = done;
            signal?.addEventListener("abort", done, { once: true });
            if (waiter.changed || signal?.aborted) done();
          }),
        end: () => remove(jobId, waiter),
      };
    },
  };
}
