/** The write side for producers and people: enqueue, cancel, retry, remove, pause. */
import { type Control, createControl } from "./control.js";
import { type AnyJobDefinition, assertDefinition, type JobDefinition } from "./core/define-job.js";
import { WaymarkError } from "./core/errors.js";
import { assertKey, assertName } from "./core/names.js";
import { type JobReference, reference } from "./core/reference.js";
import { isPromise } from "./core/standard-schema.js";
import type { EnqueueAnswer, NewJob } from "./core/store.js";
import { type EnqueueOptions, NO_OPTIONS, newJob } from "./new-job.js";
import type { Runtime } from "./runtime.js";

export interface Client extends Control {
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
   * Many jobs of one kind. All inputs are checked before any is written; each job is atomic on its own, so when this
   * throws for the store's sake some may exist: give idempotency keys if you mean to call again.
   *
   * @param options  for all, or made per input
   */
  enqueueMany<Given, Result>(
    definition: JobDefinition<string, Given, unknown, unknown, Result>,
    inputs: readonly NoInfer<Given>[],
    options?: EnqueueOptions | ((input: Given, index: number) => EnqueueOptions),
  ): Promise<JobReference<Result>[]>;
  /** No job of the queue is claimed until it is resumed; what runs goes on. */
  pauseQueue(queue: string, options?: { readonly actor?: string }): Promise<void>;
  resumeQueue(queue: string, options?: { readonly actor?: string }): Promise<void>;
}

export function createClient(runtime: Runtime): Client {
  const { store, events } = runtime;
  const knownKinds = new Set<AnyJobDefinition>();

  /** Readers in other processes learn a kind's stages from the store. */
  const tellKind = async (definition: AnyJobDefinition): Promise<void> => {
    const { kind, stages, targetMs } = definition;
    await store.saveKinds([{ kind, stages, targetMs }]);
    knownKinds.add(definition);
  };

  /** In a transaction of the caller's the store may be locked against us until it ends: then the kind is told beside it. */
  const tellNewKind = async (definition: AnyJobDefinition, tx: unknown): Promise<void> => {
    if (knownKinds.has(definition)) return;
    if (tx === undefined) await tellKind(definition);
    else void tellKind(definition).catch((error: unknown) => events.emit({ type: "trouble", part: "kinds", error }));
  };

  const toTold = <Result>(answer: EnqueueAnswer, job: NewJob): JobReference<Result> => {
    const ref = answer.answer === "created" ? reference<Result>(answer, false) : toKnown<Result>(answer, job);
    if (events.heard.has("enqueued")) {
      const { jobId, kind, deduplicated } = ref;
      events.emit({ type: "enqueued", jobId, kind, deduplicated });
    }
    return ref;
  };

  const toldLater = <Result>(answers: Promise<EnqueueAnswer[]>, job: NewJob): Promise<JobReference<Result>> =>
    answers.then(([answer]) => toTold<Result>(answer!, job));

  /**
   * Jobs enqueued one by one are the many: nothing here waits, no array is walked, and no function is made (with an object
   * for what it remembers) that need not be.
   */
  const enqueue = <Given, Result>(
    definition: AnyJobDefinition,
    input: Given,
    options: EnqueueOptions = NO_OPTIONS,
  ): Promise<JobReference<Result>> => {
    try {
      const isKnown = knownKinds.has(definition);
      if (!isKnown) assertDefinition(definition);
      const job = newJob(runtime, definition, input, options);
      if (isPromise(job) || !isKnown) return enqueueFirst(definition, job, options.tx);
      const answers = store.enqueue([job], options.tx);
      // A store that need not wait is not waited for.
      return Array.isArray(answers) ? Promise.resolve(toTold<Result>(answers[0]!, job)) : toldLater(answers, job);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const enqueueFirst = async <Result>(
    definition: AnyJobDefinition,
    made: NewJob | Promise<NewJob>,
    tx: unknown,
  ): Promise<JobReference<Result>> => {
    const job = await made;
    await tellNewKind(definition, tx);
    const [answer] = await store.enqueue([job], tx);
    return toTold(answer!, job);
  };

  const enqueueMany = async <Given, Result>(
    definition: AnyJobDefinition,
    inputs: readonly Given[],
    options: EnqueueOptions | ((input: Given, index: number) => EnqueueOptions) = NO_OPTIONS,
  ): Promise<JobReference<Result>[]> => {
    assertDefinition(definition);
    if (!Array.isArray(inputs)) {
      throw new WaymarkError("invalid_option", { option: "inputs", problem: "pass a list of them" });
    }
    const optionsOf = typeof options === "function" ? options : () => options;
    const jobs: NewJob[] = [];
    let tx: unknown;
    for (const [i, input] of inputs.entries()) {
      const own = optionsOf(input, i);
      if (i > 0 && own.tx !== tx)
        throw new WaymarkError("invalid_option", { option: "tx", problem: "all jobs of one call share it" });
      tx = own.tx;
      const made = newJob(runtime, definition, input, own);
      jobs.push(isPromise(made) ? await made : made);
    }
    if (jobs.length === 0) return [];
    await tellNewKind(definition, tx);
    const answers = await store.enqueue(jobs, tx);
    return answers.map((answer, i) => toTold<Result>(answer, jobs[i]!));
  };

  const control = createControl(runtime);

  return {
    enqueue,
    enqueueMany,
    ...control,
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

/** The reference of a job that existed before. */
function toKnown<R>(answer: Exclude<EnqueueAnswer, { readonly answer: "created" }>, job: NewJob): JobReference<R> {
  switch (answer.answer) {
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
