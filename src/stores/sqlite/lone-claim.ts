/**
 * A usual job that comes alone into idle lanes: it is looked for where such jobs stand as they came (numbers.ts), and lanes,
 * turns and times are left aside. That is right as long as nobody else may have the better turn: nobody stands in the index
 * of the line, nobody with it in these lanes, and nothing that a look at the lanes knew of has come due since. Each such claim
 * follows a look at the lanes, and asks for another one soon: who came due or joined a new lane meanwhile waits no longer.
 */
import type { Claim, ClaimRequest } from "../../core/store.js";
import { type CandidateRow, claimedJob } from "./rows.js";
import { CLAIM_ONE, FIRST_AS_THEY_CAME } from "./sql/claim.js";
import { COUNT_FIRST_OF_LANE } from "./sql/lanes.js";
import type { Transaction } from "./transaction.js";

/** Each of them is a statement; where there are more, the lanes are looked at with one. */
const MOST_LANES = 4;
/** The lanes are to be looked at within so many ms. */
const LANES_IN_MS = 20;

interface IdleLane {
  readonly lane: number;
  readonly queue: string;
}
interface LookAtLanes extends Pick<ClaimRequest, "kinds" | "queues"> {
  readonly lanes: readonly IdleLane[];
  /** When something comes due that the look knew of; epoch ms. */
  readonly nextRunAt: number | null;
}

/** Of one connection. */
export class LoneClaims {
  #last: LookAtLanes | null = null;

  /** A claim has looked at its lanes, and left nothing in them that is due. */
  looked({ kinds, queues }: ClaimRequest, lanes: readonly IdleLane[], nextRunAt: number | null): void {
    this.#last = lanes.length > MOST_LANES ? null : { kinds, queues, lanes, nextRunAt };
  }

  /** @returns  null when the lanes must be looked at */
  claim(tx: Transaction, request: ClaimRequest): Claim | null {
    const { connection, now, touched } = tx;
    const last = this.#last;
    this.#last = null;
    // Were there room for one only, whatever comes due this very moment might have the better right to it.
    if (last === null || last.kinds !== request.kinds || last.queues !== request.queues || request.limit < 2)
      return null;
    if (last.nextRunAt !== null && last.nextRunAt <= now) return null;
    let alone: { readonly lane: number; readonly job: CandidateRow } | null = null;
    for (const { lane, queue } of last.lanes) {
      const [job, another] = connection.all<CandidateRow>(FIRST_AS_THEY_CAME, { lane, queue });
      if (job === undefined) continue;
      if (alone !== null || another !== undefined) return null;
      alone = { lane, job };
    }
    if (alone === null) return null;
    const { lane, job } = alone;
    const leaseExpiresAt = now + Math.round(request.leaseMs);
    connection.run(CLAIM_ONE, { now, workerId: request.workerId, leaseExpiresAt, id: job.id });
    connection.run(COUNT_FIRST_OF_LANE, { lane, front: job.id + 1 });
    touched.jobs.add(job.job_id);
    return { jobs: [claimedJob(job, now, leaseExpiresAt)], nextDueInMs: LANES_IN_MS };
  }
}
