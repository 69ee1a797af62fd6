/**
 * Group commit. Writes that arrive in one tick, or while the event loop is being yielded to, become one transaction with
 * one flush to the disk; nobody is answered before it. A lone write leaves at the end of its own tick, and so does the one
 * that follows it, for a while: a caller who waits for each answer need not wait for the event loop too. When a group
 * fails, nothing of it has happened, so each write is tried again in a transaction of its own: a bad one fails alone.
 */
import type { Clock } from "../../core/clock.js";
import { WaymarkError } from "../../core/errors.js";
import { soon } from "../../core/soon.js";
import { isPromise } from "../../core/standard-schema.js";
import type { Connection } from "./connection.js";
import { isBusy, typed } from "./failures.js";
import { type Disk, type OnDisk, strictest } from "./on-disk.js";
import { runStep } from "./step.js";
import { type Touched, type Transaction, touchedNothing } from "./transaction.js";
import { whenFree } from "./when-free.js";

/** Rows of one transaction, more or less: a longer one would hold up the event loop and other processes. */
export const MAX_ROWS = 1_000;
/** Lone writes of one row that may follow each other before the event loop must turn: a few ms, whatever the disk. */
const MAX_LONE = 32;

/** A call that writes: one step of it, for all its items. */
export interface Call<Item, Answer> {
  readonly items: readonly Item[];
  /** About how many rows it writes, to keep transactions short. */
  readonly rows: number;
  /** When it must be on disk. */
  readonly onDisk: OnDisk;
  /**
   * Answers each item, in order. Runs inside a transaction, perhaps twice, so it keeps what it learns in `touched` alone.
   * Calls of the same function that follow each other become one: many items cost less together.
   */
  readonly work: (tx: Transaction, items: readonly Item[]) => Answer[];
  /** Does the work where it is one statement, which is a transaction by itself; null where it is not. */
  readonly alone?: ((tx: Transaction, items: readonly Item[]) => Answer[] | null) | undefined;
}

interface Waiting {
  readonly call: Call<unknown, unknown>;
  readonly resolve: (answers: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface WriteQueueOptions {
  readonly connection: Connection;
  readonly disk: Disk;
  readonly clock: Clock;
  /** How long a write waits for the lock, in ms. */
  readonly busyMs: number;
  /** Told after each commit what it changed, and whether SQLite flushed within it; must not throw. */
  readonly committed: (touched: Touched, flushed: boolean) => void;
}

export class WriteQueue {
  readonly #connection: Connection;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #busyMs: number;
  readonly #committed: WriteQueueOptions["committed"];
  #waiting: Waiting[] = [];
  #running = false;
  #lone = 0;
  #mustTurn = false;
  #turning = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor({ connection, disk, clock, busyMs, committed }: WriteQueueOptions) {
    this.#connection = connection;
    this.#disk = disk;
    this.#clock = clock;
    this.#busyMs = busyMs;
    this.#committed = committed;
  }

  add<Item, Answer>(call: Call<Item, Answer>): Promise<Answer[]> {
    return new Promise((resolve, reject) => this.#add({ call: call as Call<unknown, unknown>, resolve, reject }));
  }

  /** A call with one answer. */
  addOne<Answer>(call: Call<null, Answer>): Promise<Answer> {
    return new Promise((resolveOne, reject) => {
      const resolve = ([answer]: [Answer]): void => resolveOne(answer);
      this.#add({ call: call as Call<unknown, unknown>, resolve, reject });
    });
  }

  #add(waiting: Waiting): void {
    if (this.#closed) return waiting.reject(new WaymarkError("closed"));
    this.#waiting.push(waiting);
    if (!this.#running) this.#start();
  }

  /** Takes no more, and waits for what is there. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#disk.close();
  }

  #start(): void {
    this.#running = true;
    // By way of the event loop after a group, or after many lone writes: a chain of writes cannot starve everything else.
    if (this.#mustTurn) setImmediate(this.#writeNext);
    else soon(this.#writeNext);
  }

  /** Where nobody holds the lock, it is written and answered at once: no promise but those of the callers. */
  readonly #writeNext = (): void => {
    const group = this.#take();
    const written = this.#write(group);
    if (written === null) this.#goOn(group);
    else void written.then(() => this.#goOn(group));
  };

  #goOn(group: readonly Waiting[]): void {
    this.#noteTurnOwed(group);
    if (this.#waiting.length > 0) return this.#start();
    this.#running = false;
    if (this.#idle.length > 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Decides whether the event loop must turn before the next transaction. */
  #noteTurnOwed(group: readonly Waiting[]): void {
    if (!isLone(group) || ++this.#lone >= MAX_LONE) this.#mustTurn = true;
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(this.#turned);
  }

  readonly #turned = (): void => {
    // Only now: a handler that begins on one of the answers does not wait for a timer to be made.
    this.#disk.flushSoon();
    this.#turning = false;
    this.#mustTurn = false;
    this.#lone = 0;
  };

  #take(): Waiting[] {
    const all = this.#waiting;
    let rows = 0;
    let count = 0;
    for (; count < all.length; count++) {
      rows += all[count]!.call.rows;
      if (count > 0 && rows > MAX_ROWS) break;
    }
    this.#waiting = count === all.length ? [] : all.slice(count);
    return count === all.length ? all : all.slice(0, count);
  }

  /** @returns  what to wait for before the next group, where somebody else holds the lock or the group failed */
  #write(group: readonly Waiting[]): Promise<void> | null {
    const onDisk = group.length === 1 ? group[0]!.call.onDisk : strictest(group.map(({ call }) => call.onDisk));
    try {
      const answers = whenFree(this.#busyMs, () => this.#transact(group, onDisk));
      if (!isPromise(answers)) return this.#answer(group, onDisk, answers);
      return Promise.resolve(answers).then(
        (ready) => void this.#answer(group, onDisk, ready),
        (error: unknown) => this.#failed(group, error),
      );
    } catch (error) {
      return this.#failed(group, error);
    }
  }

  #answer(group: readonly Waiting[], onDisk: OnDisk, answers: readonly unknown[][]): null {
    const flushed = this.#disk.committed(onDisk, isLone(group));
    // The next group is written meanwhile.
    if (flushed === null) tell(group, answers);
    else
      flushed.then(
        () => tell(group, answers),
        (cause: unknown) => refuse(group, cause),
      );
    return null;
  }

  async #failed(group: readonly Waiting[], error: unknown): Promise<void> {
    if (group.length > 1 && !isBusy(error)) {
      for (const waiting of group) await this.#write([waiting]);
    } else {
      for (const { reject } of group) reject(typed(error));
    }
  }

  /** All in one turn of the event loop: nobody reads on this connection between begin and commit. */
  #transact(group: readonly Waiting[], onDisk: OnDisk): unknown[][] {
    const connection = this.#connection;
    const touched = touchedNothing();
    const answers: unknown[][] = [];
    this.#disk.prepare(onDisk);
    const { alone, items } = group[0]!.call;
    if (group.length === 1 && alone !== undefined) {
      const answer = alone({ connection, touched, now: this.#clock.now() }, items);
      if (answer !== null) {
        this.#committed(touched, this.#disk.flushesInside);
        return [answer];
      }
    }
    connection.run("begin immediate");
    try {
      for (const calls of alike(group)) {
        answers.push(...runTogether({ connection, touched, now: this.#clock.now() }, calls));
      }
      connection.run("commit");
    } catch (error) {
      rollBack(connection);
      throw error;
    }
    connection.lanes.add(touched.lanes);
    this.#committed(touched, this.#disk.flushesInside);
    return answers;
  }
}

function isLone(group: readonly Waiting[]): boolean {
  return group.length === 1 && group[0]!.call.rows === 1;
}

/** Calls of the same function that follow each other. */
function alike(group: readonly Waiting[]): (readonly Waiting[])[] {
  if (group.length === 1) return [group];
  const parts: Waiting[][] = [];
  for (const waiting of group) {
    const last = parts.at(-1);
    if (last?.[0]?.call.work === waiting.call.work) last.push(waiting);
    else parts.push([waiting]);
  }
  return parts;
}

/** @returns the answers of each call */
function runTogether(tx: Transaction, calls: readonly Waiting[]): unknown[][] {
  const { work, items } = calls[0]!.call;
  if (calls.length === 1) return [runStep(tx, () => work(tx, items))];
  const all = calls.flatMap(({ call }) => call.items);
  const answers = runStep(tx, () => work(tx, all));
  let from = 0;
  return calls.map(({ call }) => answers.slice(from, (from += call.items.length)));
}

function tell(group: readonly Waiting[], answers: readonly unknown[][]): void {
  for (let i = 0; i < group.length; i++) group[i]!.resolve(answers[i] as never);
}

/** Written, but perhaps not on disk: what a caller may be told of it is nothing. */
function refuse(group: readonly Waiting[], cause: unknown): void {
  const error = new WaymarkError("store_unavailable", { problem: "writing to the disk failed" }, { cause });
  for (const { reject } of group) reject(error);
}

function rollBack(connection: Connection): void {
  try {
    connection.run("rollback");
  } catch {
    // A full disk may have rolled it back already.
  }
}
