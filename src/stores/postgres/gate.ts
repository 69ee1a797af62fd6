/**
 * Keeps one connection of a pool free for what must not wait: heartbeats and endings. All else shares the others, and
 * queues here instead of in the pool; an enqueue that a lock of somebody's holds up must not cost a worker its leases.
 */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param connections  of the whole pool; with a single one, nothing can be kept free */
  constructor(connections: number) {
    this.#free = Math.max(1, connections - 1);
  }

  /** Runs `work` as soon as it may have a connection. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
