/**
 * Group commit. Writes that arrive in one tick, or while the event loop is being yielded to, become one transaction with
 * one flush to the disk; nobody is answered before it. A lone write leaves at the end of its own tick, and so does the one
 * that follows it, for a while: a caller who waits for each answer need not wait for the event loop too. When a group fails, nothing of it has happened, so each write is tried again in a transaction of its own: a bad one fails alone.
 */
import { WaymarkError } from "../../core/errors.js";
import type { Connection } from "./connection.js";
import { isBusy, typed } from "./failures.js";
import { type Touched, touchedNothing } from "./transaction.js";

/** Rows of one transaction, more or less: a longer one would hold up the event loop and other processes. */
export const MAX_ROWS = 1_000;
/** Lone writes of one row that may follow each other before the event loop must turn: a few ms, whatever the disk. */
const MAX_LONE = 32;
/** How long one try waits for the lock inside SQLite, which stops the event loop meanwhile. */
export const BUSY_SLICE_MS = 10;

/** One step of writing. It runs inside a transaction, perhaps twice, so it keeps what it learns in `touched` alone. */
export type Write<T> = (connection: Connection, touched: Touched) => T;

interface Waiting {
  readonly write: Write<unknown>;
  readonly rows: number;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  readonly #connection: Connection;
  readonly #busyMs: number;
  readonly #committed: (touched: Touched) => void;
  #waiting: Waiting[] = [];
  #running = false;
  #lone = 0;
  #mustTurn = false;
  #turning = false;
  #closed = false;
  #idle: (() => void)[] = [];

  /**
   * @param busyMs     how long a write waits for the lock
   * @param committed  told after each commit what it changed; must not throw
   */
  constructor(connection: Connection, busyMs: number, committed: (touched: Touched) => void) {
    this.#connection = connection;
    this.#busyMs = busyMs;
    this.#committed = committed;
  }

  /** @param rows  about how many rows it writes, to keep transactions short */
  add<T>(rows: number, write: Write<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new WaymarkError("closed"));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ write, rows, resolve, reject });
      if (!this.#running) this.#start();
    });
  }

  /** Takes no more, and waits for what is there. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    this.#running = true;
    // By way of the event loop after a group, or after many lone writes: a chain of writes cannot starve everything else.
    if (this.#mustTurn) setImmediate(() => void this.#drain());
    else queueMicrotask(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#take();
      await this.#flush(group);
      this.#noteTurnOwed(group);
      // The answers' continuations run now, and may add writes to the next group.
      if (this.#mustTurn) await turn();
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Decides whether the event loop must turn before the next transaction. */
  #noteTurnOwed(group: readonly Waiting[]): void {
    const isLone = group.length === 1 && group[0]!.rows === 1;
    if (!isLone || ++this.#lone >= MAX_LONE) this.#mustTurn = true;
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      this.#mustTurn = false;
      this.#lone = 0;
    });
  }

  #take(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count > 0 && rows + waiting.rows > MAX_ROWS) break;
      rows += waiting.rows;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #flush(group: readonly Waiting[]): Promise<void> {
    try {
      const answers = await whenFree(this.#busyMs, () => this.#transact(group));
      for (const [i, { resolve }] of group.entries()) resolve(answers[i] as never);
    } catch (error) {
      if (group.length > 1 && !isBusy(error)) {
        for (const waiting of group) await this.#flush([waiting]);
      } else {
        for (const { reject } of group) reject(typed(error));
      }
    }
  }

  /** All in one turn of the event loop: nobody reads on this connection between begin and commit. */
  #transact(group: readonly Waiting[]): unknown[] {
    const connection = this.#connection;
    const touched = touchedNothing();
    let answers: unknown[];
    connection.run("begin immediate");
    try {
      answers = group.map(({ write }) => write(connection, touched));
      connection.run("commit");
    } catch (error) {
      rollBack(connection);
      throw error;
    }
    this.#committed(touched);
    return answers;
  }
}

/**
 * Runs `step`, again and again while another connection holds the lock. Each try waits a little inside SQLite, and the
 * event loop turns between them.
 *
 * @param busyMs  about how long to go on
 */
export async function whenFree<T>(busyMs: number, step: () => T): Promise<T> {
  const tries = Math.max(1, Math.ceil(busyMs / BUSY_SLICE_MS));
  for (let tried = 1; ; tried++) {
    try {
      return step();
    } catch (error) {
      if (!isBusy(error) || tried >= tries) throw error;
    }
    await turn();
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.run("rollback");
  } catch {
    // A full disk may have rolled it back already.
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
