/** The write side for producers and people: enqueue, cancel, retry, remove, pause. */
import { encode } from "./core/codec.js";
import { type AnyJobDefinition, assertPriority, type JobDefinition } from "./core/define-job.js";
import { type Duration, toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { toJobId } from "./core/id.js";
import type { JobStatus } from "./core/lifecycle.js";
import { assertKey, assertName } from "./core/names.js";
import { type JobReference, reference } from "./core/reference.js";
import { validate } from "./core/standard-schema.js";
import type { ControlAnswer, EnqueueAnswer, NewJob } from "./core/store.js";
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

/** A person's request about one job. */
export interface PersonOptions {
  /** Who asks; stands in the trail. */
  readonly actor: string;
  /** Act on this owner's behalf: a job of somebody else is not found, and the limits for owners hold. */
  readonly owner?: string;
}
export interface CancelOptions extends PersonOptions {
  readonly reason?: string;
  /** Do not wait for the running handler: it is locked out at once. For operators. Default false. */
  readonly force?: boolean;
  readonly requestKey?: string;
}
export interface RetryOptions extends PersonOptions {
  /** Makes a double click one retry. */
  readonly requestKey?: string;
}
/** What became of the request. */
export interface ControlResult {
  readonly jobId: string;
  readonly status: JobStatus;
  /** The running handler was asked to stop; the job is cancelled when it does. */
  readonly requested: boolean;
  /** The same had been asked before. */
  readonly replayed: boolean;
}

export interface Client {
  /**
   * Puts a job in the queue. Resolves when the store has it, as durably as the store is.
   *
   * @throws {WaymarkError} `invalid_input`, `invalid_option`, `value_not_storable`, `too_large`, `queue_full`,
   * `idempotency_conflict`, `store_unavailable`, `storage_full`
   */
  enqueue<Given, Result>(
    definition: JobDefinition<string, Given, unknown, unknown, Result>,
    input: NoInfer<Given>,
    options?: EnqueueOptions,
  ): Promise<JobReference<Result>>;
  /**
   * Many jobs of one kind. All inputs are checked before any is written; each job is atomic on its own.
   *
   * @param options  for all, or made per input
   */
  enqueueMany<Given, Result>(
    definition: JobDefinition<string, Given, unknown, unknown, Result>,
    inputs: readonly NoInfer<Given>[],
    options?: EnqueueOptions | ((input: Given, index: number) => EnqueueOptions),
  ): Promise<JobReference<Result>[]>;
  /** @throws {WaymarkError} `not_found`, `illegal_move` */
  cancel(jobId: string, options: CancelOptions): Promise<ControlResult>;
  /** Opens the next generation of an ended job. @throws {WaymarkError} `not_found`, `illegal_move`, `not_retryable`, `unique_conflict` */
  retry(jobId: string, options: RetryOptions): Promise<ControlResult>;
  /** Deletes an ended job; a tombstone stays. @throws {WaymarkError} `not_found`, `illegal_move` */
  remove(jobId: string, options: PersonOptions): Promise<ControlResult>;
  /** No job of the queue is claimed until it is resumed; what runs goes on. */
  pauseQueue(queue: string, options?: { readonly actor?: string }): Promise<void>;
  resumeQueue(queue: string, options?: { readonly actor?: string }): Promise<void>;
}

export function createClient(runtime: Runtime): Client {
  const { store, events, limits } = runtime;
  const knownKinds = new Set<AnyJobDefinition>();

  /** Readers in other processes learn a kind's stages from the store. */
  const tellKind = async (definition: AnyJobDefinition): Promise<void> => {
    if (knownKinds.has(definition)) return;
    const { kind, stages, targetMs } = definition;
    await store.saveKinds([{ kind, stages, targetMs }]);
    knownKinds.add(definition);
  };

  const enqueueMany = async <Given, Result>(
    definition: AnyJobDefinition,
    inputs: readonly Given[],
    options: EnqueueOptions | ((input: Given, index: number) => EnqueueOptions) = {},
  ): Promise<JobReference<Result>[]> => {
    const optionsOf = typeof options === "function" ? options : () => options;
    const jobs: NewJob[] = [];
    let tx: unknown;
    for (const [i, input] of inputs.entries()) {
      const own = optionsOf(input, i);
      if (i > 0 && own.tx !== tx)
        throw new WaymarkError("invalid_option", { option: "tx", problem: "all jobs of one call share it" });
      tx = own.tx;
      jobs.push(await newJob(runtime, definition, input, own));
    }
    if (jobs.length === 0) return [];
    await tellKind(definition);
    const answers = await store.enqueue(jobs, tx);
    return answers.map((answer, i) => {
      const ref = toReference<Result>(answer, jobs[i]!);
      events.emit({ type: "enqueued", jobId: ref.jobId, kind: ref.kind, deduplicated: ref.deduplicated });
      return ref;
    });
  };

  const control = async (
    action: "cancel" | "retry" | "remove",
    jobId: string,
    options: PersonOptions,
    ask: (request: { jobId: string; actor: string; owner?: string }) => Promise<ControlAnswer[]>,
  ): Promise<ControlResult> => {
    const id = toJobId(jobId);
    assertKey("actor", options.actor);
    const owner = options.owner === undefined ? {} : { owner: options.owner };
    const answer = (await ask({ jobId: id, actor: options.actor, ...owner }))[0]!;
    events.emit({ type: "controlled", jobId: id, action, actor: options.actor, answer: answer.answer });
    return controlResult(action, id, answer);
  };

  return {
    enqueue: async <Given, Result>(definition: AnyJobDefinition, input: Given, options?: EnqueueOptions) =>
      (await enqueueMany<Given, Result>(definition, [input], options))[0]!,
    enqueueMany,
    cancel: (jobId, options) =>
      control("cancel", jobId, options, (request) => {
        const reason = options.reason ?? null;
        if (reason !== null) assertKey("reason", reason);
        return store.cancel([{ ...request, reason, force: options.force ?? false, requestId: requestKey(options) }]);
      }),
    retry: (jobId, options) =>
      control("retry", jobId, options, (request) => {
        const forOwner = options.owner !== undefined;
        const maxGenerations = forOwner ? limits.generations : null;
        return store.retry([{ ...request, requestId: requestKey(options), onlyRetryable: forOwner, maxGenerations }]);
      }),
    remove: (jobId, options) =>
      control("remove", jobId, options, (request) => store.remove([{ ...request, requestId: null }])),
    pauseQueue: async (queue, { actor = "operator" } = {}) => {
      assertName("queue", queue);
      assertKey("actor", actor);
      await store.pauseQueue(queue, actor);
    },
    resumeQueue: async (queue, { actor = "operator" } = {}) => {
      assertName("queue", queue);
      assertKey("actor", actor);
      await store.resumeQueue(queue, actor);
    },
  };
}

async function newJob(
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

function requestKey({ requestKey }: { requestKey?: string }): string | null {
  if (requestKey === undefined) return null;
  assertKey("requestKey", requestKey);
  return requestKey;
}

function toReference<R>(answer: EnqueueAnswer, job: NewJob): JobReference<R> {
  switch (answer.answer) {
    case "created":
      return reference(answer, false);
    case "duplicate":
      return reference(answer, true);
    case "known":
      if (answer.kind === job.kind && sameJson(answer.payload, job.payload)) return reference(answer, true);
      throw new WaymarkError("idempotency_conflict", { jobId: answer.jobId });
    case "exists":
      throw new WaymarkError("job_exists", { jobId: answer.jobId });
    case "full":
      throw new WaymarkError("queue_full", { limit: answer.limit });
  }
}

/** Whether two JSON texts say the same, whatever the order of their keys. */
function sameJson(a: string, b: string): boolean {
  return a === b || canonical(JSON.parse(a)) === canonical(JSON.parse(b));
}
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function controlResult(action: "cancel" | "retry" | "remove", jobId: string, answer: ControlAnswer): ControlResult {
  switch (answer.answer) {
    case "done":
    case "requested":
    case "replayed":
      return {
        jobId,
        status: answer.status,
        requested: answer.answer === "requested",
        replayed: answer.answer === "replayed",
      };
    case "illegal":
      throw new WaymarkError("illegal_move", { jobId, move: action, status: answer.status });
    case "notRetryable": {
      const reason =
        answer.reason === "error" ? "its error says that trying again cannot help" : "it was tried as often as allowed";
      throw new WaymarkError("not_retryable", { jobId, reason });
    }
    case "uniqueConflict":
      throw new WaymarkError("unique_conflict", { jobId: answer.jobId });
    case "notFound":
      throw new WaymarkError("not_found", { jobId });
  }
}
