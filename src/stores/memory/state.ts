/** The memory store's data and its indexes. Every change of a job's status goes through `move`, which keeps them true. */
import type { Clock } from "../../core/clock.js";
import { ClockGuard } from "../../core/clock-guard.js";
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus, isWaitingStatus, type JobStatus, type MoveName } from "../../core/lifecycle.js";
import type { KindFacts, QueueFacts, WorkerRecord } from "../../core/store.js";
import { type TrailEvent, workerActor } from "../../core/trail.js";
import { Lanes } from "./lanes.js";
import { Learned } from "./learned.js";
import { byExpiry, byFinish, byId, type Row, tombstoneOf, trailOf } from "./row.js";
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
  /** Running jobs, in no order: only the sweep looks for those whose lease is over. */
  readonly leases: Set<Row> = new Set();
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

  create(row: Row): void {
    this.jobs.set(row.jobId, row);
    this.ids.add(row);
    if (row.idempotencyKey !== null) this.idempotent.set(ownedKey(row.owner, row.idempotencyKey), row);
    if (row.concurrencyKey !== null) this.lanes.joinKey(row.concurrencyKey, row.concurrencyLimit ?? 1);
    if (!this.queues.has(row.queue)) this.queues.set(row.queue, { queue: row.queue, pausedAt: null, pausedBy: null });
    row.seq = 1;
    this.#index(row, row.createdAt);
  }

  /** T4: the move that every job makes. The trail of a first claim need not be written to be told. */
  claim(row: Row, by: { workerId: string; leaseMs: number; startKnown: boolean }, now: number): void {
    const at = Math.max(now, row.updatedAt);
    const from = row.status;
    const isPlain = row.trail === null && row.seq === 1 && by.startKnown;
    if (!isPlain) row.trail = trailOf(row);
    this.#unindex(row);
    row.fence++;
    row.attempt++;
    row.workerId = by.workerId;
    row.lastWorkerId = by.workerId;
    row.leaseExpiresAt = now + by.leaseMs;
    row.startedAt = by.startKnown ? at : null;
    row.firstStartedAt ??= row.startedAt;
    row.progress = null;
    row.error = null;
    row.errorDetail = null;
    this.#arrive(row, at, "processing");
    if (isPlain) row.seq++;
    else this.#remark(row, from, "claim", { actor: holderOf(row), startUnknown: !by.startKnown });
  }

  /** T6, when it is plain: on time, and with no cancel asked for. It need not be written to be told. */
  complete(row: Row, result: string | null, now: number): void {
    const at = Math.max(now, row.updatedAt);
    this.#unindex(row);
    row.lostCount = 0;
    row.result = result;
    if (row.progress !== null) row.progress = { ...row.progress, percent: 100 };
    row.error = null;
    row.errorDetail = null;
    row.workerId = null;
    row.leaseExpiresAt = null;
    this.#arrive(row, at, "completed");
    if (row.trail === null) row.seq++;
    else this.#remark(row, "processing", "complete", { actor: holderOf(row) });
  }

  #arrive(row: Row, at: number, to: JobStatus): void {
    row.status = to;
    row.updatedAt = at;
    row.finishedAt = isTerminalStatus(to) ? at : null;
    this.#index(row);
  }

  /**
   * Any move: status, facts, seq and trail change together.
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
    row.trail = trailOf(row);
    this.#unindex(row);
    Object.assign(row, facts);
    if (to !== "processing") {
      row.workerId = null;
      row.leaseExpiresAt = null;
    }
    // An error is news while the job is retrying or failed; afterwards only the trail has it.
    if (to !== "retrying" && to !== "failed") {
      row.error = null;
      row.errorDetail = null;
    }
    this.#arrive(row, at, to);
    this.#remark(row, from, event, remark, about);
  }

  /** The `conflict` remark: a row of the trail, and no other change. */
  remarkConflict(row: Row, fence: number, remark: Remark): void {
    row.trail = trailOf(row);
    row.updatedAt = this.instantFor(row);
    this.#remark(row, row.status, "conflict", remark, { attempt: row.attempt, fence });
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
    row.trail ??= [];
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

  /** @param now  what of the waiting is due by then stands in line. Default: the clock's */
  #index(row: Row, now?: number): void {
    if (isTerminalStatus(row.status)) {
      this.finished.add(row);
      return;
    }
    if (row.uniqueKey !== null) this.unique.set(ownedKey(row.owner, row.uniqueKey), row);
    if (isWaitingStatus(row.status)) {
      if (!row.recorded) this.lanes.add(row, now ?? this.clock.now());
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

/** How the trail names who held the newest attempt. */
export function holderOf(row: Row): string {
  return workerActor(row.lastWorkerId ?? "", row.recorded);
}
