/**
 * The numbers of jobs, which are the keys of their rows. A usual job (no key, no expiry, no priority, due at once) stands in
 * line as it came: it gets the next number of its lane, and that is its turn. An index of the line would say the same, and
 * cost each lone enqueue one more page of the log. All others have numbers below those of all lanes.
 *
 * Turns go by time, then by id. So a job may stand as it came only behind the last one that came, by time and id; when a
 * clock was set back, or two processes made ids in one millisecond, it stands in the index. Either way it has its right turn.
 */
import type { NewJob } from "../../core/store.js";
import { laneOf } from "./lanes.js";
import { isUsual } from "./new-jobs.js";
import { END_OF_LANE, NEXT_NUMBER, NUMBERS_OF_LANE } from "./sql/lanes.js";
import type { Transaction } from "./transaction.js";

/** The numbers of later lanes would be too large for JavaScript; their jobs stand in the index. */
const LAST_LANE = (Number.MAX_SAFE_INTEGER + 1) / NUMBERS_OF_LANE - 1;

/** The lane in which the job may stand as it came, if nobody there has a later turn; else null. */
export function laneToStandIn(tx: Transaction, job: NewJob): number | null {
  if (!isUsual(job, tx.now)) return null;
  const lane = laneOf(tx, job);
  return lane <= LAST_LANE ? lane : null;
}

export function standsAsItCame(number: number): boolean {
  return number >= NUMBERS_OF_LANE;
}

interface End {
  next: number;
  /** Null while nobody stands there. */
  created_at: number | null;
  job_id: string | null;
}

/** Numbers for jobs that are inserted together; good until something else is inserted. */
export class Numbers {
  readonly #tx: Transaction;
  readonly #ends = new Map<number, End>();
  #other: number | null = null;

  constructor(tx: Transaction) {
    this.#tx = tx;
  }

  next(job: NewJob): number {
    const lane = laneToStandIn(this.#tx, job);
    return (lane === null ? null : this.#nextOfLane(lane, job.jobId)) ?? this.#nextOther();
  }

  #nextOfLane(lane: number, jobId: string): number | null {
    const { connection, now } = this.#tx;
    let end = this.#ends.get(lane);
    if (end === undefined) {
      end = connection.get<End>(END_OF_LANE, { lane })!;
      this.#ends.set(lane, end);
    }
    const { created_at: lastAt, job_id: lastId } = end;
    if (lastAt !== null && (lastAt > now || (lastAt === now && lastId! >= jobId))) return null;
    end.created_at = now;
    end.job_id = jobId;
    return end.next++;
  }

  #nextOther(): number {
    this.#other ??= this.#tx.connection.get<{ next: number }>(NEXT_NUMBER)!.next;
    return this.#other++;
  }
}
