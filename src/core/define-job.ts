/**
 * A job definition is a value that carries its types: enqueue checks the input by it, handlers and stages are inferred
 * from it. There is no global registry; whoever needs a definition imports it.
 */
import type { BackoffOptions } from "./backoff.js";
import { type Duration, toMs } from "./duration.js";
import { WaymarkError } from "./errors.js";
import type { JobHandler } from "./handler.js";
import { assertName } from "./names.js";
import { assertOptions, type NamesOf } from "./options.js";
import { type Receive, type RemoteOptions, remoteTarget } from "./remote-job.js";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.js";
import type { StageFacts } from "./store.js";

/** A stage by name, or with the share of the whole it usually takes (default 1). */
export type StageSpec = string | { readonly name: string; readonly weight?: number };
export type StageName<Spec extends StageSpec> = Spec extends string
  ? Spec
  : Spec extends { name: infer N }
    ? N & string
    : never;

export interface JobOptions<
  Kind extends string,
  Input extends StandardSchema,
  Output extends StandardSchema,
  Stage extends StageSpec,
> {
  /** Names the sort of work; 1–128 of `A-Z a-z 0-9 _ . -`. Kept in the store: renaming orphans waiting jobs. */
  readonly kind: Kind;
  /** Any Standard Schema. Checked at enqueue and again before the handler runs. Default: any storable value. */
  readonly input?: Input;
  /** Any Standard Schema for what the handler returns. Default: any storable value. */
  readonly output?: Output;
  /** The stages in order, for progress. Default: none. */
  readonly stages?: readonly Stage[];
  /** Runs of one generation, the first included. Default 3. */
  readonly maxAttempts?: number;
  /** Wait after a failed attempt: exponential with full jitter. Default base 5 s, max 5 min. */
  readonly backoff?: { readonly base?: Duration; readonly max?: Duration };
  /** Of one attempt: when it is over, `ctx.signal` aborts and the attempt counts as failed. Default: none. */
  readonly timeout?: Duration;
  /** What the user was promised, from start to end; past it the status says "slower than usual". Default: none. */
  readonly target?: Duration;
  /** Where jobs of this kind wait unless enqueue says otherwise. Default "default". */
  readonly queue?: string;
  /** Lower is more urgent. Default 0. */
  readonly priority?: number;
  /**
   * An outside service does the work: each attempt is posted to it, and it answers by signed callbacks. `timeout` is then
   * the time an attempt has in all; without one, silence of 5 minutes counts as a lost attempt. See
   * docs/outside-services.md. Default: handlers do the work.
   */
  readonly remote?: RemoteOptions;
}

const NAMES: NamesOf<JobOptions<string, StandardSchema, StandardSchema, StageSpec>> = {
  kind: true,
  input: true,
  output: true,
  stages: true,
  maxAttempts: true,
  backoff: true,
  timeout: true,
  target: true,
  queue: true,
  priority: true,
  remote: true,
};
const STAGE_NAMES: NamesOf<Exclude<StageSpec, string>> = { name: true, weight: true };
const BACKOFF_NAMES: NamesOf<{ readonly base?: Duration; readonly max?: Duration }> = { base: true, max: true };

export interface JobDefinition<
  Kind extends string = string,
  Given = unknown,
  Input = unknown,
  Returned = unknown,
  Result = unknown,
  Stage extends string = string,
> {
  readonly kind: Kind;
  readonly input: StandardSchema<Given, Input> | null;
  readonly output: StandardSchema<Returned, Result> | null;
  readonly stages: readonly StageFacts[];
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
  readonly timeoutMs: number | null;
  readonly targetMs: number | null;
  readonly queue: string;
  readonly priority: number;
  readonly remote: RemoteOptions | null;
  /**
   * Binds the work to the definition; hand the answer to `waymark.work`.
   *
   * @throws {WaymarkError} `invalid_definition` when an outside service does the work
   */
  handle(run: JobHandler<Input, Returned, Stage>): BoundHandler;
  /**
   * Binds what is made of an outside service's result; hand the answer to `openWaymark({ services })`.
   *
   * @throws {WaymarkError} `invalid_definition` when no outside service does the work
   */
  receive(make: Receive<Input, Returned>): BoundReceiver;
}

/** A definition with its handler. Made by `definition.handle`. */
export interface BoundHandler {
  // The types met where the two were bound; a list of handlers needs none of them.
  readonly definition: AnyJobDefinition;
  readonly run: JobHandler<never, unknown, never>;
}
/** A definition with what is made of its service's results. Made by `definition.receive`. */
export interface BoundReceiver {
  readonly definition: AnyJobDefinition;
  readonly make: Receive<never, unknown>;
}
/** Any definition, whatever its types. */
export type AnyJobDefinition = JobDefinition;

const NO_SCHEMA = "input and output take a Standard Schema, as zod, valibot and arktype make them";

/**
 * Declares a kind of job.
 *
 * @throws {WaymarkError} `invalid_definition`, `invalid_option`, `invalid_duration`
 */
export function defineJob<
  const Kind extends string,
  Input extends StandardSchema = StandardSchema<unknown>,
  Output extends StandardSchema = StandardSchema<unknown>,
  const Stage extends StageSpec = never,
>(
  options: JobOptions<Kind, Input, Output, Stage>,
): JobDefinition<
  Kind,
  SchemaInput<Input>,
  SchemaOutput<Input>,
  SchemaInput<Output>,
  SchemaOutput<Output>,
  StageName<Stage>
> {
  assertOptions(options, NAMES);
  const { kind, maxAttempts = 3, backoff = {}, queue = "default", priority = 0 } = options;
  const refuse = (problem: string): never => {
    throw new WaymarkError("invalid_definition", { kind, problem });
  };
  assertOptions(backoff, BACKOFF_NAMES, "backoff");
  assertName("kind", kind);
  for (const schema of [options.input, options.output]) {
    if (schema !== undefined && !(typeof schema === "object" || typeof schema === "function")) refuse(NO_SCHEMA);
    if (schema !== undefined && !("~standard" in schema)) refuse(NO_SCHEMA);
  }
  assertName("queue", queue);
  assertMaxAttempts(maxAttempts);
  assertPriority(priority);
  const definition: JobDefinition<
    Kind,
    SchemaInput<Input>,
    SchemaOutput<Input>,
    SchemaInput<Output>,
    SchemaOutput<Output>,
    StageName<Stage>
  > = {
    kind,
    input: (options.input as JobDefinition["input"]) ?? null,
    output: (options.output as JobDefinition["output"]) ?? null,
    stages: stageFacts(options.stages ?? [], refuse),
    maxAttempts,
    backoff: { baseMs: toMs(backoff.base ?? "5s", "backoff.base"), maxMs: toMs(backoff.max ?? "5m", "backoff.max") },
    timeoutMs: options.timeout === undefined ? null : toMs(options.timeout, "timeout"),
    targetMs: options.target === undefined ? null : toMs(options.target, "target"),
    queue,
    priority,
    remote: options.remote === undefined ? null : remoteTarget(options.remote, refuse),
    handle: (run) => {
      if (definition.remote !== null) refuse("an outside service does its work: give it no handler");
      if (typeof run !== "function") refuse("handle takes the function that does the work");
      return { definition, run };
    },
    receive: (make) =>
      definition.remote === null
        ? refuse("only a job with `remote` receives an outside service's results")
        : { definition, make },
  };
  return Object.freeze(definition);
}

function stageFacts(specs: readonly StageSpec[], refuse: (problem: string) => never): StageFacts[] {
  const stages = specs.map((spec) => {
    if (typeof spec === "string") return { name: spec, weight: 1 };
    assertOptions(spec, STAGE_NAMES, "stages");
    return { name: spec.name, weight: spec.weight ?? 1 };
  });
  if (stages.length > 100) refuse("at most 100 stages can be declared");
  for (const { name, weight } of stages) {
    if (typeof name !== "string" || name.length === 0 || name.length > 128)
      refuse("a stage name has 1 to 128 characters");
    if (!Number.isFinite(weight) || weight <= 0) refuse(`the weight of stage ${name} is a number above 0`);
  }
  if (new Set(stages.map((stage) => stage.name)).size !== stages.length) refuse("two stages have the same name");
  return stages;
}

/** @throws {WaymarkError} `invalid_definition` for anything that `defineJob` did not make. */
export function assertDefinition(given: unknown): asserts given is AnyJobDefinition {
  const made = typeof given === "object" && given !== null && "kind" in given && "stages" in given && "handle" in given;
  if (!made) throw new WaymarkError("invalid_definition", { problem: "pass what defineJob returned" });
}

/** @throws {WaymarkError} `invalid_option` unless it is a whole number from 1 to 1000. */
export function assertMaxAttempts(maxAttempts: unknown): void {
  if (Number.isSafeInteger(maxAttempts) && (maxAttempts as number) >= 1 && (maxAttempts as number) <= 1_000) return;
  throw new WaymarkError("invalid_option", { option: "maxAttempts", problem: "it is a whole number from 1 to 1000" });
}

/** @throws {WaymarkError} `invalid_option` unless it is a 32-bit whole number, which every store keeps exactly. */
export function assertPriority(priority: number): void {
  if (!Number.isInteger(priority) || Math.abs(priority) > 2_147_483_647) {
    throw new WaymarkError("invalid_option", { option: "priority", problem: "it is a whole number, smaller first" });
  }
}
