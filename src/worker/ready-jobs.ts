/** Jobs that a worker holds and has not begun, in the order in which it will. */
import type { Attempt } from "./attempt.js";

export class ReadyJobs {
  #jobs: readonly Attempt[] = [];
  /** Those before it have begun. */
  #next = 0;
  #half = 0;

  get count(): number {
    return this.#jobs.length - this.#next;
  }

  /** The one that has been ready the longest. */
  get first(): Attempt | undefined {
    return this.#jobs[this.#next];
  }

  /** Half of what was ready when jobs were last added has just been shifted. */
  get isHalf(): boolean {
    return this.#next === this.#half;
  }

  add(taken: readonly Attempt[]): void {
    this.#jobs = this.count === 0 ? taken : [...this.#jobs.slice(this.#next), ...taken];
    this.#next = 0;
    this.#half = Math.ceil(this.#jobs.length / 2);
  }

  /** The first, which is to begin now; there must be one. */
  shift(): Attempt {
    return this.#jobs[this.#next++]!;
  }

  /** All of them, which are then no longer ready. */
  takeAll(): readonly Attempt[] {
    const all = this.#jobs.slice(this.#next);
    this.#jobs = [];
    this.#next = 0;
    return all;
  }
}
