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
   * Items that are worth a call of their own: with twice as many, and several calls free, each takes a share, so that one
   * is worked on there while another is here; what is less than two shares goes together. Default: all go together.
   */
  readonly share?: number;
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
  /** The same without a promise, for callers of whom there are very many. */
  add(entry: Entry<T, R>): void;
}

/** What waits for the next call: one item of a caller, or many that share one fate. */
export interface Entry<T, R> {
  /** How many items it adds. */
  readonly size: number;
  addTo(items: T[]): void;
  /** Told once, either this or `reject`; neither may throw. @param from  where among the answers its own begin */
  resolve(answers: readonly R[], from: number): void;
  reject(error: unknown): void;
}

/** Told once: either the answer, or why there is none. */
interface Caller<R> {
  resolve(answer: R): void;
  reject(error: unknown): void;
}

class One<T, R> implements Entry<T, R> {
  readonly size = 1;
  readonly #item: T;
  readonly #caller: Caller<R>;

  constructor(item: T, caller: Caller<R>) {
    this.#item = item;
    this.#caller = caller;
  }
  addTo(items: T[]): void {
    items.push(this.#item);
  }
  resolve(answers: readonly R[], from: number): void {
    this.#caller.resolve(answers[from] as R);
  }
  reject(error: unknown): void {
    this.#caller.reject(error);
  }
}

class Many<T, R> implements Entry<T, R> {
  readonly size: number;
  readonly #items: readonly T[];
  readonly #caller: Caller<R[]>;

  constructor(items: readonly T[], caller: Caller<R[]>) {
    this.size = items.length;
    this.#items = items;
    this.#caller = caller;
  }
  addTo(items: T[]): void {
    for (const item of this.#items) items.push(item);
  }
  resolve(answers: readonly R[], from: number): void {
    this.#caller.resolve(answers.slice(from, from + this.size));
  }
  reject(error: unknown): void {
    this.#caller.reject(error);
  }
}

export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { run, maxItems, inFlight = 1, share = maxItems, splitOnError = () => false } = options;
  let waiting: Entry<T, R>[] = [];
  let running = 0;
  let scheduled = false;

  const depart = (): void => {
    scheduled = false;
    while (running < inFlight && waiting.length > 0) void flush(take());
  };
  const schedule = (): void => {
    if (scheduled || running >= inFlight || waiting.length === 0) return;
    scheduled = true;
    queueMicrotask(depart);
  };

  const take = (): Entry<T, R>[] => {
    const most = shareOf(waiting);
    let size = 0;
    let count = 0;
    for (; count < waiting.length; count++) {
      const next = waiting[count]!.size;
      if (count > 0 && size + next > most) break;
      size += next;
    }
    const batch = count === waiting.length ? waiting : waiting.slice(0, count);
    waiting = count === waiting.length ? [] : waiting.slice(count);
    return batch;
  };

  /** How many items the next call takes at most. */
  const shareOf = (entries: readonly Entry<T, R>[]): number => {
    if (share >= maxItems || inFlight === 1) return maxItems;
    let size = 0;
    for (const entry of entries) size += entry.size;
    const calls = Math.max(1, Math.min(inFlight - running, Math.floor(size / share)));
    return Math.min(maxItems, Math.ceil(size / calls));
  };

  const flush = async (batch: readonly Entry<T, R>[]): Promise<void> => {
    running++;
    await answer(batch);
    running--;
    schedule();
  };

  const answer = async (batch: readonly Entry<T, R>[]): Promise<void> => {
    const items: T[] = [];
    batch.forEach((entry) => {
      entry.addTo(items);
    });
    let answers: readonly R[];
    try {
      answers = await run(items);
    } catch (error) {
      if (batch.length > 1 && splitOnError(error)) {
        for (const entry of batch) await answer([entry]);
      } else {
        for (const entry of batch) entry.reject(error);
      }
      return;
    }
    let from = 0;
    batch.forEach((entry) => {
      entry.resolve(answers, from);
      from += entry.size;
    });
  };

  const wait = (entry: Entry<T, R>): void => {
    waiting.push(entry);
    schedule();
  };
  const one = (item: T): Promise<R> => new Promise((resolve, reject) => wait(new One<T, R>(item, { resolve, reject })));
  const call = (items: readonly T[]): Promise<R[]> =>
    new Promise((resolve, reject) => wait(new Many<T, R>(items, { resolve, reject })));

  const many = async (items: readonly T[]): Promise<R[]> => {
    if (items.length === 0) return [];
    if (items.length <= maxItems) return call(items);
    const parts: Promise<R[]>[] = [];
    for (let start = 0; start < items.length; start += maxItems) parts.push(call(items.slice(start, start + maxItems)));
    return (await Promise.all(parts)).flat();
  };
  return Object.assign(one, { many, add: wait });
}
