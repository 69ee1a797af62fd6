/** T4 in PostgreSQL where a worker has nothing to do and hears of one job: it is taken by its id, in a small statement. */
import type * as contract from "../../core/store.js";
import { plain } from "./arrays.js";
import { claim } from "./claim.js";
import { type Db, isId } from "./db.js";
import type { RawRow } from "./driver.js";
import { keyed } from "./keyed.js";

/**
 * By its id where that may be, or else from the front of the lines: whatever is not as expected is left to that. Where
 * jobs have concurrency keys, a job is likely to have one, which only the lines know how to take.
 */
export async function claimNext(db: Db, request: contract.ClaimRequest): Promise<contract.Claim> {
  const lone = keyed.has(db) ? null : db.lone.next(request);
  const job = lone === null || !isId(lone.jobId) ? null : await takeLone(db, request, lone.jobId);
  if (lone !== null && job !== null) return { jobs: [job], nextDueInMs: lone.nextDueInMs };
  db.lone.looks(request);
  const claimed = await claim(db, request);
  if (claimed.jobs.length < request.limit && claimed.nextDueInMs !== 0) db.lone.foundAll(request, claimed.nextDueInMs);
  return claimed;
}

async function takeLone(
  db: Db,
  { workerId, kinds, queues, leaseMs }: contract.ClaimRequest,
  jobId: string,
): Promise<contract.ClaimedJob | null> {
  const lanes = plain(db.lanes.within(kinds, queues), (laneId) => laneId);
  const params = [db.now(), workerId, lanes, jobId, leaseMs];
  const [row] = await db.driver.runRaw(db.sql.claimLone, params);
  if (row === undefined) return null;
  db.hints.tellSoon({ waiting: false, jobs: [jobId], began: true }, "over");
  db.guard.leased(leaseMs, { monotonic: db.clock.monotonic() });
  return jobOf(db, row);
}

/** The row of `claimLone`: first the instants, which the server computes in floating point, then the counts. */
function jobOf(db: Db, row: RawRow): contract.ClaimedJob {
  const [leaseExpiresAt, startedAt, createdAt, runAt] = row.slice(0, 4).map((cell) => Math.round(Number(cell)));
  const [laneId, fence, generation, attempt, maxAttempts, lostCount] = row.slice(4, 10).map(Number);
  const [jobId, owner, payload, metadata] = row.slice(10);
  return {
    jobId: jobId!,
    ...db.lanes.byId(laneId!),
    owner: owner!,
    fence: fence!,
    generation: generation!,
    attempt: attempt!,
    maxAttempts: maxAttempts!,
    lostCount: lostCount!,
    startedAt: startedAt!,
    createdAt: createdAt!,
    runAt: runAt!,
    payload: payload!,
    metadata: metadata!,
    leaseExpiresAt: leaseExpiresAt!,
  };
}
