/**
 * When a commit must be on disk. A power failure ends every process on the machine, so it matters what of a commit anybody
 * else can have heard of by then:
 *   beforeSeen      endings, and what people decide: nobody sees them before they are on disk. SQLite flushes inside the
 *                   commit (`synchronous = FULL`).
 *   beforeAnswered  new jobs: others see them at once, and may begin them; the caller hears of them once they are on disk.
 *                   What retention removes as well: after a power failure it is there again, and goes again.
 *   soon            claims: what is lost is the lease of a worker that the power failure has taken as well. The job waits
 *                   again, as after any crash, and whatever is written after the claim brings the claim to disk with it.
 *                   What was learned of durations as well: what is lost of it is not missed.
 * A log is written in order, so that each flush brings what went before it, too.
 */
import type { Clock } from "../../core/clock.js";
import type { Connection } from "./connection.js";
import type { LogFlush } from "./log-flush.js";

export type OnDisk = "beforeSeen" | "beforeAnswered" | "soon";
type Synchronous = "FULL" | "NORMAL";

/** A claim is on disk after so many ms at the latest, so that its fence is hardly ever given twice. */
const SOON_MS = 5;
/** With "NORMAL", the log is flushed after so many commits. SQLite copies it back after 400 of lone jobs or so. */
const AHEAD_COMMITS = 100;

export interface DiskOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** "NORMAL": no commit waits for the disk, but for those in which SQLite copies the log back. */
  readonly synchronous: Synchronous;
  /** Null when the log cannot be flushed beside SQLite, which then does it by itself. */
  readonly flush: LogFlush | null;
}

export class Disk {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #waits: boolean;
  #flush: LogFlush | null;
  /** As the connection is set. */
  #mode: Synchronous;
  #under = new Set<Promise<void>>();
  /** Something was committed `soon`, and no flush was asked for since. */
  #owesFlush = false;
  #soon: (() => void) | null = null;
  /** Commits since the log was last flushed ahead of SQLite. */
  #behind = 0;

  constructor({ connection, clock, synchronous, flush }: DiskOptions) {
    this.#connection = connection;
    this.#clock = clock;
    this.#waits = synchronous === "FULL";
    this.#mode = synchronous;
    this.#flush = flush;
  }

  /** Whether commits flush as the connection is set now. */
  get flushesInside(): boolean {
    return this.#mode === "FULL";
  }

  /** Before a transaction begins: how its commit flushes. */
  prepare(onDisk: OnDisk): void {
    if (!this.#waits) return;
    const mode = onDisk === "beforeSeen" || this.#flush === null ? "FULL" : "NORMAL";
    if (mode === this.#mode) return;
    this.#connection.database.exec(`pragma synchronous = ${mode}`);
    this.#mode = mode;
  }

  /**
   * After a commit that was prepared.
   *
   * @param isLone  there is nothing else to do meanwhile
   * @returns  what to wait for before anybody is answered; null = nothing
   */
  committed(onDisk: OnDisk, isLone: boolean): Promise<void> | null {
    if (!this.#waits) {
      this.#flushAhead();
      return null;
    }
    if (this.#mode === "FULL") this.#forgetSoon();
    if (this.#mode === "FULL" || this.#flush === null) return null;
    if (onDisk === "soon") {
      this.#owesFlush = true;
      return null;
    }
    this.#forgetSoon();
    return isLone ? this.#now(this.#flush) : this.#later(this.#flush);
  }

  /** Sees to what was committed `soon`; to be called once those who wait for answers have them. */
  flushSoon(): void {
    if (!this.#owesFlush || this.#soon !== null) return;
    this.#soon = this.#clock.after(SOON_MS, () => {
      this.#soon = null;
      this.#owesFlush = false;
      // What could not be flushed is told to the next one who waits for it.
      this.#flush?.done().catch(() => this.#giveUp());
    });
  }

  /** Waits for the flushes that are under way. */
  async close(): Promise<void> {
    this.#forgetSoon();
    await Promise.allSettled(this.#under);
    this.#flush?.close();
    this.#flush = null;
  }

  /**
   * Before SQLite copies the log back, it flushes it, within some commit and on this thread. What has come to disk on another
   * thread by then it need not wait for.
   */
  #flushAhead(): void {
    if (this.#flush === null || ++this.#behind < AHEAD_COMMITS || this.#under.size > 0) return;
    this.#behind = 0;
    void this.#later(this.#flush);
  }

  #now(flush: LogFlush): Promise<void> | null {
    try {
      flush.now();
      return null;
    } catch (error) {
      this.#giveUp();
      return Promise.reject(error);
    }
  }

  #later(flush: LogFlush): Promise<void> {
    const done = flush.done();
    this.#under.add(done);
    done.then(
      () => this.#under.delete(done),
      () => {
        this.#under.delete(done);
        this.#giveUp();
      },
    );
    return done;
  }

  /** What failed once is not tried again in this way: from now on, SQLite flushes in every commit. */
  #giveUp(): void {
    this.#flush?.close();
    this.#flush = null;
  }

  #forgetSoon(): void {
    this.#owesFlush = false;
    this.#soon?.();
    this.#soon = null;
  }
}

const STRICTEST: readonly OnDisk[] = ["beforeSeen", "beforeAnswered", "soon"];

/** What a transaction of several writes has to keep to. */
export function strictest(of: Iterable<OnDisk>): OnDisk {
  const asked = new Set(of);
  return STRICTEST.find((each) => asked.has(each)) ?? "beforeSeen";
}
