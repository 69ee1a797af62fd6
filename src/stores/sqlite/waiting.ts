/**
 * Why jobs wait, read in the snapshot of their status. What holds for many of them is asked once: pause and workers of a
 * lane, and the front of a queue's line, in which each of them finds its place.
 */
import { AHEAD_LIMIT, type WaitingFacts } from "../../core/job.js";
import { isWaitingStatus } from "../../core/lifecycle.js";
import type { ReadView } from "../../core/store.js";
import type { Connection } from "./connection.js";
import type { JobRow } from "./rows.js";
import {
  AHEAD,
  FRONT_AS_THEY_CAME,
  FRONT_DUE,
  FRONT_IN_LINE,
  FRONT_PARKED,
  HOLDERS_OF_KEY,
  LANES_OF_QUEUE,
  PAUSE_OF,
  SLOTS_OF_KEY,
  WORKERS_OF_KIND,
} from "./sql/waiting.js";

/** From so many jobs of one queue on, its front is read once; for fewer, those before each are counted. */
const MANY = 4;

type Pause = Pick<WaitingFacts, "queuePausedAt" | "queuePausedBy">;
type Workers = Pick<WaitingFacts, "liveWorkers" | "workerSeenAt">;

export interface WaitingLook {
  readonly connection: Connection;
  readonly now: number;
  readonly view: ReadView;
  /** Those that are about to be asked for. */
  readonly rows: Iterable<JobRow>;
}

export class WaitingReasons {
  readonly #look: WaitingLook;
  /** How many jobs of each queue wait among those asked for. */
  readonly #asked = new Map<string, number>();
  readonly #pauses = new Map<string, Pause>();
  readonly #workers = new Map<string, Workers>();
  readonly #fronts = new Map<string, Front>();

  constructor(look: WaitingLook) {
    this.#look = look;
    if (look.view === "status") return;
    for (const { status, queue } of look.rows) {
      if (isWaitingStatus(status)) this.#asked.set(queue, (this.#asked.get(queue) ?? 0) + 1);
    }
  }

  of(job: JobRow): WaitingFacts {
    const { connection, view, now } = this.#look;
    const { kind, queue, concurrency_key: key } = job;
    const pause = once(this.#pauses, queue, () => pauseOf(connection, queue));
    const workers = once(this.#workers, JSON.stringify([queue, kind]), () => workersOf(connection, job, now));
    // In the view of a status, the place in line is told only of a job that somebody will get to.
    const isNext = pause.queuePausedAt === null && workers.liveWorkers > 0 && job.run_at <= now;
    return {
      ...pause,
      ...workers,
      ahead: view === "info" && !isNext ? null : this.#ahead(job),
      keyHolders: key === null ? [] : holdersOfAll(connection, key),
    };
  }

  #ahead(job: JobRow): number {
    const { connection, now } = this.#look;
    const { queue } = job;
    if ((this.#asked.get(queue) ?? 0) < MANY) return countAhead(connection, job, now);
    const front = once(this.#fronts, queue, () => frontOf(connection, queue, now));
    return front === null ? countAhead(connection, job, now) : placeIn(front, job);
  }
}

interface Turn {
  readonly priority: number;
  readonly run_at: number;
  readonly job_id: string;
}
interface LaneRow {
  readonly lane: number;
  readonly kind: string;
}
/** The first due jobs of a queue, in the order of their turns; null when more came due than were brought into line. */
type Front = readonly Turn[] | null;

function frontOf(connection: Connection, queue: string, now: number): Front {
  const front = connection.all<Turn>(FRONT_PARKED, { queue, limit: AHEAD_LIMIT });
  for (const { lane, kind } of connection.all<LaneRow>(LANES_OF_QUEUE, { queue })) {
    front.push(...connection.all<Turn>(FRONT_AS_THEY_CAME, { lane, limit: AHEAD_LIMIT }));
    front.push(...connection.all<Turn>(FRONT_IN_LINE, { queue, kind, limit: AHEAD_LIMIT }));
    // Those stand in the order of their times, not of their turns: any that is left out may be the first.
    const due = connection.all<Turn>(FRONT_DUE, { queue, kind, now, limit: AHEAD_LIMIT });
    if (due.length === AHEAD_LIMIT) return null;
    front.push(...due);
  }
  return front.sort(byTurn).slice(0, AHEAD_LIMIT);
}

/** How many of the front go before the job. */
function placeIn(front: readonly Turn[], job: Turn): number {
  let from = 0;
  let to = front.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (byTurn(front[middle]!, job) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function byTurn(a: Turn, b: Turn): number {
  return a.priority - b.priority || a.run_at - b.run_at || (a.job_id < b.job_id ? -1 : a.job_id > b.job_id ? 1 : 0);
}

function countAhead(connection: Connection, job: JobRow, now: number): number {
  const turn = { priority: job.priority, runAt: job.run_at, jobId: job.job_id };
  const counted = connection.get<{ ahead: number }>(AHEAD, { ...turn, queue: job.queue, now, limit: AHEAD_LIMIT });
  return counted?.ahead ?? 0;
}

function pauseOf(connection: Connection, queue: string): Pause {
  const row = connection.get<{ paused_at: number | null; paused_by: string | null }>(PAUSE_OF, { queue });
  return { queuePausedAt: row?.paused_at ?? null, queuePausedBy: row?.paused_by ?? null };
}

function workersOf(connection: Connection, { kind, queue }: JobRow, now: number): Workers {
  const row = connection.get<{ seen_at: number | null; live: number }>(WORKERS_OF_KIND, { kind, queue, now });
  return { liveWorkers: row?.live ?? 0, workerSeenAt: row?.seen_at ?? null };
}

/** The jobs that hold all slots of the key; empty while it has a free one. */
function holdersOfAll(connection: Connection, key: string): string[] {
  const slots = connection.get<{ slots: number }>(SLOTS_OF_KEY, { key })?.slots ?? 0;
  const holders = connection.all<{ job_id: string }>(HOLDERS_OF_KEY, { key }).map(({ job_id }) => job_id);
  return holders.length >= slots ? holders : [];
}

function once<Key, Value>(known: Map<Key, Value>, key: Key, find: () => Value): Value {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    known.set(key, value);
  }
  return value;
}
