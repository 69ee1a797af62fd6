/**
 * Jobs that were heard of a moment ago, and neither wait nor merely began: most of them have ended, and whoever awaited one
 * reads it now. Being wrong costs one statement more.
 */
import type { Hint } from "../../core/store.js";

/** News of more jobs than this are not of jobs that somebody awaits one by one, and remembering all would cost each. */
const FEW = 10;
const MOST_JOBS = 1_000;

export class LikelyEnded {
  readonly #jobs = new Set<string>();

  /** To be told everything that listeners are, before they are. */
  heard({ waiting, jobs, began = false }: Hint): void {
    if (waiting || began || jobs === "any" || jobs.length > FEW) return;
    if (this.#jobs.size >= MOST_JOBS) this.#jobs.clear();
    for (const jobId of jobs) this.#jobs.add(jobId);
  }

  has(jobId: string): boolean {
    return this.#jobs.has(jobId);
  }

  /** One was found waiting. */
  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }
}
