/**
 * Records from rows as they came over the wire. A thousand readers poll them, so no object with forty names is made of a
 * row only to be copied into another. Where what stands in a row is said in sql/facts.ts and sql/status.ts.
 */
import type { JobRecord, PublicFailure, StoredProgress, WaitingFacts } from "../../core/job.js";
import { isWaitingStatus, type JobStatus } from "../../core/lifecycle.js";
import type { RawRow } from "./driver.js";
import type { Lanes } from "./lanes.js";
import { valuesOf } from "./row-text.js";
import { AT } from "./sql/facts.js";
import { CELL } from "./sql/status.js";
import { USUAL } from "./sql/words.js";

type Cell = string | null;

/** The server computes milliseconds in floating point; the true value is whole. */
const instant = (cell: Cell): number => Math.round(Number(cell));
const instantOrNull = (cell: Cell): number | null => (cell === null ? null : Math.round(Number(cell)));
const numberOr = (cell: Cell, told: number): number => (cell === null ? told : Number(cell));
const numberOrNull = (cell: Cell): number | null => (cell === null ? null : Number(cell));

const statusOf = (row: RawRow): JobStatus => (row[AT.status] ?? "pending") as JobStatus;

/** Of a job that ran once, or not at all yet: its fence is its attempt. */
const WAITS = { attempt: 0, seq: 1 };
const RUNS = { attempt: 1, seq: 2 };
const ENDED = { attempt: 1, seq: 3 };
const TOLD: Readonly<Record<JobStatus, typeof WAITS>> = {
  scheduled: WAITS,
  pending: WAITS,
  retrying: WAITS,
  processing: RUNS,
  completed: ENDED,
  failed: ENDED,
  cancelled: ENDED,
  expired: ENDED,
};

/** What is told of a job beside its facts. */
interface Beside {
  readonly result: string | null;
  readonly payload: string | null;
  readonly errorDetail: string | null;
  readonly payloadBytes: number | null;
  readonly waiting: WaitingFacts | null;
  readonly readAt: number;
}

/** Rows of one of the statements that read jobs by their ids. */
export class ReadRows {
  /** When they were read. */
  readonly #readAt: number;
  readonly #rows: readonly RawRow[];
  readonly #crews = new Map<string, Crew>();

  constructor(rows: readonly RawRow[]) {
    this.#rows = rows;
    let readAt: Cell = null;
    for (const row of rows) {
      readAt ??= row[CELL.read_at]!;
      const crew = row[CELL.crew] ?? null;
      if (crew !== null) this.#crews.set(row[CELL.lane_id]!, crewOf(crew, row[CELL.paused]!));
    }
    this.#readAt = instant(readAt);
  }

  /** No row at all: what `readPlain` answers of a job that it cannot tell. */
  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Whether `readPlain` could have told the first one. */
  get isPlain(): boolean {
    const row = this.#rows[0];
    return row !== undefined && row[CELL.nth] !== null && row[CELL.lane_id] !== null && row[CELL.told] === null;
  }

  /** Whether somebody works where one of them waits. Null: none waits. */
  get isAttended(): boolean | null {
    if (this.#crews.size === 0) return null;
    for (const { liveWorkers } of this.#crews.values()) if (liveWorkers > 0) return true;
    return false;
  }

  /** Lanes of theirs that the store has not met. */
  unmet(lanes: Lanes): Set<number> | null {
    let unmet: Set<number> | null = null;
    for (const row of this.#rows) {
      const laneId = row[CELL.lane_id]!;
      if (laneId === null || lanes.knows(Number(laneId))) continue;
      unmet ??= new Set();
      unmet.add(Number(laneId));
    }
    return unmet;
  }

  /**
   * @param wanted  as they were asked for
   * @param lanes   which has met those of the rows
   * @returns in their order; null for the unknown, and for somebody else's
   */
  records(wanted: readonly { readonly jobId: string }[], lanes: Lanes): (JobRecord | null)[] {
    const records: (JobRecord | null)[] = new Array(wanted.length).fill(null);
    for (const row of this.#rows) {
      const [nth, laneId, , , , , told] = row;
      if (nth === null || laneId === null) continue;
      const at = Number(nth) - 1;
      records[at] =
        told === null ? this.#plain(row, wanted[at]!.jobId, lanes) : this.#told(row, valuesOf(told!), lanes);
    }
    return records;
  }

  /** A job that waits, never moved, and has nothing unusual about it. */
  #plain(row: RawRow, jobId: string, lanes: Lanes): JobRecord {
    const { kind, queue } = lanes.byId(Number(row[CELL.lane_id]));
    const createdAt = instant(row[CELL.run_at]!);
    return {
      jobId: jobId.toLowerCase(),
      kind,
      queue,
      owner: row[CELL.owner]!,
      status: "pending",
      generation: 1,
      attempt: 0,
      maxAttempts: USUAL.max_attempts,
      lostCount: 0,
      fence: 0,
      workerId: null,
      leaseExpiresAt: null,
      priority: numberOr(row[CELL.priority]!, USUAL.priority),
      runAt: createdAt,
      scheduledAt: null,
      expiresAt: null,
      createdAt,
      firstStartedAt: null,
      startedAt: null,
      finishedAt: null,
      updatedAt: createdAt,
      seq: 1,
      cancelRequestedAt: null,
      uniqueKey: null,
      idempotencyKey: null,
      concurrencyKey: null,
      concurrencyLimit: null,
      progress: null,
      stageStartedAt: null,
      result: null,
      error: null,
      errorDetail: null,
      metadata: null,
      payload: row[CELL.payload] ?? null,
      payloadBytes: numberOrNull(row[CELL.payload_bytes] ?? null),
      parentId: null,
      rerunOf: null,
      recorded: false,
      waiting: this.#waiting(row),
      readAt: this.#readAt,
    };
  }

  #told(row: RawRow, facts: RawRow, lanes: Lanes): JobRecord {
    return recordOf(facts, lanes, {
      result: row[CELL.result] ?? null,
      payload: row[CELL.payload] ?? null,
      errorDetail: row[CELL.error_detail] ?? null,
      payloadBytes: numberOrNull(row[CELL.payload_bytes] ?? null),
      waiting: isWaitingStatus(statusOf(facts)) ? this.#waiting(row) : null,
      readAt: this.#readAt,
    });
  }

  /** Null in the view "status", which reads no lanes. */
  #waiting(row: RawRow): WaitingFacts | null {
    const crew = this.#crews.get(row[CELL.lane_id]!);
    if (crew === undefined) return null;
    const holders = row[CELL.key_holders] ?? null;
    return {
      queuePausedAt: crew.queuePausedAt,
      queuePausedBy: crew.queuePausedBy,
      liveWorkers: crew.liveWorkers,
      workerSeenAt: crew.workerSeenAt,
      ahead: numberOrNull(row[CELL.ahead] ?? null),
      // Ids only, so that nothing in the array's text is quoted.
      keyHolders: holders === null || holders === "{}" ? [] : holders.slice(1, -1).split(","),
    };
  }
}

/** What holds for all that wait in a lane. */
type Crew = Omit<WaitingFacts, "ahead" | "keyHolders">;

function crewOf(crew: string, paused: string | null): Crew {
  const [liveWorkers, seenAt] = JSON.parse(crew) as [number, number | null];
  const [pausedAt, queuePausedBy] = paused === null ? NOT_PAUSED : (JSON.parse(paused) as [number, string | null]);
  const round = (at: number | null): number | null => (at === null ? null : Math.round(at));
  return { queuePausedAt: round(pausedAt), queuePausedBy, liveWorkers, workerSeenAt: round(seenAt) };
}
const NOT_PAUSED = [null, null] as const;

/** Rows of one of the lists. */
export function listedOf(rows: readonly RawRow[], lanes: Lanes): JobRecord[] {
  return rows.map((row) =>
    recordOf(row, lanes, {
      result: row[AT.result]!,
      payload: null,
      errorDetail: null,
      payloadBytes: numberOrNull(row[AT.payload_bytes]!),
      waiting: null,
      readAt: instant(row[AT.read_at]!),
    }),
  );
}

export function listedLanes(rows: readonly RawRow[]): Set<number> {
  return new Set(rows.map((row) => Number(row[AT.lane_id])));
}

function recordOf(row: RawRow, lanes: Lanes, beside: Beside): JobRecord {
  const status = statusOf(row);
  const told = TOLD[status];
  const { kind, queue } = lanes.byId(Number(row[AT.lane_id]));
  const stage = row[AT.stage]!;
  const createdAt = instant(row[AT.created_at]!);
  return {
    jobId: row[AT.job_id]!,
    kind,
    queue,
    owner: row[AT.owner]!,
    status,
    generation: numberOr(row[AT.generation]!, 1),
    attempt: numberOr(row[AT.attempt]!, told.attempt),
    maxAttempts: numberOr(row[AT.max_attempts]!, USUAL.max_attempts),
    lostCount: numberOr(row[AT.lost_count]!, 0),
    fence: numberOr(row[AT.fence]!, told.attempt),
    workerId: row[AT.worker_id]!,
    leaseExpiresAt: instantOrNull(row[AT.lease_expires_at]!),
    priority: numberOr(row[AT.priority]!, USUAL.priority),
    runAt: instantOrNull(row[AT.run_at]!) ?? createdAt,
    scheduledAt: instantOrNull(row[AT.scheduled_at]!),
    expiresAt: instantOrNull(row[AT.expires_at]!),
    createdAt,
    firstStartedAt: instantOrNull(row[AT.first_started_at]!),
    startedAt: instantOrNull(row[AT.started_at]!),
    finishedAt: instantOrNull(row[AT.finished_at]!),
    updatedAt: instantOrNull(row[AT.updated_at]!) ?? createdAt,
    seq: numberOr(row[AT.seq]!, told.seq),
    cancelRequestedAt: instantOrNull(row[AT.cancel_requested_at]!),
    uniqueKey: row[AT.unique_key]!,
    idempotencyKey: row[AT.idempotency_key]!,
    concurrencyKey: row[AT.concurrency_key]!,
    concurrencyLimit: numberOrNull(row[AT.concurrency_limit]!),
    progress: progressOf(row),
    stageStartedAt: status === "processing" && stage !== null ? instantOrNull(row[AT.stage_started_at]!) : null,
    result: beside.result,
    error: row[AT.error] === null ? null : (JSON.parse(row[AT.error]!) as PublicFailure),
    errorDetail: beside.errorDetail,
    metadata: row[AT.metadata]!,
    payload: beside.payload,
    payloadBytes: beside.payloadBytes,
    parentId: row[AT.parent_id]!,
    rerunOf: row[AT.rerun_of]!,
    recorded: row[AT.recorded] === "t",
    waiting: beside.waiting,
    readAt: beside.readAt,
  };
}

/** Null when nothing was ever reported of the attempt. */
function progressOf(row: RawRow): StoredProgress | null {
  const [percent, done, total] = [row[AT.percent]!, row[AT.done]!, row[AT.total]!];
  const [stage, message] = [row[AT.stage]!, row[AT.message]!];
  if (percent === null && done === null && total === null && stage === null && message === null) return null;
  return { stage, percent: numberOrNull(percent), done: numberOrNull(done), total: numberOrNull(total), message };
}
