/**
 * Records from rows as they came over the wire. A thousand readers poll them, so no object with forty names is made of a
 * row only to be copied into another. Where what stands in a row is said in sql/facts.ts and sql/status.ts.
 */
import type { JobRecord, PublicFailure, StoredProgress, WaitingFacts } from "../../core/job.js";
import { isWaitingStatus, type JobStatus } from "../../core/lifecycle.js";
import type { RawRow } from "./driver.js";
import type { Lanes } from "./lanes.js";
import { AT } from "./sql/facts.js";
import { USUAL } from "./sql/words.js";

type Cell = string | null;

/** The server computes milliseconds in floating point; the true value is whole. */
const instant = (cell: Cell): number => Math.round(Number(cell));
const instantOrNull = (cell: Cell): number | null => (cell === null ? null : Math.round(Number(cell)));
const numberOr = (cell: Cell, told: number): number => (cell === null ? told : Number(cell));
const numberOrNull = (cell: Cell): number | null => (cell === null ? null : Number(cell));

const ASKED_BY = { status: AT.read_at + 1, info: AT.result + 1, full: AT.result + 1 } as const;
const [AHEAD, KEY_HOLDERS, LANE, PAYLOAD, ERROR_DETAIL] = [2, 3, 4, 5, 6].map((n) => AT.result + n) as [
  number,
  number,
  number,
  number,
  number,
];

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

export interface AskedRecord {
  readonly record: JobRecord;
  /** The owner who asked; null = whoever it belongs to. */
  readonly askedBy: string | null;
}

export function laneIdsOf(rows: readonly RawRow[]): number[] {
  return rows.map((row) => Number(row[AT.lane_id]));
}

/** Of the statement `readStatus`. */
export function statusesOf(rows: readonly RawRow[], lanes: Lanes): AskedRecord[] {
  return rows.map((row) => ({ record: recordOf(row, lanes, null, null, null), askedBy: row[ASKED_BY.status]! }));
}

/** Of `readEnded`; null when one of them waits after all. */
export function endingsOf(rows: readonly RawRow[], lanes: Lanes): AskedRecord[] | null {
  if (rows.some((row) => isWaitingStatus(statusOf(row)))) return null;
  return rows.map((row) => ({ record: recordOf(row, lanes, null, null, null), askedBy: row[ASKED_BY.info]! }));
}

/** Of `readInfo` and `readFull`: some rows are about lanes. */
export function infosOf(rows: readonly RawRow[], view: "info" | "full", lanes: Lanes): AskedRecord[] {
  const crews = new Crews();
  const jobs = rows.filter((row) => !crews.take(row));
  return jobs.map((row) => {
    const [payload, detail] = view === "full" ? [row[PAYLOAD]!, row[ERROR_DETAIL]!] : [null, null];
    const waits = isWaitingStatus(statusOf(row));
    return {
      record: recordOf(row, lanes, waits ? waitingOf(row, crews) : null, payload, detail),
      askedBy: row[ASKED_BY.info]!,
    };
  });
}

/** A row of one of the lists. */
export function listedOf(row: RawRow, lanes: Lanes): JobRecord {
  return recordOf(row, lanes, null, null, null);
}

function recordOf(
  row: RawRow,
  lanes: Lanes,
  waiting: WaitingFacts | null,
  payload: string | null,
  errorDetail: string | null,
): JobRecord {
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
    result: row[AT.result] ?? null,
    error: row[AT.error] === null ? null : (JSON.parse(row[AT.error]!) as PublicFailure),
    errorDetail,
    metadata: row[AT.metadata]!,
    payload,
    payloadBytes: numberOrNull(row[AT.payload_bytes] ?? null),
    parentId: row[AT.parent_id]!,
    rerunOf: row[AT.rerun_of]!,
    recorded: row[AT.recorded] === "t",
    waiting,
    readAt: instant(row[AT.read_at]!),
  };
}

/** Null when nothing was ever reported of the attempt. */
function progressOf(row: RawRow): StoredProgress | null {
  const [percent, done, total] = [row[AT.percent]!, row[AT.done]!, row[AT.total]!];
  const [stage, message] = [row[AT.stage]!, row[AT.message]!];
  if (percent === null && done === null && total === null && stage === null && message === null) return null;
  return { stage, percent: numberOrNull(percent), done: numberOrNull(done), total: numberOrNull(total), message };
}

type LaneFacts = Omit<WaitingFacts, "ahead" | "keyHolders">;
const NOBODY: LaneFacts = { queuePausedAt: null, queuePausedBy: null, liveWorkers: 0, workerSeenAt: null };

/** What holds for all that wait in a lane. */
class Crews {
  readonly #ofLane = new Map<string, LaneFacts>();

  /** @returns false for a row that is about a job */
  take(row: RawRow): boolean {
    if (row[AT.job_id] !== null) return false;
    const [liveWorkers, seenAt, pausedAt, queuePausedBy] = JSON.parse(row[LANE]!) as [
      number,
      number | null,
      number | null,
      string | null,
    ];
    const round = (at: number | null): number | null => (at === null ? null : Math.round(at));
    this.#ofLane.set(row[AT.lane_id]!, {
      queuePausedAt: round(pausedAt),
      queuePausedBy,
      liveWorkers,
      workerSeenAt: round(seenAt),
    });
    return true;
  }

  of(laneId: string): LaneFacts {
    return this.#ofLane.get(laneId) ?? NOBODY;
  }
}

function waitingOf(row: RawRow, crews: Crews): WaitingFacts {
  const { queuePausedAt, queuePausedBy, liveWorkers, workerSeenAt } = crews.of(row[AT.lane_id]!);
  const holders = row[KEY_HOLDERS]!;
  return {
    queuePausedAt,
    queuePausedBy,
    liveWorkers,
    workerSeenAt,
    ahead: numberOrNull(row[AHEAD]!),
    // Ids only, so that nothing in the array's text is quoted.
    keyHolders: holders === null || holders === "{}" ? [] : holders.slice(1, -1).split(","),
  };
}
