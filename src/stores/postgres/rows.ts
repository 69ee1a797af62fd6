/** From rows to the facts of the contract. Instants come as epoch milliseconds, JSON as the text that was written. */
import type { PublicFailure, Tombstone } from "../../core/job.js";
import type { JobStatus, TerminalStatus } from "../../core/lifecycle.js";
import type { ClaimedJob, KindFacts, StageFacts, StoredLogLine, WorkerRecord } from "../../core/store.js";
import { type TrailEvent, type TrailFacts, wholeTrail } from "../../core/trail.js";
import type { RawRow, Row } from "./driver.js";
import type { Mark } from "./line-marks.js";

/** The server computes milliseconds in floating point; the true value is whole. */
function instant(value: unknown): number {
  return Math.round(Number(value));
}
function instantOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Math.round(Number(value));
}
function textOrNull(value: unknown): string | null {
  return (value as string | null | undefined) ?? null;
}
function failureOf(text: unknown): PublicFailure | null {
  return typeof text === "string" ? (JSON.parse(text) as PublicFailure) : null;
}

/** What a claim leaves to do. */
export interface ClaimRest {
  /** Of the rows that tell where jobs were taken, separated by commas; null when none were. */
  readonly claimIds: string | null;
  /** Some job has, or had, a concurrency key. */
  readonly hasKeys: boolean;
  /** Jobs that were met, but whose key had no free slot. */
  readonly refused: number;
  /** Ms until the next job that waits for its time is due; null without one. */
  readonly dueIn: number | null;
  /** More is due now. */
  readonly more: boolean;
}

export interface Taken {
  readonly rest: ClaimRest;
  readonly taken: readonly ClaimedJob[];
  /** Places of the last of them, one for each lane and priority. */
  readonly reached: readonly Mark[];
  /** Their lanes. */
  readonly lanes: Readonly<Record<string, LaneName>>;
  /** Of all of them: a lease after the claim began. Epoch ms. */
  readonly leaseExpiresAt: number;
}

/** What the first row of a claim says, as JSON. */
type ClaimHead = [
  claimIds: string | null,
  hasKeys: boolean,
  refused: number,
  dueIn: number | null,
  more: boolean | null,
  now: number,
  leaseExpiresAt: number,
  lanes: Readonly<Record<string, LaneName>> | null,
];
type LaneName = readonly [queue: string, kind: string];

/** What the attempts of a claim have in common. */
interface Common {
  readonly startedAt: number;
  readonly leaseExpiresAt: number;
  readonly lanes: Readonly<Record<string, LaneName>>;
}

/** Where each value stands in a row of a claim. */
const JOB_ID = 0;
const RUN_AT = 1;
const LANE_ID = 2;
const MAX_ATTEMPTS = 3;
const PAYLOAD = 4;
const METADATA = 5;
const OWNER = 6;
/** Null for a first attempt at an ordinary job; else what is not as there: see `differing`. */
const DIFFERS = 7;

/** The rows of the statement `claim`: the first says what is left to do, the others are jobs. */
export function takenOf([first, ...rows]: readonly RawRow[]): Taken {
  const head = JSON.parse(first![PAYLOAD]!) as ClaimHead;
  const [claimIds, hasKeys, refused, dueIn, more, now, until, lanes] = head;
  const rest: ClaimRest = { claimIds, hasKeys, refused, dueIn, more: more === true };
  const common = { startedAt: instant(now), leaseExpiresAt: instant(until), lanes: lanes ?? {} };
  const { leaseExpiresAt } = common;
  const taken = rows.map((row) => claimedOf(row, common));
  return { rest, taken, reached: marksOf(rows, common), lanes: common.lanes, leaseExpiresAt };
}

/** From the last one backwards: nearly every job has the lane and the priority of the one behind it, and then adds nothing. */
function marksOf(rows: readonly RawRow[], { lanes }: Common): Mark[] {
  const marks: Mark[] = [];
  const seen = new Set<string>();
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i]!;
    const behind = rows[i + 1];
    if (behind !== undefined && row[LANE_ID] === behind[LANE_ID] && row[DIFFERS] === behind[DIFFERS]) continue;
    const priority = differing(row)?.priority ?? 0;
    const place = `${priority} ${row[LANE_ID]}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const [queue, kind] = lanes[row[LANE_ID]!]!;
    marks.push({ queue, kind, priority, runAt: instant(row[RUN_AT]), jobId: row[JOB_ID]! });
  }
  return marks;
}

function claimedOf(row: RawRow, { lanes, startedAt, leaseExpiresAt }: Common): ClaimedJob {
  const [queue, kind] = lanes[row[LANE_ID]!]!;
  const runAt = instant(row[RUN_AT]);
  const differs = row[DIFFERS] === null ? null : differing(row);
  return {
    jobId: row[JOB_ID]!,
    kind,
    queue,
    owner: row[OWNER]!,
    fence: differs?.fence ?? 1,
    generation: differs?.generation ?? 1,
    attempt: differs?.attempt ?? 1,
    maxAttempts: Number(row[MAX_ATTEMPTS]),
    lostCount: differs?.lostCount ?? 0,
    startedAt: differs?.startedAt ?? startedAt,
    createdAt: differs?.createdAt ?? runAt,
    runAt,
    payload: row[PAYLOAD]!,
    metadata: row[METADATA]!,
    leaseExpiresAt,
  };
}

/** Null when all of it is as in a first attempt at a job that came in due, with priority 0, and was taken at once. */
function differing(row: RawRow) {
  const told = row[DIFFERS];
  if (told === null || told === undefined) return null;
  const [fence, generation, attempt, lostCount, priority, startedAt, createdAt] = told.split(" ").map(instant);
  return { fence, generation, attempt, lostCount, priority, startedAt, createdAt };
}

export function tombstoneOf(row: Row): Tombstone {
  return {
    jobId: row["job_id"] as string,
    kind: row["kind"] as string,
    owner: textOrNull(row["owner"]),
    status: row["status"] as TerminalStatus,
    errorCode: textOrNull(row["error_code"]),
    createdAt: instant(row["created_at"]),
    finishedAt: instant(row["finished_at"]),
    purgedAt: instant(row["purged_at"]),
  };
}

/** A job's facts and its whole trail, from the rows of the statement `trail` about that job. */
export interface Story {
  readonly facts: TrailFacts;
  readonly trail: readonly TrailEvent[];
}

export function storiesOf(rows: readonly Row[]): Map<string, Story> {
  const byJob = new Map<string, Row[]>();
  for (const row of rows) {
    const jobId = row["job_id"] as string;
    const known = byJob.get(jobId);
    if (known === undefined) byJob.set(jobId, [row]);
    else known.push(row);
  }
  const stories = new Map<string, Story>();
  for (const [jobId, own] of byJob) {
    const facts = trailFactsOf(own[0]!);
    const written = own.filter((row) => row["event_seq"] !== null).map(trailEventOf);
    stories.set(jobId, { facts, trail: wholeTrail(facts, written) });
  }
  return stories;
}

function trailFactsOf(row: Row): TrailFacts {
  return {
    jobId: row["job_id"] as string,
    status: row["status"] as JobStatus,
    seq: row["seq"] as number,
    createdAt: instant(row["created_at"]),
    scheduledAt: instantOrNull(row["scheduled_at"]),
    startedAt: instantOrNull(row["started_at"]),
    finishedAt: instantOrNull(row["finished_at"]),
    workerId: null,
    attempt: row["attempt"] as number,
    fence: row["fence"] as number,
    generation: row["generation"] as number,
    recorded: row["recorded"] as boolean,
    lastWorkerId: textOrNull(row["last_worker_id"]),
    claimedAt: instantOrNull(row["claimed_at"]),
  };
}

function trailEventOf(row: Row): TrailEvent {
  return {
    jobId: row["job_id"] as string,
    seq: row["event_seq"] as number,
    at: instant(row["at"]),
    from: textOrNull(row["from_status"]) as JobStatus | null,
    to: row["to_status"] as JobStatus,
    event: row["event"] as TrailEvent["event"],
    actor: row["actor"] as string,
    attempt: row["event_attempt"] as number,
    fence: row["event_fence"] as number,
    generation: row["event_generation"] as number,
    reason: textOrNull(row["reason"]),
    requestId: textOrNull(row["request_id"]),
    error: failureOf(row["event_error"]),
    ...(row["start_unknown"] === true ? { startUnknown: true } : {}),
  };
}

export function logLineOf(row: Row): StoredLogLine {
  return {
    jobId: row["job_id"] as string,
    fence: row["fence"] as number,
    at: instant(row["at"]),
    message: row["message"] as string,
    fields: textOrNull(row["fields"]),
  };
}

export function workerOf(row: Row): WorkerRecord {
  return {
    workerId: row["worker_id"] as string,
    host: row["host"] as string,
    pid: row["pid"] as number,
    kinds: row["kinds"] as string[],
    queues: (row["queues"] as string[] | null) ?? null,
    concurrency: row["concurrency"] as number,
    running: row["running"] as number,
    accepting: row["accepting"] as boolean,
    leaseMs: row["lease_ms"] as number,
    startedAt: instant(row["started_at"]),
    seenAt: instant(row["seen_at"]),
  };
}

export function kindOf(row: Row): KindFacts {
  return {
    kind: row["kind"] as string,
    stages: JSON.parse(row["stages"] as string) as StageFacts[],
    targetMs: (row["target_ms"] as number | null) ?? null,
  };
}
