/** T4: what a worker gets next, and recorded jobs that an outside runner has begun. */
import type { Claim, ClaimedJob, ClaimRequest, StartAnswer, StartRequest } from "../../core/store.js";
import { freeSlots, unpark } from "./keys.js";
import { type ClaimedRow, claimedJob } from "./rows.js";
import {
  BRING_DUE_INTO_LINE,
  CLAIM,
  HEAD_OF_LANE,
  LANES_TO_CLAIM,
  NEXT_RUN_AT,
  PARK,
  SET_ASIDE,
  START,
  STATUS_OF,
} from "./sql.js";
import type { Transaction } from "./transaction.js";
import { MAX_ROWS } from "./write-queue.js";

interface LaneRow {
  readonly queue: string;
  readonly kind: string;
  readonly in_line: number;
  readonly next_run_at: number | null;
}
interface Candidate {
  readonly id: number;
  readonly job_id: string;
  readonly priority: number;
  readonly run_at: number;
  readonly expires_at: number | null;
  readonly concurrency_key: string | null;
}

/**
 * @returns "more" when so many jobs came due at once, or stood in line without a free slot, that moving them was work
 *   enough for one transaction
 */
export function claim(tx: Transaction, request: ClaimRequest): Claim | "more" {
  const { connection, now, touched } = tx;
  const lanes = connection.all<LaneRow>(LANES_TO_CLAIM, {
    kinds: JSON.stringify(request.kinds),
    queues: request.queues === null ? null : JSON.stringify(request.queues),
  });
  const line = new Line(tx, request.limit);
  let nextRunAt: number | null = null;
  let room = MAX_ROWS;
  for (const { queue, kind, in_line, next_run_at } of lanes) {
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

  const jobs: ClaimedJob[] = [];
  const holder = { now, workerId: request.workerId, leaseExpiresAt: now + Math.round(request.leaseMs) };
  let next = line.next();
  for (; next !== undefined && jobs.length < request.limit; next = line.next()) {
    const row = connection.get<ClaimedRow>(CLAIM, { ...holder, id: next.id });
    line.take(next);
    if (row === undefined) continue;
    jobs.push(claimedJob(row));
    touched.jobs.add(row.job_id);
  }
  if (line.tired && jobs.length === 0) return "more";
  const nextDueInMs = next !== undefined || line.tired ? 0 : nextRunAt === null ? null : Math.max(0, nextRunAt - now);
  return { jobs, nextDueInMs };
}

/** The lanes of one claim, merged in the order of turns. Reads each lane in small bites and keeps what it peeked at. */
class Line {
  readonly #tx: Transaction;
  readonly #limit: number;
  readonly #lanes: { readonly queue: string; readonly kind: string; head: Candidate[]; whole: boolean }[] = [];
  readonly #free = new Map<string, number>();
  /** Jobs put out of the way so far. */
  #moved = 0;

  constructor(tx: Transaction, limit: number) {
    this.#tx = tx;
    this.#limit = limit;
  }

  join(queue: string, kind: string): void {
    this.#lanes.push({ queue, kind, head: [], whole: false });
  }

  /** So many were put out of the way that another transaction must see to the rest. */
  get tired(): boolean {
    return this.#moved >= MAX_ROWS;
  }

  /** The best job that can be claimed, left where it is; those before it that cannot are put out of the way. */
  next(): Candidate | undefined {
    while (!this.tired) {
      const best = this.#best();
      if (best === undefined || this.#canRun(best)) return best;
      this.#moved++;
      this.#drop(best);
    }
    return undefined;
  }

  /** Takes out the one that `next` gave, which has been claimed. */
  take(candidate: Candidate): void {
    this.#drop(candidate);
    const key = candidate.concurrency_key;
    if (key !== null) this.#free.set(key, this.#freeOf(key) - 1);
  }

  #best(): Candidate | undefined {
    let best: Candidate | undefined;
    for (const lane of this.#lanes) {
      if (lane.head.length === 0 && !lane.whole) {
        const limit = this.#biteSize();
        const { queue, kind } = lane;
        lane.head = this.#tx.connection.all<Candidate>(HEAD_OF_LANE, { queue, kind, limit });
        lane.whole = lane.head.length < limit;
      }
      const head = lane.head[0];
      if (head !== undefined && (best === undefined || byTurn(head, best) < 0)) best = head;
    }
    return best;
  }

  /** One lane gives all that is asked for and the one behind it; many lanes give some each. */
  #biteSize(): number {
    return Math.min(this.#limit + 1, Math.max(4, Math.ceil((2 * this.#limit) / this.#lanes.length)), MAX_ROWS);
  }

  #drop(candidate: Candidate): void {
    for (const { head } of this.#lanes) if (head[0] === candidate) head.shift();
  }

  #canRun({ id, expires_at, concurrency_key: key }: Candidate): boolean {
    if (expires_at !== null && expires_at <= this.#tx.now) {
      this.#tx.connection.run(SET_ASIDE, { id });
      if (key !== null) this.#giveWay(key);
      return false;
    }
    if (key !== null && this.#freeOf(key) <= 0) {
      this.#tx.connection.run(PARK, { id });
      return false;
    }
    return true;
  }

  /** The place in line that one of this key gave up may be another's: look again from the start. */
  #giveWay(key: string): void {
    this.#tx.touched.keys.add(key);
    unpark(this.#tx);
    for (const lane of this.#lanes) {
      lane.head = [];
      lane.whole = false;
    }
  }

  #freeOf(key: string): number {
    let free = this.#free.get(key);
    if (free === undefined) {
      free = freeSlots(this.#tx, key);
      this.#free.set(key, free);
    }
    return free;
  }
}

function byTurn(a: Candidate, b: Candidate): number {
  return a.priority - b.priority || a.run_at - b.run_at || (a.job_id < b.job_id ? -1 : 1);
}

/** A recorded job starts when its runner says so: neither its run time nor pauses, limits or expiry hold it back. */
export function start({ connection, now, touched }: Transaction, request: StartRequest): StartAnswer {
  const { jobId, workerId, leaseMs, startKnown } = request;
  const row = connection.get<{ fence: number; attempt: number; max_attempts: number }>(START, {
    jobId,
    workerId,
    now,
    leaseExpiresAt: now + Math.round(leaseMs),
    startKnown: startKnown ? 1 : 0,
  });
  if (row !== undefined) {
    touched.jobs.add(jobId);
    return { answer: "started", fence: row.fence, attempt: row.attempt, maxAttempts: row.max_attempts };
  }
  const found = connection.get<{ status: ClaimStatus }>(STATUS_OF, { jobId });
  return found === undefined ? { answer: "notFound" } : { answer: "illegal", status: found.status };
}
type ClaimStatus = Extract<StartAnswer, { answer: "illegal" }>["status"];
