/**
 * Leaves others their turns. This store answers without the event loop, so callers who enqueue one job after the other
 * would keep timers, sockets and workers of their process waiting for as long as they go on. Once in a thousand jobs
 * all of them are answered in the next turn.
 */
import type { Clock } from "../../core/clock.js";

/** About ten milliseconds of them. */
const JOBS_A_TURN = 1_000;

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
