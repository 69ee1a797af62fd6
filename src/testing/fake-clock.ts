/**
 * A clock that a test turns by hand: no test sleeps, and one seed replays a run. Timers fire in the order of their due
 * times, and between two of them the promises of the program are given real turns to settle.
 */
import type { Clock } from "../core/clock.js";

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** How many turns of the event loop the program gets to settle between two timers, after the last it asked for itself. */
const TURNS = 4;
/** A program that asks for turns for ever is not waited for for ever. */
const MOST_TURNS = 100_000;

export class FakeClock implements Clock {
  /** What the wall clock is ahead of the monotonic one. Kept as a difference, so that fractions of timers never add up. */
  #ahead: number;
  #monotonic = 0;
  #timers = new Map<number, Timer>();
  #order = 0;
  #turns = 0;
  #seed: number;

  /**
   * @param start  wall-clock time at first: epoch ms or an ISO text; default 2030-01-01T00:00:00Z
   * @param seed   of `random()`; default 1
   */
  constructor(start: number | string = "2030-01-01T00:00:00.000Z", seed = 1) {
    this.#ahead = typeof start === "string" ? Date.parse(start) : start;
    this.#seed = seed >>> 0;
  }

  now(): number {
    return Math.floor(this.#ahead + this.#monotonic);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Timers follow the monotonic clock, as real ones do: a jump of the wall clock does not fire them. */
  after(ms: number, run: () => void): () => void {
    const order = this.#order++;
    this.#timers.set(order, { due: this.#monotonic + Math.max(0, ms), order, run });
    return () => void this.#timers.delete(order);
  }

  /** A real turn: it takes no time of this clock. */
  turn(run: () => void): () => void {
    let waits = true;
    this.#turns++;
    const leave = (): boolean => {
      if (!waits) return false;
      waits = false;
      this.#turns--;
      return true;
    };
    setImmediate(() => {
      if (leave()) run();
    });
    return () => void leave();
  }

  /** mulberry32: small, seeded and good enough for tests. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let mixed = this.#seed;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Timers that wait. A test may assert that none was left behind. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets both clocks run for `ms` milliseconds, firing what becomes due, in order, each at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next.order);
      this.#moveTo(Math.max(next.due, this.#monotonic));
      next.run();
      await this.settle();
    }
    this.#moveTo(end);
    await this.settle();
  }

  /** Moves the wall clock alone, as a person or a time server would; `ms` may be negative. */
  jump(ms: number): void {
    this.#ahead += ms;
  }

  /** Gives the program some turns of the event loop, so that promises and I/O that are ready get through. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; quiet < TURNS && turn < MOST_TURNS; turn++) {
      quiet = this.#turns > 0 ? 0 : quiet + 1;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #next(end: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.due > end) continue;
      if (best === undefined || timer.due < best.due || (timer.due === best.due && timer.order < best.order))
        best = timer;
    }
    return best;
  }

  #moveTo(monotonic: number): void {
    this.#monotonic = monotonic;
  }
}
