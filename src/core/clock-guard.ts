/**
 * Notices when the wall clock jumps. Leases and expiries are instants of the wall clock, so a jump forward would take
 * every running job from its worker at once. At each sweep the wall clock's step is compared with the monotonic one; when
 * they differ by more than a second, rescue and expiry pause for one lease: time enough for every living worker to renew.
 * Leases that other processes gave may be longer than any this one knows of; `leaseClock` tells when those are over.
 * Pure: the store hands in both readings.
 */

/** How far the two clocks may drift apart between two sweeps. */
export const CLOCK_TOLERANCE_MS = 1_000;
/** The pause when no lease is known to be running. */
export const DEFAULT_PAUSE_MS = 30_000;

/** Two readings of a clock, in ms, taken together. */
export interface ClockReading {
  readonly wall: number;
  readonly monotonic: number;
  /** How far apart the two may have been taken, when the wall clock is somewhere else; default 0. */
  readonly withinMs?: number;
}

/** How leases from before a jump forward are read: over when they end before `wall - aheadMs`. */
export interface LeaseClock {
  /** The wall clock when the jump was noticed: a lease that ends by then was given before it. */
  readonly jumpedTo: number;
  /** How far the wall clock is ahead of the one that gave them. */
  readonly aheadMs: number;
}

export class ClockGuard {
  #last: ClockReading | null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #lease: { ms: number; at: number } | null = null;
  #jumped: LeaseClock | null = null;

  /** @param start  null when nobody knows yet: then the first reading is the start */
  constructor(start: ClockReading | null) {
    this.#last = start;
  }

  /** How to read leases from before the last jump forward; null once they all are over. To be asked after `isPaused`. */
  get leaseClock(): LeaseClock | null {
    return this.#jumped;
  }

  /**
   * Remembers that a lease was given or renewed. The longest that may still run decides how long a pause lasts. It looks at
   * the clock as well: a jump there and one back, both before the next sweep, would else be missed, and with them that a
   * lease was given in between. Not where that would be a question to somebody else's clock.
   */
  leased(leaseMs: number, reading: ClockReading | Pick<ClockReading, "monotonic">): void {
    if ("wall" in reading) this.#notice(reading);
    const { monotonic } = reading;
    const longest = this.#lease;
    if (longest === null || leaseMs >= longest.ms || monotonic - longest.at > longest.ms) {
      this.#lease = { ms: leaseMs, at: monotonic };
    }
  }

  /** To be asked at each sweep: true while nothing may be rescued or expired. */
  isPaused(reading: ClockReading): boolean {
    this.#notice(reading);
    if (this.#jumped !== null && reading.wall - this.#jumped.aheadMs > this.#jumped.jumpedTo) this.#jumped = null;
    return reading.monotonic < this.#pausedUntil;
  }

  #notice(reading: ClockReading): void {
    const last = this.#last ?? reading;
    const drift = reading.wall - last.wall - (reading.monotonic - last.monotonic);
    this.#last = reading;
    if (Math.abs(drift) <= CLOCK_TOLERANCE_MS + (reading.withinMs ?? 0) + (last.withinMs ?? 0)) return;
    // Several jumps add up; one back takes back what went forward before.
    const aheadMs = (this.#jumped?.aheadMs ?? 0) + drift;
    this.#jumped = aheadMs > CLOCK_TOLERANCE_MS ? { jumpedTo: reading.wall, aheadMs } : null;
    const running = this.#lease !== null && reading.monotonic - this.#lease.at <= this.#lease.ms;
    this.#pausedUntil = reading.monotonic + (running && this.#lease ? this.#lease.ms : DEFAULT_PAUSE_MS);
  }
}
