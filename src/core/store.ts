/**
 * The contract of a store: where jobs live. Short and batch-first: calls take and return arrays of the same length and
 * order, and each item is atomic on its own. A refused item never disturbs its neighbours and is an answer, not an error;
 * a thrown error means that the store as a whole could not do it.
 *
 * What every store keeps:
 *   – every write by an attempt compares the fence *in the same statement*;
 *   – status, seq and trail change together;
 *   – the store owns the time: callers pass durations, and every instant here is epoch milliseconds by the store's clock;
 *   – an acknowledged write is as durable as the store is.
 *
 * `waymark/testing` has the suite that says the rest; a store of your own passes it or is not one.
 */
import type { Finding } from "./finding.js";
import type { JobRecord, PublicFailure, Tombstone } from "./job.js";
import type { JobStatus, TerminalStatus } from "./lifecycle.js";
import type { TrailEvent } from "./trail.js";

export interface Store {
  /** "memory", "sqlite", "postgres", or the name of a store of your own. */
  readonly name: string;
  /** Whether an acknowledged write survives the process. */
  readonly durable: boolean;
  /** What another thread needs to open the same store; null when it cannot. Plain data. */
  readonly address: StoreAddress | null;

  /**
   * T1, T2. `tx` is the caller's own transaction: the jobs exist iff it commits. A store that has nothing to wait for may
   * answer at once; errors always come by a promise.
   */
  enqueue(jobs: readonly NewJob[], tx?: unknown): Promise<EnqueueAnswer[]> | EnqueueAnswer[];
  /**
   * T4. Moves up to `limit` due jobs to processing: best priority first, then runAt, then id. Two callers never share
   * one. Leaves alone: recorded jobs, paused queues, kinds not asked for, full concurrency keys, jobs past `expiresAt`.
   */
  claim(request: ClaimRequest): Promise<Claim>;
  /** T4 for named *recorded* jobs, due or not: an outside runner has begun to work on them. */
  start(requests: readonly StartRequest[]): Promise<StartAnswer[]>;
  /** T5. Renews leases, and tells the store that the worker lives (also with no lease at all). */
  extend(beat: Heartbeat): Promise<HoldAnswer[]>;
  /** T5. Stage, progress and log lines of running attempts. Percent never falls within an attempt. */
  report(reports: readonly Report[]): Promise<HoldAnswer[]>;
  /** T6–T10, T13, T16. Ends attempts. */
  settle(settlements: readonly Settlement[]): Promise<SettleAnswer[]>;
  /**
   * T5–T8, T13 as an outside service tells them: late, twice and out of order. The id is stored in the same transaction
   * as the effect, so each id of a job is applied at most once; `seq` only rises within a fence. Order is kept.
   */
  callback(requests: readonly CallbackRequest[]): Promise<CallbackAnswer[]>;
  /** T11–T13, T18. Takes back jobs whose lease ran out, ends jobs past `expiresAt`; at most `limit` of each. */
  sweep(limit: number): Promise<Swept>;
  /** T14, T15, T17. */
  cancel(requests: readonly CancelRequest[]): Promise<ControlAnswer[]>;
  /** T19. */
  retry(requests: readonly RetryRequest[]): Promise<ControlAnswer[]>;
  /** T20 by rule: removes finished jobs, oldest first, at most `limit` a call, and leaves tombstones. */
  purge(request: PurgeRequest): Promise<Tombstone[]>;
  /** T20 by id. */
  remove(requests: readonly RemoveRequest[]): Promise<ControlAnswer[]>;

  /** One statement, one snapshot for all ids. With `owner`, a job of somebody else is null. */
  read(request: ReadRequest): Promise<(JobRecord | Tombstone | null)[]>;
  /** Newest first, by id. Records of the view "info", `waiting` left null. */
  list(query: ListQuery): Promise<JobRecord[]>;
  /** Jobs by status as it reads now; statuses without a job are 0. */
  counts(filter: CountFilter): Promise<Record<JobStatus, number>>;
  /** The whole trail of each job (see trail.ts), oldest first; empty for an unknown one. */
  trail(jobIds: readonly string[]): Promise<TrailEvent[][]>;
  /** The callbacks that were applied to each job, by fence and seq; empty for an unknown one. They go with the job. */
  callbacks(jobIds: readonly string[]): Promise<CallbackRecord[][]>;
  /** What is left of purged jobs, by id, those after `after` (null = from the first), at most `limit`. */
  tombstones(after: string | null, limit: number): Promise<Tombstone[]>;
  /** The log lines of a job's attempts, oldest first. */
  logs(jobId: string): Promise<StoredLogLine[]>;

  pauseQueue(queue: string, actor: string): Promise<void>;
  resumeQueue(queue: string, actor: string): Promise<void>;
  /** Every queue that ever had a job or a pause; one that only ever refused a job may be among them. */
  queues(): Promise<QueueFacts[]>;
  /** Workers heard from within the last day, newest first. */
  workers(): Promise<WorkerRecord[]>;
  /** Remembers what a kind declares, for readers in processes that have no definition of it. The last writer wins. */
  saveKinds(kinds: readonly KindFacts[]): Promise<void>;
  kinds(): Promise<KindFacts[]>;

  /** Counts durations of successful attempts under today's period (UTC, by the store's clock). */
  learn(samples: readonly DurationSample[]): Promise<void>;
  /** What was learned of each kind asked for, in the same order; empty for an unknown one. `purge` forgets old periods. */
  learned(kinds: readonly string[]): Promise<LearnedDurations[]>;

  /**
   * Calls `listener` after something changed, here or (soon) in another process. Only a hint, never the truth: it may
   * come late, twice, for nothing or not at all, so whoever listens also polls.
   *
   * @param interest  what the listener can do without need not be heard from other processes; default everything
   */
  subscribe(listener: (hint: Hint) => void, interest?: HintInterest): () => void;
  /**
   * Whether hints of other processes arrive: `deaf` when they do not get through, `connecting` while nobody can tell. Null
   * while nobody here listens. Optional: a store whose hints need no connection has none to lose.
   */
  readonly hearing?: "hears" | "connecting" | "deaf" | null;
  /** For `waymark doctor`: what only the store knows of its own health. It reads, and changes nothing. Optional. */
  examine?(): Promise<Finding[]>;
  /** Waits for what is under way and lets go of files, connections and timers. */
  close(): Promise<void>;
}

/**
 * Enough to open the same store elsewhere; `options` is structured-cloneable. One whose statements have a time limit names it
 * there as `statementTimeoutMs`, and takes that and `maxConnections`, so that the lease thread can be less patient.
 */
export interface StoreAddress {
  readonly url: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface NewJob {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  readonly priority: number;
  /** When to run, as one of: null (now), ms from now by the store's clock, or an instant the producer named. */
  readonly runAt: { readonly inMs: number } | { readonly at: number } | null;
  readonly expiresInMs: number | null;
  readonly maxAttempts: number;
  /** JSON text. */
  readonly payload: string;
  readonly metadata: string | null;
  readonly uniqueKey: string | null;
  readonly idempotencyKey: string | null;
  readonly concurrencyKey: string | null;
  /** Jobs of one key that may be processing at once; the newest enqueue decides for the key. Null without a key. */
  readonly concurrencyLimit: number | null;
  readonly parentId: string | null;
  readonly rerunOf: string | null;
  readonly recorded: boolean;
}

/** What is known of a job right after enqueue. */
export interface EnqueuedFacts {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly scheduledAt: number | null;
}
export type EnqueueAnswer =
  | ({ readonly answer: "created" } & EnqueuedFacts)
  /** A live job of the same owner holds the unique key: this is that one. */
  | ({ readonly answer: "duplicate" } & EnqueuedFacts)
  /** A job of the same owner has the idempotency key; its input comes along, to be compared by the caller. */
  | ({ readonly answer: "known"; readonly payload: string } & EnqueuedFacts)
  /** The id is taken. */
  | { readonly answer: "exists"; readonly jobId: string }
  /** A bounded store that holds `limit` unfinished jobs. */
  | { readonly answer: "full"; readonly limit: number };

export interface ClaimRequest {
  readonly workerId: string;
  readonly kinds: readonly string[];
  /** Null = all queues. */
  readonly queues: readonly string[] | null;
  readonly limit: number;
  readonly leaseMs: number;
}
export interface Claim {
  readonly jobs: readonly ClaimedJob[];
  /**
   * Ms until a job for this request is next due, or until it is worth another look; 0 when more were due than `limit`; null
   * when none is known.
   */
  readonly nextDueInMs: number | null;
}
export interface ClaimedJob {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  readonly owner: string | null;
  readonly fence: number;
  readonly generation: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly lostCount: number;
  readonly payload: string;
  readonly metadata: string | null;
  readonly createdAt: number;
  /** When it was due. */
  readonly runAt: number;
  readonly startedAt: number;
  readonly leaseExpiresAt: number;
}

export interface StartRequest {
  readonly jobId: string;
  readonly workerId: string;
  readonly leaseMs: number;
  /** False when the runner only told the end: `startedAt` and durations then stay null. */
  readonly startKnown: boolean;
}
export type StartAnswer =
  | { readonly answer: "started"; readonly fence: number; readonly attempt: number; readonly maxAttempts: number }
  | { readonly answer: "illegal"; readonly status: JobStatus }
  | { readonly answer: "notFound" };

/** Names one attempt. Its holder alone knows both. */
export interface LeaseRef {
  readonly jobId: string;
  readonly fence: number;
}
export interface Heartbeat {
  /** Null when no worker stands behind the leases (a recorder). */
  readonly worker: WorkerFacts | null;
  readonly leaseMs: number;
  readonly leases: readonly LeaseRef[];
}
/** `held`: go on. `cancelRequested`: go on, but stop soon. `lost`: stop, nothing you write counts. */
export type HoldAnswer = "held" | "cancelRequested" | "lost";

export interface WorkerFacts {
  readonly workerId: string;
  readonly host: string;
  readonly pid: number;
  readonly kinds: readonly string[];
  readonly queues: readonly string[] | null;
  readonly concurrency: number;
  readonly running: number;
  /** False once it takes no more work: it is shutting down. */
  readonly accepting: boolean;
}
export interface WorkerRecord extends WorkerFacts {
  readonly startedAt: number;
  readonly seenAt: number;
  /** The lease length it beats for; silent longer than that = presumed dead. */
  readonly leaseMs: number;
}

export interface LogLine {
  readonly message: string;
  /** JSON text, redacted; null without fields. */
  readonly fields: string | null;
}
export interface StoredLogLine extends LogLine {
  readonly jobId: string;
  readonly fence: number;
  readonly at: number;
}
export interface Report extends LeaseRef {
  /** Undefined = leave as it is. A new stage clears done, total and message. */
  readonly stage?: string;
  readonly percent?: number | null;
  readonly done?: number | null;
  readonly total?: number | null;
  readonly message?: string | null;
  readonly logs?: readonly LogLine[];
}

export interface StoredFailure {
  readonly public: PublicFailure;
  /** JSON text for operators: name, message, stack, cause, details; already redacted and cut. */
  readonly detail: string;
}
/**
 * What the holder says of its attempt. What the store makes of it (T13: a bad end while cancel is asked ends cancelled;
 * T7 → T8 when attempts are used up) is decided in the statement itself.
 */
export type Outcome =
  | { readonly type: "completed"; readonly result: string | null }
  /** `retryInMs: null` = final. */
  | { readonly type: "failed"; readonly failure: StoredFailure; readonly retryInMs: number | null }
  /** Given back unstarted or at shutdown: the attempt is not charged. */
  | { readonly type: "released" }
  | { readonly type: "snoozed"; readonly inMs: number }
  /** The handler stopped because cancel was asked. Illegal when it was not. */
  | { readonly type: "cancelled" };

export interface Settlement extends LeaseRef {
  readonly outcome: Outcome;
}
export type SettleAnswer =
  /** Recorded. `late`: the lease had run out, but nobody had rescued the job. */
  | { readonly answer: "settled"; readonly status: JobStatus; readonly late: boolean }
  /** This fence had already ended with the same kind of outcome. */
  | { readonly answer: "replayed"; readonly status: JobStatus }
  /** This fence had already ended otherwise: the first stays, the trail has a `conflict` row (one per fence). */
  | { readonly answer: "conflict"; readonly status: JobStatus }
  /** Another fence rules, or the job was rescued, force-cancelled or purged. Null = unknown job. */
  | { readonly answer: "lost"; readonly status: JobStatus | null }
  /** `cancelled` without a cancel request: nothing was written. */
  | { readonly answer: "illegal"; readonly status: JobStatus };

/** What an outside service says of the attempt it was given. */
export type CallbackEffect =
  /** It has begun: the lease is extended, nothing else changes. */
  | { readonly type: "started" }
  | { readonly type: "progress"; readonly report: Omit<Report, "jobId" | "fence"> }
  /** By the rules of `settle`. */
  | { readonly type: "settle"; readonly outcome: Outcome };
export interface CallbackRequest extends LeaseRef {
  /** Chosen by the service; the same message sent again carries the same id. */
  readonly id: string;
  /** From 1, rising within a fence. */
  readonly seq: number;
  readonly effect: CallbackEffect;
  /** From now: until when the service must be heard from again. */
  readonly leaseMs: number;
}
export type CallbackAnswer =
  | { readonly applied: true; readonly status: JobStatus }
  | { readonly applied: false; readonly reason: CallbackRefusal; readonly status: JobStatus | null };
/**
 * Asked in this order, and none of them changes the job (but see `ended`):
 * `unknown` – no such job, or purged; `duplicate` – this id was applied before; `lost` – another fence rules, or the
 * attempt was taken away; `ended` – the attempt of this fence has told its ending (a different one told now leaves the
 * `conflict` remark of `settle`); `stale` – a later seq was applied already; `illegal` – as in `SettleAnswer`.
 */
export type CallbackRefusal = "unknown" | "duplicate" | "lost" | "ended" | "stale" | "illegal";
/** A callback that was applied. */
export interface CallbackRecord extends LeaseRef {
  readonly id: string;
  readonly seq: number;
}

export interface SweptJob {
  readonly jobId: string;
  readonly kind: string;
  readonly fence: number;
  readonly to: JobStatus;
}
export interface Swept {
  readonly rescued: readonly SweptJob[];
  readonly expired: readonly SweptJob[];
  /** True while the store distrusts its clock after a jump: nothing is rescued or expired meanwhile. */
  readonly paused: boolean;
}

/** A person's request about one job. With `owner`, a job of somebody else answers `notFound`. */
export interface PersonRequest {
  readonly jobId: string;
  readonly actor: string;
  readonly requestId: string | null;
  readonly owner?: string;
}
export interface CancelRequest extends PersonRequest {
  readonly reason: string | null;
  /** T17: do not wait for the holder. */
  readonly force: boolean;
}
export interface RetryRequest extends PersonRequest {
  /** Refuse when the error says that trying again cannot help (operators may all the same). */
  readonly onlyRetryable: boolean;
  /** Refuse when the job has this many generations already; null = no cap. */
  readonly maxGenerations: number | null;
}
export interface RemoveRequest extends PersonRequest {}

export type ControlAnswer =
  | { readonly answer: "done"; readonly status: JobStatus }
  /** The cancel flag is set; the holder will be told. */
  | { readonly answer: "requested"; readonly status: "processing" }
  /** The same was asked before. */
  | { readonly answer: "replayed"; readonly status: JobStatus }
  | { readonly answer: "illegal"; readonly status: JobStatus }
  | { readonly answer: "notRetryable"; readonly status: JobStatus; readonly reason: "error" | "generations" }
  | { readonly answer: "uniqueConflict"; readonly jobId: string }
  | { readonly answer: "notFound" };

/** A job may go when any rule of its status says so. */
export interface RetentionRule {
  readonly status: TerminalStatus;
  /** Finished longer ago than this. Null = no limit by age. */
  readonly olderThanMs: number | null;
  /** Not among the newest `keep` of its status. Null = no limit by count. */
  readonly keep: number | null;
}
export interface PurgeRequest {
  readonly rules: readonly RetentionRule[];
  readonly limit: number;
  /** Tombstones older than this go too. */
  readonly tombstoneMs: number;
  /** For the log and the tombstone: "retention", or who asked. */
  readonly actor: string;
}

/**
 * "status": what the status needs, no payload, result, error detail or waiting facts. "info": all but payload and error
 * detail. "full": everything.
 */
export type ReadView = "status" | "info" | "full";
export interface ReadRequest {
  readonly jobIds: readonly string[];
  readonly view: ReadView;
  readonly owner?: string;
}
export interface CountFilter {
  readonly owner?: string;
  readonly kind?: string;
  readonly queue?: string;
}
export interface ListQuery extends CountFilter {
  readonly status?: readonly JobStatus[];
  /** Only ids before this one: the last id of the page before. */
  readonly before?: string;
  readonly limit: number;
}

export interface QueueFacts {
  readonly queue: string;
  readonly pausedAt: number | null;
  readonly pausedBy: string | null;
}
export interface StageFacts {
  readonly name: string;
  readonly weight: number;
}
export interface KindFacts {
  readonly kind: string;
  readonly stages: readonly StageFacts[];
  /** What the user was promised, from start to end. */
  readonly targetMs: number | null;
}

/**
 * "run": a whole attempt. "stage": one stage of it. "rest": from the start of a stage to the end of the attempt.
 * "wait": from due until the handler began, of a first attempt.
 */
export type DurationMeasure = "run" | "stage" | "rest" | "wait";
interface DurationCell {
  readonly measure: DurationMeasure;
  /** Null for "run" and "wait". */
  readonly stage: string | null;
  /** Of the input; see `sizeOf` in durations.ts. */
  readonly size: number;
  /** Of the duration; see histogram.ts. */
  readonly bucket: number;
  readonly count: number;
}
export interface DurationSample extends DurationCell {
  readonly kind: string;
}
export interface DurationCount extends DurationCell {
  /** Whole days, by the store's clock: 0 = today. */
  readonly ageDays: number;
}
export interface LearnedDurations {
  readonly kind: string;
  readonly counts: readonly DurationCount[];
}

/**
 * What a listener wants to hear of. `work`: what may be claimed, and what is asked of jobs under way. `known`: what becomes of
 * jobs that are there already. `all`: both.
 */
export type HintInterest = "work" | "known" | "all";

export interface Hint {
  /** Something may be claimable now. */
  readonly waiting: boolean;
  /** Jobs that changed; "any" when not known which. */
  readonly jobs: readonly string[] | "any";
  /** Their attempts began, or told how far they are, and that is all: no news for whoever waits for their end. Default false. */
  readonly began?: boolean;
}
