/** T4: what a worker gets next, and recorded jobs that an outside runner has begun. */
import type { Claim, ClaimRequest, StartAnswer, StartRequest } from "../../core/store.js";
import { countInLanes } from "./lanes.js";
import { Line } from "./line.js";
import type { LoneClaims } from "./lone-claim.js";
import { claimedJob } from "./rows.js";
import { BRING_DUE_INTO_LINE, CLAIM, LANES_TO_CLAIM, NEXT_RUN_AT, START, STATUS_OF } from "./sql/claim.js";
import { PASS_NUMBERS } from "./sql/lanes.js";
import type { Transaction } from "./transaction.js";
import { MAX_ROWS } from "./write-queue.js";

interface LaneRow {
  readonly lane: number;
  readonly queue: string;
  readonly kind: string;
  readonly in_line: number;
  readonly as_they_came: number;
  readonly has_numbers: number;
  readonly next_run_at: number | null;
}

/**
 * @returns "more" when so many jobs came due at once, or stood in line without a free slot, that moving them was work
 *   enough for one transaction
 */
export function claim(tx: Transaction, request: ClaimRequest, lone: LoneClaims): Claim | "more" {
  const alone = lone.claim(tx, request);
  if (alone !== null) return alone;
  const { connection, now, touched } = tx;
  const lanes = connection.all<LaneRow>(LANES_TO_CLAIM, {
    kinds: JSON.stringify(request.kinds),
    queues: request.queues === null ? null : JSON.stringify(request.queues),
  });
  const leaseExpiresAt = now + Math.round(request.leaseMs);
  const line = new Line(tx, {
    limit: request.limit,
    claim: (jobs) => {
      const ids = JSON.stringify(jobs.map(({ id }) => id));
      const claimed = connection.run(CLAIM, { now, workerId: request.workerId, leaseExpiresAt, ids });
      countInLanes(
        tx,
        jobs.filter(({ fence }) => fence === 0),
        1,
        ({ place, id }) => (place === 6 ? id + 1 : 0),
      );
      if (claimed !== jobs.length) throw new Error(`Of ${jobs.length} jobs in line, ${claimed} could be claimed.`);
    },
  });
  let nextRunAt: number | null = null;
  let room = MAX_ROWS;
  for (const { lane, queue, kind, in_line, as_they_came, has_numbers, next_run_at } of lanes) {
    if (as_they_came === 1) line.joinAsTheyCame(lane);
    // They ended without being claimed: no later claim shall walk past them again.
    else if (has_numbers === 1) connection.run(PASS_NUMBERS, { lane });
    let later = next_run_at;
    if (later !== null && later <= now) {
      room -= connection.run(BRING_DUE_INTO_LINE, { queue, kind, now, limit: room });
      if (room <= 0) return "more";
      later = connection.get<{ next_run_at: number | null }>(NEXT_RUN_AT, { queue, kind })?.next_run_at ?? null;
      line.join(queue, kind);
    } else if (in_line === 1) {
      line.join(queue, kind);
    }
    if (later !== null && (nextRunAt === null || later < nextRunAt)) nextRunAt = later;
  }

  const { taken, more } = line.take();
  if (line.tired && taken.length === 0) return "more";
  for (const { job_id } of taken) touched.jobs.add(job_id);
  const jobs = taken.map((job) => claimedJob(job, now, leaseExpiresAt));
  const nextDueInMs = more || line.tired ? 0 : nextRunAt === null ? null : Math.max(0, nextRunAt - now);
  if (nextDueInMs !== 0) lone.looked(request, lanes, nextRunAt);
  return { jobs, nextDueInMs };
}

/** A recorded job starts when its runner says so: neither its run time nor pauses, limits or expiry hold it back. */
export function start(tx: Transaction, request: StartRequest): StartAnswer {
  const { connection, now, touched } = tx;
  const { jobId, workerId, leaseMs, startKnown } = request;
  const row = connection.get<StartedRow>(START, {
    jobId,
    workerId,
    now,
    leaseExpiresAt: now + Math.round(leaseMs),
    startKnown: startKnown ? 1 : 0,
  });
  if (row !== undefined) {
    touched.jobs.add(jobId);
    if (row.fence === 1) countInLanes(tx, [row], 1);
    return { answer: "started", fence: row.fence, attempt: row.attempt, maxAttempts: row.max_attempts };
  }
  const found = connection.get<{ status: ClaimStatus }>(STATUS_OF, { jobId });
  return found === undefined ? { answer: "notFound" } : { answer: "illegal", status: found.status };
}
interface StartedRow {
  readonly kind: string;
  readonly queue: string;
  readonly fence: number;
  readonly attempt: number;
  readonly max_attempts: number;
}
type ClaimStatus = Extract<StartAnswer, { answer: "illegal" }>["status"];
