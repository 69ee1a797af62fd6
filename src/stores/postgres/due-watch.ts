/**
 * When a waiting job of the store next becomes due, as far as this process knows, so that the statement that lets due jobs
 * into the line runs only when there may be one. Being wrong costs a little time, never a job: each claim sees for itself.
 */
import type { Clock } from "../../core/clock.js";

/** Other processes schedule jobs too: what is known is trusted this long. */
const TRUST_MS = 1_000;

export class DueWatch {
  readonly #clock: Clock;
  #next = Number.NEGATIVE_INFINITY;
  #looked = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A job becomes due in this many ms. */
  note(inMs: number): void {
    this.#next = Math.min(this.#next, this.#clock.monotonic() + inMs);
  }

  /** The server was asked: the next job becomes due in this many ms, or none is known. */
  looked(inMs: number | null): void {
    const now = this.#clock.monotonic();
    this.#looked = now;
    this.#next = inMs === null ? Number.POSITIVE_INFINITY : now + inMs;
  }

  /** @param busy  whether the last claim took all it wanted, so that nobody has looked further down the line */
  mayBeDue(busy: boolean): boolean {
    const now = this.#clock.monotonic();
    return now >= this.#next || (busy && now - this.#looked >= TRUST_MS);
  }
}
