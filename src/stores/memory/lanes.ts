/**
 * What waits for a worker, in lanes: one for each queue and kind, so that a worker never looks through jobs of other
 * kinds. Within a lane, due jobs stand in the order of claims. Jobs that a claim met but could not take stand aside: those
 * of a full concurrency key until a slot of it is free, those past their expiry until the sweeper ends them.
 */
import type { ClaimRequest } from "../../core/store.js";
import { byRunAt, byTurn, NO_EXTRAS, type Row } from "./row.js";
import { SortedList } from "./sorted-list.js";

export interface Lane {
  readonly kind: string;
  readonly due: SortedList<Row>;
  readonly later: SortedList<Row>;
  readonly blocked: Map<string, SortedList<Row>>;
  readonly expired: Set<Row>;
}

/** Beyond so many, a new lane takes the empty ones away. */
const MOST_LANES = 1_000;

interface ConcurrencyKey {
  limit: number;
  /** Jobs of any status that name the key; the last one takes it along. */
  jobs: number;
  readonly holders: Set<string>;
  readonly blocking: Set<Lane>;
}

export class Lanes {
  /** By queue, then by kind. Empty ones stay for the next job, up to a bound. */
  readonly #lanes = new Map<string, Map<string, Lane>>();
  #count = 0;
  readonly #keys = new Map<string, ConcurrencyKey>();

  add(row: Row, now: number): void {
    const lane = this.#laneOf(row);
    (row.runAt <= now ? lane.due : lane.later).add(row);
  }

  delete(row: Row): void {
    const lane = this.#lanes.get(row.queue)?.get(row.kind);
    if (lane === undefined) return;
    const key = row.extras.concurrencyKey;
    const blocked = key === null ? undefined : lane.blocked.get(key);
    const gone = lane.due.delete(row) || lane.later.delete(row) || lane.expired.delete(row);
    if (!gone && key !== null && blocked?.delete(row) && blocked.size === 0) this.#unblock(lane, key);
    this.#passOn(row);
  }

  /** Those that this request may take from. */
  for({ kinds, queues }: ClaimRequest, isPaused: (queue: string) => boolean): readonly Lane[] {
    const lanes: Lane[] = [];
    for (const [queue, ofQueue] of this.#lanes) {
      if ((queues !== null && !queues.includes(queue)) || isPaused(queue)) continue;
      for (const lane of ofQueue.values()) if (!isEmpty(lane) && kinds.includes(lane.kind)) lanes.push(lane);
    }
    return lanes;
  }

  /** Takes the best job of these lanes out of the line; undefined when none can be claimed. */
  take(lanes: readonly Lane[], now: number): Row | undefined {
    let best: Row | undefined;
    let from: Lane | undefined;
    // By number: asked for every job, and an iterator would cost one object a lane.
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i]!;
      const head = this.#head(lane, now);
      if (head !== undefined && (best === undefined || byTurn(head, best) < 0)) {
        best = head;
        from = lane;
      }
    }
    if (best === undefined) return undefined;
    from?.due.shift();
    if (best.extras.concurrencyKey !== null) this.#passOn(best);
    return best;
  }

  /** Whether one of these lanes has a job that can be claimed. */
  hasNext(lanes: readonly Lane[], now: number): boolean {
    return lanes.some((lane) => this.#head(lane, now) !== undefined);
  }

  /** When the next job of these lanes becomes due, by its `runAt`; null when none waits. */
  nextRunAt(lanes: readonly Lane[]): number | null {
    let soonest: number | null = null;
    for (const lane of lanes) {
      const runAt = lane.later.first()?.runAt;
      if (runAt !== undefined && (soonest === null || runAt < soonest)) soonest = runAt;
    }
    return soonest;
  }

  /** Due jobs of the same queue, of any kind, that stand before this one. */
  ahead(row: Row, now: number): number {
    let count = 0;
    for (const lane of this.#lanes.get(row.queue)?.values() ?? []) {
      promote(lane, now);
      count += lane.due.rank(row);
      for (const blocked of lane.blocked.values()) count += blocked.rank(row);
    }
    return count;
  }

  /** A new job names the key: the newest decides its limit. */
  joinKey(key: string, limit: number): void {
    const entry = this.#keys.get(key);
    if (entry === undefined) {
      this.#keys.set(key, { limit, jobs: 1, holders: new Set(), blocking: new Set() });
      return;
    }
    entry.limit = limit;
    entry.jobs++;
    this.#freeSlots(key, entry);
  }

  /** A job that names the key was removed for good. */
  leaveKey(key: string): void {
    const entry = this.#keys.get(key);
    if (entry !== undefined && --entry.jobs === 0) this.#keys.delete(key);
  }

  takeSlot(key: string, jobId: string): void {
    this.#keys.get(key)?.holders.add(jobId);
  }

  giveSlot(key: string, jobId: string): void {
    const entry = this.#keys.get(key);
    if (entry?.holders.delete(jobId)) this.#freeSlots(key, entry);
  }

  /** The jobs that hold all slots of the key; empty while it has a free one. */
  holders(key: string): string[] {
    const entry = this.#keys.get(key);
    return entry !== undefined && entry.holders.size >= entry.limit ? [...entry.holders] : [];
  }

  /** The first job of the lane that can be claimed. Those before it that cannot are set aside. */
  #head(lane: Lane, now: number): Row | undefined {
    if (lane.later.size > 0) promote(lane, now);
    for (let row = lane.due.first(); row !== undefined; row = lane.due.first()) {
      const { extras } = row;
      if (extras === NO_EXTRAS) return row;
      const key = extras.concurrencyKey;
      if (extras.expiresAt !== null && extras.expiresAt <= now) {
        lane.expired.add(row);
      } else if (key !== null && this.holders(key).length > 0) {
        this.#block(lane, key, row);
      } else {
        return row;
      }
      lane.due.shift();
      this.#passOn(row);
    }
    return undefined;
  }

  /** A job left the line: if a free slot had brought it there, the slot is for the next one. */
  #passOn({ extras: { concurrencyKey: key } }: Row): void {
    const entry = key === null ? undefined : this.#keys.get(key);
    if (key !== null && entry !== undefined && entry.blocking.size > 0) this.#freeSlots(key, entry);
  }

  #block(lane: Lane, key: string, row: Row): void {
    const blocked = lane.blocked.get(key) ?? new SortedList(byTurn);
    blocked.add(row);
    lane.blocked.set(key, blocked);
    this.#keys.get(key)?.blocking.add(lane);
  }

  #unblock(lane: Lane, key: string): void {
    lane.blocked.delete(key);
    this.#keys.get(key)?.blocking.delete(lane);
  }

  /** Puts as many blocked jobs of each lane back in line as there are free slots: any lane may be the one to be served. */
  #freeSlots(key: string, entry: ConcurrencyKey): void {
    for (const lane of [...entry.blocking]) {
      const blocked = lane.blocked.get(key);
      for (let free = entry.limit - entry.holders.size; free > 0; free--) {
        const row = blocked?.first();
        if (row === undefined) break;
        blocked?.delete(row);
        lane.due.add(row);
      }
      if (blocked === undefined || blocked.size === 0) this.#unblock(lane, key);
    }
  }

  #laneOf({ queue, kind }: Row): Lane {
    const known = this.#lanes.get(queue)?.get(kind);
    if (known !== undefined) return known;
    if (this.#count >= MOST_LANES) this.#dropEmpty();
    const [due, later] = [new SortedList<Row>(byTurn), new SortedList<Row>(byRunAt)];
    const lane = { kind, due, later, blocked: new Map(), expired: new Set<Row>() };
    const ofQueue = this.#lanes.get(queue) ?? new Map<string, Lane>();
    ofQueue.set(kind, lane);
    this.#lanes.set(queue, ofQueue);
    this.#count++;
    return lane;
  }

  #dropEmpty(): void {
    for (const [queue, ofQueue] of this.#lanes) {
      for (const [kind, lane] of ofQueue) {
        if (!isEmpty(lane)) continue;
        ofQueue.delete(kind);
        this.#count--;
      }
      if (ofQueue.size === 0) this.#lanes.delete(queue);
    }
  }
}

/** Jobs whose time has come stand in line. */
function promote(lane: Lane, now: number): void {
  for (let row = lane.later.first(); row !== undefined && row.runAt <= now; row = lane.later.first()) {
    lane.later.shift();
    lane.due.add(row);
  }
}

function isEmpty(lane: Lane): boolean {
  return lane.due.size + lane.later.size + lane.blocked.size + lane.expired.size === 0;
}
