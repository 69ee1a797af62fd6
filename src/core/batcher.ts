/**
 * Turns many small calls into few large ones: what is asked for in one tick, or while a call is under way, goes into the
 * next call together. A lone caller waits for nothing (its call leaves at the end of the current microtask), and there
 * is no timer: batches grow by themselves exactly when the store is the slower side.
 */

export interface BatcherOptions<T, R> {
  /** Does the work for all items; answers in the same order. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>;
  /** Items of one call at most. */
  readonly maxItems: number;
  /** Calls under way at once. Default 1. */
  readonly inFlight?: number;
  /**
   * Whether a failed batch is tried again caller by caller, so that one bad item fails one caller. Default: never. Say
   * yes only for errors after which nothing of the batch took effect.
   */
  readonly splitOnError?: (error: unknown) => boolean;
}

export interface Batcher<T, R> {
  (item: T): Promise<R>;
  /** One caller with many items: answers in order; rejects when any part of it failed. */
  many(items: readonly T[]): Promise<R[]>;
}

interface Caller<T, R> {
  readonly items: readonly T[];
  readonly resolve: (answers: R[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { run, maxItems, inFlight = 1, splitOnError = () => false } = options;
  let waiting: Caller<T, R>[] = [];
  let running = 0;
  let scheduled = false;

  const schedule = (): void => {
    if (scheduled || running >= inFlight || waiting.length === 0) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      while (running < inFlight && waiting.length > 0) void flush(take());
    });
  };

  const take = (): Caller<T, R>[] => {
    let size = 0;
    let count = 0;
    for (const caller of waiting) {
      if (count > 0 && size + caller.items.length > maxItems) break;
      size += caller.items.length;
      count++;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };

  const flush = async (callers: readonly Caller<T, R>[]): Promise<void> => {
    running++;
    try {
      await answer(callers);
    } finally {
      running--;
      schedule();
    }
  };

  const answer = async (callers: readonly Caller<T, R>[]): Promise<void> => {
    try {
      const answers = await run(callers.length === 1 ? callers[0]!.items : callers.flatMap((caller) => caller.items));
      let offset = 0;
      for (const { items, resolve } of callers) {
        resolve(answers.slice(offset, offset + items.length));
        offset += items.length;
      }
    } catch (error) {
      if (callers.length > 1 && splitOnError(error)) {
        for (const caller of callers) await answer([caller]);
      } else {
        for (const { reject } of callers) reject(error);
      }
    }
  };

  const call = (items: readonly T[]): Promise<R[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      schedule();
    });

  const many = async (items: readonly T[]): Promise<R[]> => {
    if (items.length === 0) return [];
    if (items.length <= maxItems) return call(items);
    const parts: Promise<R[]>[] = [];
    for (let start = 0; start < items.length; start += maxItems) parts.push(call(items.slice(start, start + maxItems)));
    return (await Promise.all(parts)).flat();
  };

  return Object.assign((item: T) => call([item]).then((answers) => answers[0] as R), { many });
}
