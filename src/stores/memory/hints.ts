/**
 * Tells listeners what changed, after the call that changed it. What changes in one tick is one hint: where a hundred
 * callers enqueue at once, a hint for each would cost more than the job.
 */
import type { Hint } from "../../core/store.js";

interface Next {
  waiting: boolean;
  jobs: string[] | "any";
}

export class Hints {
  readonly #listeners = new Set<(hint: Hint) => void>();
  /** What is told next; null when nothing waits to be told. */
  #next: Next | null = null;

  subscribe(listener: (hint: Hint) => void): () => void {
    // Its own function, so that one listener given twice is two subscriptions.
    const own = (hint: Hint): void => listener(hint);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** One job has changed. */
  add(jobId: string, waiting: boolean): void {
    if (this.#listeners.size === 0) return;
    const next = this.#next ?? this.#open();
    next.waiting ||= waiting;
    if (next.jobs !== "any") next.jobs.push(jobId);
  }

  /** Many have; nothing is told of none. */
  tell(jobs: Hint["jobs"], waiting: boolean): void {
    if (this.#listeners.size === 0 || jobs.length === 0) return;
    const next = this.#next ?? this.#open();
    next.waiting ||= waiting;
    if (jobs === "any") next.jobs = "any";
    else if (next.jobs !== "any") next.jobs = next.jobs.concat(jobs);
  }

  /** Nobody is told any more. */
  close(): void {
    this.#listeners.clear();
  }

  #open(): Next {
    queueMicrotask(() => this.#flush());
    this.#next = { waiting: false, jobs: [] };
    return this.#next;
  }

  #flush(): void {
    const hint = this.#next;
    this.#next = null;
    if (hint === null) return;
    for (const listener of [...this.#listeners]) {
      // What a listener throws is its own affair. One may have been taken away by another.
      try {
        if (this.#listeners.has(listener)) listener(hint);
      } catch {}
    }
  }
}
