/**
 * Leaves others their turns. This store answers without the event loop, so callers who enqueue one job after the other
 * would keep timers, sockets and workers of their process waiting for as long as they go on. Once in some hundred
 * jobs all of them are answered in the next turn. What they then wait for together is worked off while it is small and
 * young: it is cheaper so than in larger lots.
 */
import type { Clock } from "../../core/clock.js";

/** About two milliseconds of them. */
const JOBS_A_TURN = 250;

export class Turns {
  readonly #clock: Clock;
  #jobs = 0;
  #next: Promise<void> | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns what to wait for before the answer, or null when it is still early */
  took(jobs: number): Promise<void> | null {
    this.#jobs += jobs;
    if (this.#jobs >= JOBS_A_TURN)
      this.#next ??= new Promise((resolve) => this.#clock.turn(() => this.#begin(resolve)));
    return this.#next;
  }

  #begin(answer: () => void): void {
    this.#jobs = 0;
    this.#next = null;
    answer();
  }
}
