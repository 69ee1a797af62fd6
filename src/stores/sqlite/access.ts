/**
 * How the steps of the store get at the file: writes by way of the group commit, long lists in parts, reads in a snapshot.
 */
import type { Clock } from "../../core/clock.js";
import { WaymarkError } from "../../core/errors.js";
import { isPromise } from "../../core/standard-schema.js";
import type { Connection } from "./connection.js";
import { typed } from "./failures.js";
import type { Disk, OnDisk } from "./on-disk.js";
import type { Touched, Transaction } from "./transaction.js";
import { whenFree } from "./when-free.js";
import { type Call, MAX_ROWS, WriteQueue } from "./write-queue.js";

/** For what is written once, and not for each of a list. */
const NO_ITEM = [null] as const;

export interface AccessOptions {
  readonly connection: Connection;
  readonly disk: Disk;
  readonly clock: Clock;
  /** How long a call waits for the lock, in ms. */
  readonly busyMs: number;
  /** Told after each commit what it changed, and whether SQLite flushed within it; must not throw. */
  readonly committed: (touched: Touched, flushed: boolean) => void;
}

export class Access {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #busyMs: number;
  readonly #writes: WriteQueue;
  #open = true;

  constructor({ connection, disk, clock, busyMs, committed }: AccessOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#busyMs = busyMs;
    this.#writes = new WriteQueue({ connection, disk, clock, busyMs, committed });
  }

  assertOpen(): void {
    if (!this.#open) throw new WaymarkError("closed");
  }

  /** Takes no more, finishes what is there, and lets go of the file. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#writes.close();
    this.#connection.database.close();
  }

  /** Several statements of one snapshot, whatever other processes write meanwhile. */
  look<T>(work: (connection: Connection, now: number) => T): Promise<T> {
    const connection = this.#connection;
    return this.glance((_, now) => {
      connection.run("begin");
      try {
        return work(connection, now);
      } finally {
        connection.run("commit");
      }
    });
  }

  /** For a read of one statement, which is a snapshot by itself. */
  async glance<T>(work: (connection: Connection, now: number) => T): Promise<T> {
    this.assertOpen();
    try {
      const found = whenFree(this.#busyMs, () => work(this.#connection, this.#clock.now()));
      return isPromise(found) ? await found : found;
    } catch (error) {
      throw typed(error);
    }
  }

  /**
   * @param rows    about how many rows it writes
   * @param onDisk  when it must be on disk
   */
  write<T>(rows: number, work: (tx: Transaction) => T, onDisk: OnDisk = "beforeSeen"): Promise<T> {
    return this.#writes.addOne({ items: NO_ITEM, rows, onDisk, work: (tx) => [work(tx)] });
  }

  each<Item, Answer>(
    items: readonly Item[],
    rowsEach: number,
    work: (tx: Transaction, item: Item) => Answer,
  ): Promise<Answer[]> {
    return this.inParts(items, rowsEach, (tx, part) => part.map((item) => work(tx, item)));
  }

  /** A long list becomes several transactions, so that none holds everybody up. */
  inParts<Item, Answer>(
    items: readonly Item[],
    rowsEach: number,
    work: (tx: Transaction, part: readonly Item[]) => Answer[],
    onDisk: OnDisk = "beforeSeen",
    alone?: Call<Item, Answer>["alone"],
  ): Promise<Answer[]> {
    if (!this.#open) return Promise.reject(new WaymarkError("closed"));
    if (items.length === 0) return Promise.resolve([]);
    const size = Math.floor(MAX_ROWS / rowsEach);
    const write = (part: readonly Item[]): Promise<Answer[]> =>
      this.#writes.add({ items: part, rows: part.length * rowsEach, onDisk, work, alone });
    if (items.length <= size) return write(items);
    const parts: Promise<Answer[]>[] = [];
    for (let from = 0; from < items.length; from += size) parts.push(write(items.slice(from, from + size)));
    return Promise.all(parts).then((answers) => answers.flat());
  }
}

/**
 * Repeats `work` with a bite of the limit each until it has done that much, or less than it might have.
 *
 * @param rowsEach  about how many rows it writes for one of the limit
 */
export async function inBites(limit: number, rowsEach: number, work: (bite: number) => Promise<number>): Promise<void> {
  for (let left = limit; left > 0; ) {
    const bite = Math.min(left, MAX_ROWS / rowsEach);
    if ((await work(bite)) < bite) return;
    left -= bite;
  }
}
