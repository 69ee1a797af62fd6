/** Opens a Waymark: wires store, client, tracker, worker, recorder; nothing else. */
import { type Client, createClient } from "./client.js";
import { type Clock, systemClock } from "./core/clock.js";
import type { AnyJobDefinition, BoundHandler } from "./core/define-job.js";
import { toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { createIdSource } from "./core/id.js";
import { createJobEvents, type JobEvent } from "./core/job-events.js";
import { checkedLimits, type Limits } from "./core/limits.js";
import { type Logger, warningLogger } from "./core/logger.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import { createRedactor, type RedactOptions, type Redactor } from "./core/redact.js";
import { type RetentionOptions, retentionPlan } from "./core/retention.js";
import type { Store } from "./core/store.js";
import { logJobEvents } from "./job-log.js";
import { createKindDirectory } from "./kind-directory.js";
import { openStore } from "./open-store.js";
import { createOutsideWork, type OutsideWork } from "./outside-work.js";
import { createRecorder, type JobRecorder } from "./recorder.js";
import type { RemoteDoor } from "./remote/door.js";
import type { ServiceOptions } from "./remote/services.js";
import type { Runtime } from "./runtime.js";
import { startWork } from "./start-work.js";
import type { MigrateMode } from "./stores/migrate.js";
import { openThreadedKeeper } from "./threaded-keeper.js";
import { createReadTokens, type ReadTokens, type TokenOptions } from "./tokens.js";
import { createTrack, type Track } from "./track.js";
import { createTracker, type Tracker } from "./tracker.js";
import { createWatchHub } from "./watch-hub.js";
import { createLeaseKeeper } from "./worker/lease-keeper.js";
import { watchLoop } from "./worker/loop-watch.js";
import { createMaintenance } from "./worker/maintenance.js";
import type { OpenKeeper, Worker, WorkOptions } from "./worker/worker.js";

export interface WaymarkOptions {
  /** `memory:`, `sqlite:PATH`, `postgres://…`, or a Store. */
  readonly store: string | Store;
  /** Further options of the store that the URL names, such as `{ schema: "jobs" }` for PostgreSQL. */
  readonly storeOptions?: Readonly<Record<string, unknown>>;
  /** Default: warnings and errors as JSON lines on standard error. */
  readonly logger?: Logger;
  /** For tests. */
  readonly clock?: Clock;
  /** Keys and a hook of your own for what must never be stored or logged. */
  readonly redact?: RedactOptions;
  readonly retention?: RetentionOptions;
  readonly limits?: Partial<Limits>;
  /** For `waymark.tokens`. Default: none, and its methods refuse. */
  readonly tokens?: TokenOptions;
  /**
   * The outside services that perform `remote` jobs, by name: here their secrets are given, once, for both directions.
   * Default: none; then no callback is taken and no job dispatched. See docs/outside-services.md.
   */
  readonly services?: Readonly<Record<string, ServiceOptions>>;
  /** Default "auto". */
  readonly migrate?: MigrateMode;
}

const NAMES: NamesOf<WaymarkOptions> = {
  store: true,
  storeOptions: true,
  logger: true,
  clock: true,
  redact: true,
  retention: true,
  limits: true,
  tokens: true,
  services: true,
  migrate: true,
};

export interface Waymark extends Client {
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: Limits;
  /** What takes secrets out of what is stored and logged. */
  readonly redactor: Redactor;
  readonly tracker: Tracker;
  /** Permissions to watch, for browsers without a session. */
  readonly tokens: ReadTokens;
  readonly recorder: JobRecorder;
  readonly track: Track;
  /** Claims and ends of workers in other languages, as the HTTP work protocol tells them. */
  readonly outsideWork: OutsideWork;
  /** Takes the callbacks of outside services; null when none is configured. */
  readonly remote: RemoteDoor | null;
  /**
   * Starts to work on the kinds of these handlers, and to dispatch the `remote` jobs of these definitions.
   *
   * @throws {WaymarkError} `duplicate_handler`, `invalid_option`
   */
  work(handlers: readonly (BoundHandler | AnyJobDefinition)[], options?: WorkOptions): Worker;
  /** Those started here that were not stopped. */
  readonly workers: ReadonlySet<Worker>;
  /**
   * Loops of this process that should have turned long ago, for probes of readiness: those of its workers (see `Worker`),
   * and `sweep`, which takes back lost leases. Empty when all is well.
   */
  readonly stalledLoops: readonly StalledLoop[];
  /** One round of retention now, besides those that run by themselves. @returns how many jobs were removed */
  purge(): Promise<number>;
  /** Tells of everything that happens in this process. @returns a function that ends the subscription */
  on(listener: (event: JobEvent) => void): () => void;
  /** Stops the workers started here, waits for what is under way, and closes the store if it was opened here. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type StalledLoop = Worker["stalledLoops"][number] | "sweep";

/** Silence of one lease is noticed at the next sweep. */
const DEFAULT_SWEEP = "10s";

/**
 * @throws {WaymarkError} `invalid_store_url`, `invalid_option`, `invalid_duration`, `driver_missing`, `store_refused`,
 * `schema_outdated`, `schema_too_new`, `store_unavailable`
 */
export async function openWaymark(options: WaymarkOptions): Promise<Waymark> {
  if (!isStore(options?.store)) {
    throw new WaymarkError("invalid_option", {
      option: "store",
      problem: 'give "memory:", "sqlite:PATH", "postgres://…" or a Store',
    });
  }
  assertOptions(options, NAMES);
  const { clock = systemClock, logger = warningLogger } = options;
  const redactor = createRedactor(options.redact);
  const limits = checkedLimits(options.limits);
  // What the options say wrongly is told before anything is opened.
  retentionPlan(options.retention ?? {}, true);
  // Loaded only where it is wanted, and checked before anything is opened.
  const prepared =
    options.services === undefined ? null : (await import("./remote/door.js")).prepareDoor(options.services);
  const opened = typeof options.store === "string";
  const storeOptions = {
    ...options.storeOptions,
    clock,
    ...(options.migrate === undefined ? {} : { migrate: options.migrate }),
  };
  const store = typeof options.store === "string" ? await openStore(options.store, storeOptions) : options.store;
  const retention = retentionPlan(options.retention ?? {}, store.durable);

  const events = createJobEvents();
  logJobEvents(events, logger, redactor);
  const runtime: Runtime = { store, clock, limits, redactor, events, newId: createIdSource(clock) };
  const maintenance = createMaintenance(runtime, retention);
  const tracking = createTrack(runtime);
  const recorder = createRecorder(runtime);
  const workers = new Set<Worker>();
  let closing: Promise<void> | null = null;

  const openKeeper: OpenKeeper = (leaseMs, worker, blocked) => {
    const onTrouble = (error: unknown): void => events.emit({ type: "trouble", part: "extend", error });
    const openSubstitute = () => createLeaseKeeper({ store, clock, leaseMs, worker, onTrouble });
    const ownThread = clock === systemClock;
    const setup = { store, leaseMs, worker, blocked, onTrouble, openSubstitute };
    return (ownThread ? openThreadedKeeper(setup) : null) ?? openSubstitute();
  };
  // A clock that tests turn says nothing of the event loop.
  const watchOwnLoop = (): (() => void) =>
    clock === systemClock
      ? watchLoop(clock, (error) => events.emit({ type: "trouble", part: "event_loop", error }))
      : () => {};
  let endLoopWatch: (() => void) | null = null;
  const sweepFromNow = (): void => maintenance.sweepEvery(toMs(DEFAULT_SWEEP));

  const close = async (): Promise<void> => {
    await Promise.all([...workers].map((worker) => worker.stop()));
    await tracking.close();
    await maintenance.stop();
    endLoopWatch?.();
    if (opened) await store.close();
  };

  const kinds = createKindDirectory(store, clock);
  const tracker = createTracker(runtime, createWatchHub(store, clock), kinds);
  const door = prepared === null ? null : prepared(runtime, kinds);
  const waymark: Waymark = {
    ...createClient(runtime),
    store,
    clock,
    limits,
    redactor,
    tracker,
    tokens: createReadTokens(options.tokens, clock, tracker),
    workers,
    recorder: withSweep(recorder, sweepFromNow),
    track: (trackOptions, work) => {
      sweepFromNow();
      return tracking.track(trackOptions, work);
    },
    outsideWork: createOutsideWork(runtime),
    remote: door,
    work: (given, workOptions = {}) => {
      if (closing !== null) throw new WaymarkError("closed");
      const worker = startWork({ runtime, openKeeper, door }, given, workOptions, () => workers.delete(worker));
      maintenance.sweepEvery(toMs(workOptions.sweepMs ?? DEFAULT_SWEEP, "sweepMs"));
      workers.add(worker);
      endLoopWatch ??= watchOwnLoop();
      return worker;
    },
    get stalledLoops(): StalledLoop[] {
      const ofWorkers = new Set([...workers].flatMap((worker) => worker.stalledLoops));
      return maintenance.stalled ? [...ofWorkers, "sweep"] : [...ofWorkers];
    },
    purge: maintenance.purge,
    on: (listener) => events.on(listener),
    close: () => {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => waymark.close(),
  };
  return waymark;
}

function isStore(given: unknown): boolean {
  return typeof given === "string" || (typeof given === "object" && given !== null && "enqueue" in given);
}

/** Whoever records jobs also looks after those whose runner has fallen silent. */
function withSweep(recorder: JobRecorder, sweepFromNow: () => void): JobRecorder {
  return {
    ...recorder,
    started: (jobId, event) => {
      sweepFromNow();
      return recorder.started(jobId, event);
    },
  };
}
