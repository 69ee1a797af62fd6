/**
 * The claims of this store whose jobs have not all ended. The server keeps a row for each lane and priority of a claim,
 * for the sweep to find jobs whose holder was never heard from; once every job of a claim has ended here, the next claim takes
 * its rows away with it.
 * What is forgotten here (a process that ends, jobs that others ended) the sweep clears up when the leases are over.
 */

/** Jobs to remember at most. */
const MOST_JOBS = 100_000;

interface OpenClaim {
  /** Of its rows, as the server told them. */
  readonly ids: string;
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

  /** @param ids  as the server told them; null when nothing was taken */
  note(ids: string | null, jobs: readonly Attempt[]): void {
    if (ids === null || this.#shareOf.size + jobs.length > MOST_JOBS) return;
    const claim: OpenClaim = { ids, left: jobs.length };
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
    if (share.claim.left === 0) this.#over.push(share.claim.ids);
  }

  /** Of the claims that are over since this was last asked. */
  takeOver(): string[] {
    const over = this.#over;
    this.#over = [];
    return over;
  }
}
