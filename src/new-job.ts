/** Makes the job that a producer asks for, or refuses it before anything is written. */
import { encode } from "./core/codec.js";
import { type AnyJobDefinition, assertPriority } from "./core/define-job.js";
import { type Duration, toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { toJobId } from "./core/id.js";
import { assertKey, assertName } from "./core/names.js";
import { validate } from "./core/standard-schema.js";
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
  /** One job per owner for ever: the same enqueue sent twice answers with the first one's reference. */
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

/** @throws {WaymarkError} `invalid_input`, `invalid_option`, `invalid_duration`, `value_not_storable`, `too_large` */
export async function newJob(
  runtime: Runtime,
  definition: AnyJobDefinition,
  input: unknown,
  options: EnqueueOptions,
): Promise<NewJob> {
  const { kind } = definition;
  const { limits } = runtime;
  // The input is stored as it was given: a schema may transform, and must do so once, in front of the handler.
  if (definition.input !== null) await validate(definition.input, input, "invalid_input", kind);
  const queue = options.queue ?? definition.queue;
  const priority = options.priority ?? definition.priority;
  assertName("queue", queue);
  assertPriority(priority);
  for (const option of ["owner", "uniqueKey", "idempotencyKey"] as const) {
    if (options[option] !== undefined) assertKey(option, options[option]);
  }
  const metadata = options.metadata ?? null;
  if (metadata !== null && (typeof metadata !== "object" || Array.isArray(metadata))) {
    throw new WaymarkError("invalid_option", { option: "metadata", problem: "it is a plain object" });
  }
  const depth = { maxDepth: limits.jsonDepth };
  return {
    jobId: runtime.newId(),
    kind,
    queue,
    owner: options.owner ?? null,
    priority,
    runAt: runAt(options),
    expiresInMs: options.expiresIn === undefined ? null : toMs(options.expiresIn, "expiresIn"),
    maxAttempts: definition.maxAttempts,
    payload: encode(input, { what: "input", maxBytes: limits.payloadBytes, ...depth }),
    metadata:
      metadata === null ? null : encode(metadata, { what: "metadata", maxBytes: limits.metadataBytes, ...depth }),
    uniqueKey: options.uniqueKey ?? null,
    idempotencyKey: options.idempotencyKey ?? null,
    ...concurrency(options.concurrencyKey),
    parentId: null,
    rerunOf: options.rerunOf === undefined ? null : toJobId(options.rerunOf),
    recorded: false,
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

function concurrency(given: EnqueueOptions["concurrencyKey"]): Pick<NewJob, "concurrencyKey" | "concurrencyLimit"> {
  if (given === undefined) return { concurrencyKey: null, concurrencyLimit: null };
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
