/** The memory store's data and its indexes. Every change of a job's status goes through `move`, which keeps them true. */
import type { Clock } from "../../core/clock.js";
import { ClockGuard } from "../../core/clock-guard.js";
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus, isWaitingStatus, type JobStatus, type MoveName } from "../../core/lifecycle.js";
import type { KindFacts, QueueFacts, WorkerRecord } from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import { Lanes } from "./lanes.js";
import { Learned } from "./learned.js";
import { byExpiry, byFinish, byId, byLease, type Row, tombstoneOf } from "./row.js";
import { SortedList } from "./sorted-list.js";

/** What the row of the trail says beyond the job's own facts. */
export interface Remark {
  readonly actor: string;
  readonly reason?: string | null;
  readonly requestId?: string | null;
  readonly error?: TrailEvent["error"];
  readonly startUnknown?: boolean;
}

export class State {
  readonly clock: Clock;
  readonly maxJobs: number;
  readonly guard: ClockGuard;
  readonly jobs: Map<string, Row> = new Map();
  readonly ids: SortedList<Row> = new SortedList(byId);
  readonly lanes: Lanes = new Lanes();
  readonly leases: SortedList<Row> = new SortedList(byLease);
  readonly expiries: SortedList<Row> = new SortedList(byExpiry);
  readonly finished: SortedList<Row> = new SortedList(byFinish);
  /** Live jobs by owner and unique key; all jobs by owner and idempotency key. */
  readonly unique: Map<string, Row> = new Map();
  readonly idempotent: Map<string, Row> = new Map();
  /** Oldest first: purge times never fall, and a Map keeps the order of insertion. */
  readonly tombstones: Map<string, Tombstone> = new Map();
  readonly queues: Map<string, QueueFacts> = new Map();
  readonly workers: Map<string, WorkerRecord> = new Map();
  readonly kinds: Map<string, KindFacts> = new Map();
  readonly learned: Learned = new Learned();

  constructor(clock: Clock, maxJobs: number) {
    this.clock = clock;
    this.maxJobs = maxJobs;
    this.guard = new ClockGuard({ wall: clock.now(), monotonic: clock.monotonic() });
  }

  /** The job, when it exists and, with `owner`, is theirs. */
  find(jobId: string, owner?: string): Row | undefined {
    const row = this.jobs.get(jobId);
    return row !== undefined && (owner === undefined || row.owner === owner) ? row : undefined;
  }

  /** The instant of a change: the clock's, but never before the job's last change. */
  instantFor(row: Row): number {
    return Math.max(this.clock.now(), row.updatedAt);
  }

  create(row: Row, event: "enqueue" | "enqueue_later"): void {
    this.jobs.set(row.jobId, row);
    this.ids.add(row);
    if (row.idempotencyKey !== null) this.idempotent.set(ownedKey(row.owner, row.idempotencyKey), row);
    if (row.concurrencyKey !== null) this.lanes.joinKey(row.concurrencyKey, row.concurrencyLimit ?? 1);
    if (!this.queues.has(row.queue)) this.queues.set(row.queue, { queue: row.queue, pausedAt: null, pausedBy: null });
    this.#remark(row, null, event, { actor: "producer" });
    this.#index(row);
  }

  /**
   * One move: status, facts, seq and trail change together.
   *
   * @param about  attempt and fence for the trail when they are not those after the move
   */
  move(
    row: Row,
    event: MoveName,
    to: JobStatus,
    facts: Partial<Row>,
    remark: Remark,
    about: Pick<Row, "attempt" | "fence"> = { attempt: facts.attempt ?? row.attempt, fence: facts.fence ?? row.fence },
  ): void {
    const at = this.instantFor(row);
    const from = row.status;
    this.#unindex(row);
    Object.assign(row, facts);
    row.status = to;
    row.updatedAt = at;
    row.finishedAt = isTerminalStatus(to) ? at : null;
    if (to !== "processing") {
      row.workerId = null;
      row.leaseExpiresAt = null;
    }
    // An error is news while the job is retrying or failed; afterwards only the trail has it.
    if (to !== "retrying" && to !== "failed") {
      row.error = null;
      row.errorDetail = null;
    }
    this.#remark(row, from, event, remark, about);
    this.#index(row);
  }

  /** The `conflict` remark: a row of the trail, and no other change. */
  remarkConflict(row: Row, fence: number, remark: Remark): void {
    row.updatedAt = this.instantFor(row);
    this.#remark(row, row.status, "conflict", remark, { attempt: row.attempt, fence });
  }

  /** Moves the end of a lease. */
  renew(row: Row, leaseExpiresAt: number): void {
    this.leases.delete(row);
    row.leaseExpiresAt = leaseExpiresAt;
    this.leases.add(row);
  }

  /** Takes a finished job out for good and leaves its tombstone. */
  bury(row: Row): Tombstone {
    this.#unindex(row);
    this.jobs.delete(row.jobId);
    this.ids.delete(row);
    if (row.idempotencyKey !== null) this.idempotent.delete(ownedKey(row.owner, row.idempotencyKey));
    if (row.concurrencyKey !== null) this.lanes.leaveKey(row.concurrencyKey);
    const tombstone = tombstoneOf(row, this.instantFor(row));
    this.tombstones.set(row.jobId, tombstone);
    for (const oldest of this.tombstones.keys()) {
      if (this.tombstones.size <= this.maxJobs) break;
      this.tombstones.delete(oldest);
    }
    return tombstone;
  }

  #remark(
    row: Row,
    from: JobStatus | null,
    event: TrailEvent["event"],
    remark: Remark,
    about: Pick<Row, "attempt" | "fence"> = row,
  ): void {
    row.seq++;
    row.trail.push({
      jobId: row.jobId,
      seq: row.seq,
      at: row.updatedAt,
      from,
      to: row.status,
      event,
      actor: remark.actor,
      attempt: about.attempt,
      fence: about.fence,
      generation: row.generation,
      reason: remark.reason ?? null,
      requestId: remark.requestId ?? null,
      error: remark.error ? { ...remark.error } : null,
      ...(remark.startUnknown === true ? { startUnknown: true } : {}),
    });
  }

  #index(row: Row): void {
    if (isTerminalStatus(row.status)) {
      this.finished.add(row);
      return;
    }
    if (row.uniqueKey !== null) this.unique.set(ownedKey(row.owner, row.uniqueKey), row);
    if (isWaitingStatus(row.status)) {
      if (!row.recorded) this.lanes.add(row, this.clock.now());
      if (row.expiresAt !== null) this.expiries.add(row);
      return;
    }
    this.leases.add(row);
    if (row.concurrencyKey !== null) this.lanes.takeSlot(row.concurrencyKey, row.jobId);
  }

  #unindex(row: Row): void {
    if (isTerminalStatus(row.status)) {
      this.finished.delete(row);
      return;
    }
    if (row.uniqueKey !== null) this.unique.delete(ownedKey(row.owner, row.uniqueKey));
    if (isWaitingStatus(row.status)) {
      if (!row.recorded) this.lanes.delete(row);
      if (row.expiresAt !== null) this.expiries.delete(row);
      return;
    }
    this.leases.delete(row);
    if (row.concurrencyKey !== null) this.lanes.giveSlot(row.concurrencyKey, row.jobId);
  }
}

/** Keys belong to an owner; jobs without an owner share one scope. */
export function ownedKey(owner: string | null, key: string): string {
  return JSON.stringify([owner, key]);
}
