/** Makes the job that a producer asks for, or refuses it before anything is written. */
import { encode } from "./core/codec.js";
import { type AnyJobDefinition, assertMaxAttempts, assertPriority } from "./core/define-job.js";
import { type Duration, toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { toJobId } from "./core/id.js";
import { assertKey, assertName } from "./core/names.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import { isPromise, validate } from "./core/standard-schema.js";
import type { NewJob } from "./core/store.js";
import type { Runtime } from "./runtime.js";

export interface EnqueueOptions {
  /** Who may watch, cancel and retry the job. Default: nobody but operators. */
  readonly owner?: string;
  /** Default: the definition's. */
  readonly queue?: string;
  /** Lower is more urgent. Default: the definition's. */
  readonly priority?: number;
  /** Wait this long before the job may run. Not together with `runAt`. */
  readonly delay?: Duration;
  /** Not before this instant. A past one means now. */
  readonly runAt?: Date;
  /** A job that could not finish by then ends `expired` instead of running. */
  readonly expiresIn?: Duration;
  /** At most one live job per owner has it: a second enqueue answers with the first one's reference. */
  readonly uniqueKey?: string;
  /** One job per owner, for as long as it is kept: the same enqueue sent twice answers with the first one's reference. */
  readonly idempotencyKey?: string;
  /** At most `limit` (default 1) jobs with the key are processing at once. */
  readonly concurrencyKey?: string | { readonly key: string; readonly limit: number };
  /** Shown with the status, to the owner too: file name, size … A plain object. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The caller's own transaction: the job exists iff it commits. */
  readonly tx?: unknown;
  /** The job this one does again. */
  readonly rerunOf?: string;
}

const NAMES: NamesOf<EnqueueOptions> = {
  owner: true,
  queue: true,
  priority: true,
  delay: true,
  runAt: true,
  expiresIn: true,
  uniqueKey: true,
  idempotencyKey: true,
  concurrencyKey: true,
  metadata: true,
  tx: true,
  rerunOf: true,
};
const KEY_NAMES: NamesOf<Exclude<EnqueueOptions["concurrencyKey"], string | undefined>> = { key: true, limit: true };

/**
 * At once, unless the schema has to wait for something.
 *
 * @throws {WaymarkError} `invalid_input`, `invalid_option`, `invalid_duration`, `value_not_storable`, `too_large`
 */
export function newJob(
  runtime: Runtime,
  definition: AnyJobDefinition,
  input: unknown,
  options: EnqueueOptions,
): NewJob | Promise<NewJob> {
  if (definition.input !== null) {
    const checked = validate(definition.input, input, "invalid_input", definition.kind);
    if (isPromise(checked)) return jobAfter(checked, runtime, definition, input, options);
  }
  return options === NO_OPTIONS
    ? plainJob(runtime, definition, input)
    : checkedJob(runtime, definition, input, options);
}

async function jobAfter(
  checked: PromiseLike<unknown>,
  ...given: [Runtime, AnyJobDefinition, unknown, EnqueueOptions]
): Promise<NewJob> {
  await checked;
  return checkedJob(...given);
}

/** What most jobs are enqueued with. */
export const NO_OPTIONS: EnqueueOptions = Object.freeze({});

/** What of a job is there without options. */
type Plain = Pick<NewJob, "kind" | "queue" | "priority" | "maxAttempts">;

/** The job of a call without options: there is nothing to check but the input. */
function plainJob({ limits, newId }: Runtime, { kind, queue, priority, maxAttempts }: Plain, input: unknown): NewJob {
  return {
    jobId: newId(),
    kind,
    queue,
    owner: null,
    priority,
    runAt: null,
    expiresInMs: null,
    maxAttempts,
    payload: encode(input, { what: "input", maxBytes: limits.payloadBytes, maxDepth: limits.jsonDepth }),
    metadata: null,
    uniqueKey: null,
    idempotencyKey: null,
    concurrencyKey: null,
    concurrencyLimit: null,
    parentId: null,
    rerunOf: null,
    recorded: false,
  };
}

/** The input is stored as it was given: a schema may transform, and must do so once, in front of the handler. */
function checkedJob(runtime: Runtime, definition: AnyJobDefinition, input: unknown, options: EnqueueOptions): NewJob {
  assertOptions(options, NAMES);
  const queue = options.queue ?? definition.queue;
  const priority = options.priority ?? definition.priority;
  // The definition's own were checked when it was made.
  if (queue !== definition.queue) assertName("queue", queue);
  if (priority !== definition.priority) assertPriority(priority);
  if (options.owner !== undefined) assertKey("owner", options.owner);
  if (options.uniqueKey !== undefined) assertKey("uniqueKey", options.uniqueKey);
  if (options.idempotencyKey !== undefined) assertKey("idempotencyKey", options.idempotencyKey);
  const { concurrencyKey, concurrencyLimit } = concurrency(options.concurrencyKey);
  return {
    ...plainJob(runtime, definition, input),
    queue,
    owner: options.owner ?? null,
    priority,
    runAt: runAt(options),
    expiresInMs: options.expiresIn === undefined ? null : toMs(options.expiresIn, "expiresIn"),
    metadata: metadataOf(runtime, options.metadata),
    uniqueKey: options.uniqueKey ?? null,
    idempotencyKey: options.idempotencyKey ?? null,
    concurrencyKey,
    concurrencyLimit,
    rerunOf: options.rerunOf === undefined ? null : toJobId(options.rerunOf),
  };
}

function runAt({ delay, runAt }: EnqueueOptions): NewJob["runAt"] {
  if (delay !== undefined && runAt !== undefined) {
    throw new WaymarkError("invalid_option", { option: "delay", problem: "give either delay or runAt" });
  }
  if (delay !== undefined) {
    const inMs = toMs(delay, "delay");
    return inMs === 0 ? null : { inMs };
  }
  if (runAt === undefined) return null;
  if (!(runAt instanceof Date) || Number.isNaN(runAt.getTime())) {
    throw new WaymarkError("invalid_option", { option: "runAt", problem: "it is a valid Date" });
  }
  return { at: runAt.getTime() };
}

const NO_KEY = { concurrencyKey: null, concurrencyLimit: null } as const;

function concurrency(given: EnqueueOptions["concurrencyKey"]): Pick<NewJob, "concurrencyKey" | "concurrencyLimit"> {
  if (given === undefined) return NO_KEY;
  if (typeof given !== "string") assertOptions(given, KEY_NAMES, "concurrencyKey");
  const { key, limit } = typeof given === "string" ? { key: given, limit: 1 } : given;
  assertKey("concurrencyKey", key);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    throw new WaymarkError("invalid_option", {
      option: "concurrencyKey.limit",
      problem: "it is a whole number above 0",
    });
  }
  return { concurrencyKey: key, concurrencyLimit: limit };
}

/** A job that is run elsewhere: by another queue, or by the code that tracks itself. */
export interface RecordedJob {
  /** Default: a new one. Give the id the message or the request carries; a UUID. */
  readonly jobId?: string;
  readonly kind: string;
  /** Default "default". */
  readonly queue?: string;
  readonly owner?: string;
  /** Runs, or deliveries, that are allowed. Default 3. */
  readonly maxAttempts?: number;
  /** Kept for operators. Default null. */
  readonly input?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** @throws {WaymarkError} as `newJob` does, and `invalid_job_id` */
export function newRecordedJob(runtime: Runtime, job: RecordedJob, expiresInMs: number | null): NewJob {
  const { kind, queue = "default", owner, maxAttempts = 3 } = job;
  assertName("kind", kind);
  assertName("queue", queue);
  assertMaxAttempts(maxAttempts);
  if (owner !== undefined) assertKey("owner", owner);
  const plain = plainJob(runtime, { kind, queue, priority: 0, maxAttempts }, job.input ?? null);
  return {
    ...plain,
    jobId: job.jobId === undefined ? plain.jobId : toJobId(job.jobId),
    owner: owner ?? null,
    expiresInMs,
    metadata: metadataOf(runtime, job.metadata),
    recorded: true,
  };
}

function metadataOf({ limits }: Runtime, metadata: Readonly<Record<string, unknown>> | undefined): string | null {
  if (metadata === undefined) return null;
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw new WaymarkError("invalid_option", { option: "metadata", problem: "it is a plain object" });
  }
  return encode(metadata, { what: "metadata", maxBytes: limits.metadataBytes, maxDepth: limits.jsonDepth });
}
