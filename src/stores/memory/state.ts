/** The memory store's data and its indexes. Every change of a job's status goes through `move`, which keeps them true. */
import type { Clock } from "../../core/clock.js";
import { ClockGuard } from "../../core/clock-guard.js";
import type { Tombstone } from "../../core/job.js";
import { isTerminalStatus, isWaitingStatus, type JobStatus, type MoveName } from "../../core/lifecycle.js";
import type { KindFacts, QueueFacts, WorkerRecord } from "../../core/store.js";
import { type TrailEvent, workerActor } from "../../core/trail.js";
import { Lanes } from "./lanes.js";
import { Learned } from "./learned.js";
import { byExpiry, byFinish, byId, type Extras, extrasOf, NO_EXTRAS, type Row, tombstoneOf, trailOf } from "./row.js";
import { Running } from "./running.js";
import { SortedList } from "./sorted-list.js";

/** What the row of the trail says beyond the job's own facts. */
export interface Remark {
  readonly actor: string;
  readonly reason?: string | null;
  readonly requestId?: string | null;
  readonly error?: TrailEvent["error"];
  readonly startUnknown?: boolean;
}

/** What a move changes beside the status. */
export type Changes = Partial<
  Pick<Row, "attempt" | "fence" | "runAt" | "result"> & Omit<Extras, "trail" | "logs" | "callbacks">
>;

export class State {
  readonly clock: Clock;
  readonly maxJobs: number;
  readonly guard: ClockGuard;
  readonly jobs: Map<string, Row> = new Map();
  readonly ids: SortedList<Row> = new SortedList(byId);
  readonly lanes: Lanes = new Lanes();
  readonly running: Running = new Running();
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
    return row !== undefined && (owner === undefined || row.extras.owner === owner) ? row : undefined;
  }

  /** The instant of a change: the clock's, but never before the job's last change. */
  instantFor(row: Row): number {
    return Math.max(this.clock.now(), row.updatedAt);
  }

  create(row: Row): void {
    this.jobs.set(row.jobId, row);
    this.ids.add(row);
    const { owner, idempotencyKey, concurrencyKey, concurrencyLimit } = row.extras;
    if (idempotencyKey !== null) this.idempotent.set(ownedKey(owner, idempotencyKey), row);
    if (concurrencyKey !== null) this.lanes.joinKey(concurrencyKey, concurrencyLimit ?? 1);
    if (!this.queues.has(row.queue)) this.queues.set(row.queue, { queue: row.queue, pausedAt: null, pausedBy: null });
    row.seq = 1;
    if (row.extras === NO_EXTRAS) this.lanes.add(row, row.createdAt);
    else this.#index(row, row.createdAt);
  }

  /**
   * T4: the move that every job makes; it has left the line, or never stood in it. The trail of a first claim need not be
   * written to be told.
   */
  claim(row: Row, by: { workerId: string; leaseMs: number; startKnown: boolean }, now: number): void {
    const at = now > row.updatedAt ? now : row.updatedAt;
    const from = row.status;
    const isPlain = row.extras.trail === null && row.seq === 1 && by.startKnown;
    if (!isPlain) extrasOf(row).trail = trailOf(row);
    row.fence++;
    row.attempt++;
    row.lastWorkerId = by.workerId;
    row.leaseExpiresAt = now + by.leaseMs;
    row.startedAt = by.startKnown ? at : null;
    row.firstStartedAt ??= row.startedAt;
    row.status = "processing";
    row.updatedAt = at;
    this.running.add(row);
    const { extras } = row;
    if (extras !== NO_EXTRAS) {
      extras.progress = null;
      extras.error = null;
      extras.errorDetail = null;
      if (extras.expiresAt !== null) this.expiries.delete(row);
      if (extras.concurrencyKey !== null) this.lanes.takeSlot(extras.concurrencyKey, row.jobId);
    }
    if (isPlain) row.seq++;
    else this.#remark(row, from, "claim", { actor: holderOf(row), startUnknown: !by.startKnown });
  }

  /** T6, when it is plain: on time, and with no cancel asked for. It need not be written to be told. */
  complete(row: Row, result: string | null, now: number): void {
    const at = now > row.updatedAt ? now : row.updatedAt;
    this.running.delete(row);
    row.status = "completed";
    row.result = result;
    row.leaseExpiresAt = null;
    row.finishedAt = at;
    row.updatedAt = at;
    this.finished.add(row);
    const { extras } = row;
    if (extras !== NO_EXTRAS) {
      this.#freeKeys(row);
      extras.lostCount = 0;
      if (extras.progress !== null) extras.progress = { ...extras.progress, percent: 100 };
      extras.error = null;
      extras.errorDetail = null;
    }
    if (extras.trail === null) row.seq++;
    else this.#remark(row, "processing", "complete", { actor: holderOf(row) });
  }

  /** What only a live job holds: its unique key, and a slot of its concurrency key. */
  #freeKeys(row: Row): void {
    const { owner, uniqueKey, concurrencyKey } = row.extras;
    if (uniqueKey !== null) this.unique.delete(ownedKey(owner, uniqueKey));
    if (concurrencyKey !== null) this.lanes.giveSlot(concurrencyKey, row.jobId);
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
    changes: Changes,
    remark: Remark,
    about: Pick<Row, "attempt" | "fence"> = {
      attempt: changes.attempt ?? row.attempt,
      fence: changes.fence ?? row.fence,
    },
  ): void {
    const at = this.instantFor(row);
    const from = row.status;
    const { attempt = row.attempt, fence = row.fence, runAt = row.runAt, result = row.result, ...rare } = changes;
    const extras = extrasOf(row);
    extras.trail = trailOf(row);
    this.#unindex(row);
    row.attempt = attempt;
    row.fence = fence;
    row.runAt = runAt;
    row.result = result;
    Object.assign(extras, rare);
    if (to !== "processing") row.leaseExpiresAt = null;
    // An error is news while the job is retrying or failed; afterwards only the trail has it.
    if (to !== "retrying" && to !== "failed") {
      extras.error = null;
      extras.errorDetail = null;
    }
    row.status = to;
    row.updatedAt = at;
    row.finishedAt = isTerminalStatus(to) ? at : null;
    this.#index(row);
    this.#remark(row, from, event, remark, about);
  }

  /** The `conflict` remark: a row of the trail, and no other change. */
  remarkConflict(row: Row, fence: number, remark: Remark): void {
    extrasOf(row).trail = trailOf(row);
    row.updatedAt = this.instantFor(row);
    this.#remark(row, row.status, "conflict", remark, { attempt: row.attempt, fence });
  }

  /** Takes a finished job out for good and leaves its tombstone. */
  bury(row: Row): Tombstone {
    this.#unindex(row);
    this.jobs.delete(row.jobId);
    this.ids.delete(row);
    const { owner, idempotencyKey, concurrencyKey } = row.extras;
    if (idempotencyKey !== null) this.idempotent.delete(ownedKey(owner, idempotencyKey));
    if (concurrencyKey !== null) this.lanes.leaveKey(concurrencyKey);
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
    const extras = extrasOf(row);
    extras.trail ??= [];
    extras.trail.push({
      jobId: row.jobId,
      seq: row.seq,
      at: row.updatedAt,
      from,
      to: row.status,
      event,
      actor: remark.actor,
      attempt: about.attempt,
      fence: about.fence,
      generation: extras.generation,
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
    const { owner, uniqueKey, concurrencyKey, expiresAt, recorded } = row.extras;
    if (uniqueKey !== null) this.unique.set(ownedKey(owner, uniqueKey), row);
    if (isWaitingStatus(row.status)) {
      if (!recorded) this.lanes.add(row, now ?? this.clock.now());
      if (expiresAt !== null) this.expiries.add(row);
      return;
    }
    this.running.add(row);
    if (concurrencyKey !== null) this.lanes.takeSlot(concurrencyKey, row.jobId);
  }

  #unindex(row: Row): void {
    if (isTerminalStatus(row.status)) {
      this.finished.delete(row);
      return;
    }
    const { owner, uniqueKey, concurrencyKey, expiresAt, recorded } = row.extras;
    if (uniqueKey !== null) this.unique.delete(ownedKey(owner, uniqueKey));
    if (isWaitingStatus(row.status)) {
      if (!recorded) this.lanes.delete(row);
      if (expiresAt !== null) this.expiries.delete(row);
      return;
    }
    this.running.delete(row);
    if (concurrencyKey !== null) this.lanes.giveSlot(concurrencyKey, row.jobId);
  }
}

/** Keys belong to an owner; jobs without an owner share one scope. */
export function ownedKey(owner: string | null, key: string): string {
  return JSON.stringify([owner, key]);
}

/** How the trail names who held the newest attempt. */
export function holderOf(row: Row): string {
  return workerActor(row.lastWorkerId ?? "", row.extras.recorded);
}
