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

/** Those attempts of a claim that have one fence: most claims have one such share, which says all about their jobs. */
interface Share {
  readonly claim: OpenClaim;
  readonly fence: number;
}

interface Attempt {
  readonly jobId: string;
  readonly fence: number;
}

export class ClaimLog {
  readonly #shareOf = new Map<string, Share>();
  #over: string[] = [];

  /** @param id  as the server told it; null when nothing was taken */
  note(id: string | null, jobs: readonly Attempt[]): void {
    if (id === null || this.#shareOf.size + jobs.length > MOST_JOBS) return;
    const claim: OpenClaim = { id, left: jobs.length };
    let share: Share = { claim, fence: jobs[0]?.fence ?? 0 };
    for (const { jobId, fence } of jobs) {
      if (share.fence !== fence) share = { claim, fence };
      this.#shareOf.set(jobId, share);
    }
  }

  /** The store has recorded the end of an attempt. By then the job may have been claimed again: only the fence tells. */
  ended({ jobId, fence }: Attempt): void {
    const share = this.#shareOf.get(jobId);
    if (share?.fence !== fence) return;
    this.#shareOf.delete(jobId);
    share.claim.left--;
    if (share.claim.left === 0) this.#over.push(share.claim.id);
  }

  /** The claims that are over since this was last asked. */
  takeOver(): string[] {
    const over = this.#over;
    this.#over = [];
    return over;
  }
}
