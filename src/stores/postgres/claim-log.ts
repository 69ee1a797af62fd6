/**
 * The claims of this store whose jobs have not all ended. The server keeps a row for each claim, for the sweep to find jobs
 * whose holder was never heard from; once every job of a claim has ended here, the next claim takes that row away with it.
 * What is forgotten here (a process that ends, jobs that others ended) the sweep clears up when the leases are over.
 */

/** Jobs to remember at most. */
const MOST_JOBS = 100_000;

interface OpenClaim {
  readonly id: string;
  left: number;
}

interface Attempt {
  readonly jobId: string;
  readonly fence: number;
}

export class ClaimLog {
  readonly #claimOf = new Map<string, { readonly claim: OpenClaim; readonly fence: number }>();
  #over: string[] = [];

  /** @param id  as the server told it; null when nothing was taken */
  note(id: string | null, jobs: readonly Attempt[]): void {
    if (id === null || this.#claimOf.size + jobs.length > MOST_JOBS) return;
    const claim: OpenClaim = { id, left: jobs.length };
    for (const { jobId, fence } of jobs) this.#claimOf.set(jobId, { claim, fence });
  }

  /** The store has recorded the end of an attempt. By then the job may have been claimed again: only the fence tells. */
  ended({ jobId, fence }: Attempt): void {
    const open = this.#claimOf.get(jobId);
    if (open?.fence !== fence) return;
    this.#claimOf.delete(jobId);
    open.claim.left--;
    if (open.claim.left === 0) this.#over.push(open.claim.id);
  }

  /** The claims that are over since this was last asked. */
  takeOver(): string[] {
    const over = this.#over;
    this.#over = [];
    return over;
  }
}
