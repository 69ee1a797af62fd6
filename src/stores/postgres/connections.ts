/**
 * Connections of the store's own pool. What was used once is kept out of the pool: for each query, pg's pool starts and stops
 * three timers, puts it off to the next tick, and ends the connection after any error, with all the plans that it has.
 * The pool still decides how many there may be, and makes them.
 */
import { type Clock, systemClock } from "../../core/clock.js";
import { leavesConnectionFit } from "./failures.js";
import type { PgClient, PgPool } from "./pg-types.js";

/** A connection that is out of the pool. */
interface Line {
  readonly client: PgClient;
  /** Without a listener, a connection that breaks would end the process. */
  readonly onError: () => void;
  isBroken: boolean;
  /** When it was last used, by the monotonic clock. */
  usedAt: number;
}

export class Connections {
  readonly #pool: PgPool;
  readonly #idleMs: number;
  readonly #clock: Clock;
  /** Those that nobody uses. The last used is used first, so that the others can become idle. */
  readonly #kept: Line[] = [];
  /** Requests that wait for the pool. */
  #asking = 0;
  #cancelTimer: (() => void) | null = null;
  #closed = false;

  /** @param idleMs  how long a connection that nobody uses stays open */
  constructor(pool: PgPool, idleMs: number, clock: Clock = systemClock) {
    this.#pool = pool;
    this.#idleMs = idleMs;
    this.#clock = clock;
  }

  /** Lends one for as long as `work` takes. */
  async use<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    const line = this.#takeKept() ?? (await this.#ask());
    try {
      const done = await work(line.client);
      this.#keep(line);
      return done;
    } catch (error) {
      if (leavesConnectionFit(error)) this.#keep(line);
      else this.#giveBack(line, true);
      throw error;
    }
  }

  /** Waits for whoever is at work. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    for (const line of this.#kept.splice(0)) this.#giveBack(line, true);
    await this.#pool.end();
  }

  #takeKept(): Line | undefined {
    const line = this.#kept.pop();
    line?.client.ref?.();
    return line;
  }

  async #ask(): Promise<Line> {
    this.#asking++;
    try {
      const client = await this.#pool.connect();
      const line: Line = { client, onError: () => this.#broke(line), isBroken: false, usedAt: 0 };
      client.on("error", line.onError);
      return line;
    } finally {
      this.#asking--;
    }
  }

  #keep(line: Line): void {
    // Whoever waits for the pool was there first, and it may have no room for another.
    if (line.isBroken || this.#closed || this.#asking > 0) return this.#giveBack(line, line.isBroken);
    // An idle store does not keep the process alive.
    line.client.unref?.();
    line.usedAt = this.#clock.monotonic();
    this.#kept.push(line);
    this.#cancelTimer ??= this.#clock.after(this.#idleMs, () => this.#endIdle());
  }

  #endIdle(): void {
    this.#cancelTimer = null;
    const before = this.#clock.monotonic() - this.#idleMs;
    while (this.#kept[0] !== undefined && this.#kept[0].usedAt <= before) this.#giveBack(this.#kept.shift()!, true);
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    this.#cancelTimer = this.#clock.after(Math.ceil(oldest.usedAt - before), () => this.#endIdle());
  }

  /** Whoever uses it is told by their query. */
  #broke(line: Line): void {
    line.isBroken = true;
    const at = this.#kept.indexOf(line);
    if (at >= 0) this.#giveBack(this.#kept.splice(at, 1)[0]!, true);
  }

  #giveBack({ client, onError }: Line, ends: boolean): void {
    client.release(ends);
    // The pool listens again by now.
    client.off("error", onError);
  }
}
