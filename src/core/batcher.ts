/** Turns many small calls into few large ones, each caller waiting for its own answer: see lots.ts for when they leave. */
import { createLots } from "./lots.js";

export interface BatcherOptions<T, R> {
  /** Does the work for all items; answers in the same order. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>;
  /** Items of one call at most. */
  readonly maxItems: number;
  /** Calls under way at once. Default 1. */
  readonly inFlight?: number;
  /** Items that are worth a call of their own while another is under way. Default: all go together. */
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
}

/** What waits for the next call: one item of a caller, or many that share one fate. */
interface Entry<T, R> {
  /** How many items it adds. */
  readonly size: number;
  addTo(items: T[]): void;
  /** Told once, either this or `reject`. @param from  where among the answers its own begin */
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

  const send = async (batch: readonly Entry<T, R>[]): Promise<void> => {
    const items: T[] = [];
    batch.forEach((entry) => {
      entry.addTo(items);
    });
    let answers: readonly R[];
    try {
      answers = await run(items);
    } catch (error) {
      if (batch.length > 1 && splitOnError(error)) {
        for (const entry of batch) await send([entry]);
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

  const wait = createLots<Entry<T, R>>({ send, sizeOf: ({ size }) => size, maxItems, inFlight, share });
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
  return Object.assign(one, { many });
}
