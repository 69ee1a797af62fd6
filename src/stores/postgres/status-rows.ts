/**
 * Records of the view "status" from rows as they came over the wire. It is the view that a thousand readers poll, so no object
 * with forty names is made of a row only to be copied into another. The order is that of the statement `readStatus`.
 */
import type { JobRecord, PublicFailure, StoredProgress } from "../../core/job.js";
import type { JobStatus } from "../../core/lifecycle.js";
import type { RawRow } from "./driver.js";

type Cell = string | null;

/** The server computes milliseconds in floating point; the true value is whole. */
const instant = (cell: Cell): number => Math.round(Number(cell));
const instantOrNull = (cell: Cell): number | null => (cell === null ? null : Math.round(Number(cell)));
const numberOrNull = (cell: Cell): number | null => (cell === null ? null : Number(cell));

export interface StatusRow {
  readonly record: JobRecord;
  /** The owner who asked; null = whoever it belongs to. */
  readonly askedBy: string | null;
}

export function statusRowOf(row: RawRow): StatusRow {
  const [jobId, kind, queue, owner, priority, maxAttempts, recorded, uniqueKey, idempotencyKey] = row as string[];
  const status = row[14] as JobStatus;
  const stage = row[24]!;
  const record: JobRecord = {
    jobId: jobId!,
    kind: kind!,
    queue: queue!,
    owner: owner!,
    status,
    generation: Number(row[15]),
    attempt: Number(row[16]),
    maxAttempts: Number(maxAttempts),
    lostCount: Number(row[17]),
    fence: Number(row[18]),
    workerId: row[20]!,
    leaseExpiresAt: instantOrNull(row[28]!),
    priority: Number(priority),
    runAt: instant(row[29]!),
    scheduledAt: instantOrNull(row[30]!),
    expiresAt: instantOrNull(row[31]!),
    createdAt: instant(row[32]!),
    firstStartedAt: instantOrNull(row[33]!),
    startedAt: instantOrNull(row[34]!),
    finishedAt: instantOrNull(row[35]!),
    updatedAt: instant(row[36]!),
    seq: Number(row[19]),
    cancelRequestedAt: instantOrNull(row[37]!),
    uniqueKey: uniqueKey!,
    idempotencyKey: idempotencyKey!,
    concurrencyKey: row[9]!,
    concurrencyLimit: numberOrNull(row[10]!),
    progress: progressOf(row),
    stageStartedAt: status === "processing" && stage !== null ? instantOrNull(row[26]!) : null,
    result: null,
    error: row[27] === null ? null : (JSON.parse(row[27]!) as PublicFailure),
    errorDetail: null,
    metadata: row[13]!,
    payload: null,
    payloadBytes: null,
    parentId: row[11]!,
    rerunOf: row[12]!,
    recorded: recorded === "t",
    waiting: null,
    readAt: instant(row[38]!),
  };
  return { record, askedBy: row[39]! };
}

/** Null when nothing was ever reported of the attempt. */
function progressOf(row: RawRow): StoredProgress | null {
  const [percent, done, total, stage, message] = [row[21]!, row[22]!, row[23]!, row[24]!, row[25]!];
  if (percent === null && done === null && total === null && stage === null && message === null) return null;
  return { stage, percent: numberOrNull(percent), done: numberOrNull(done), total: numberOrNull(total), message };
}
