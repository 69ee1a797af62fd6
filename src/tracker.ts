/** The read side: where is the job? Works in any process, also where no worker runs. */
import { createBatcher } from "./core/batcher.js";
import { type Duration, toMs } from "./core/duration.js";
import { isWaymarkError, WaymarkError } from "./core/errors.js";
import { isJobId, madeAt } from "./core/id.js";
import { currentStatus, type JobRecord, type Tombstone } from "./core/job.js";
import { isTerminalStatus, JOB_STATUSES, type JobStatus } from "./core/lifecycle.js";
import { ownerScope } from "./core/names.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import type { JobHandle } from "./core/reference.js";
import { faceOf } from "./core/status-face.js";
import { isTerminal, type JobStatusInfo, statusInfo } from "./core/status-info.js";
import type { CountFilter, ReadView, Store } from "./core/store.js";
import { createDurationDirectory } from "./duration-directory.js";
import { type Explanation, explain } from "./explain.js";
import { type HistoryEntry, historyOf } from "./history.js";
import type { KindDirectory } from "./kind-directory.js";
import type { Runtime } from "./runtime.js";
import type { WatchHub } from "./watch-hub.js";

export interface AwaitOptions {
  /** Give up waiting after this long and answer the current, non-terminal picture. Default: never. */
  readonly timeout?: Duration;
  /** How often to look although no push came. Default 100 ms. */
  readonly pollInterval?: Duration;
  /** Stops the waiting: the promise rejects with `aborted`. */
  readonly signal?: AbortSignal;
}
export interface WatchOptions {
  /** How often to look although no push came. Default 1 s. */
  readonly pollInterval?: Duration;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}
export interface ListOptions extends CountFilter {
  /** Any of these, as they read now. Default: all. */
  readonly status?: JobStatus | readonly JobStatus[];
  /** Jobs on a page, 1 … 200. Default 50. */
  readonly limit?: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}
const AWAIT_NAMES: NamesOf<AwaitOptions> = { timeout: true, pollInterval: true, signal: true };
const WATCH_NAMES: NamesOf<WatchOptions> = { pollInterval: true, signal: true };
const FILTER_NAMES: NamesOf<CountFilter> = { owner: true, kind: true, queue: true };
const LIST_NAMES: NamesOf<ListOptions> = { ...FILTER_NAMES, status: true, limit: true, cursor: true };

export interface JobPage {
  /** Newest first. */
  readonly jobs: readonly JobStatusInfo[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Every method answers null (or the like) for an unknown id, and for text that is no job id. */
export interface Tracker {
  /** The whole picture, from one statement. Null when unknown or purged. */
  getStatus<R = unknown>(job: JobHandle<R>): Promise<JobStatusInfo<R> | null>;
  /**
   * The whole picture, or what is left of a purged job, from one statement; null when unknown. With `owner`, a job of
   * somebody else is null: the store itself looks at the owner.
   */
  find<R = unknown>(
    job: JobHandle<R>,
    options?: { readonly owner?: string },
  ): Promise<JobStatusInfo<R> | Tombstone | null>;
  /** The status alone; cheaper, as it reads neither payload nor result. */
  getStatusOnly(job: JobHandle<unknown>): Promise<JobStatus | "not_found">;
  exists(job: JobHandle<unknown>): Promise<boolean>;
  /** True for every terminal status, false while active and when unknown. */
  isComplete(job: JobHandle<unknown>): Promise<boolean>;
  /** The safe message of a failed job; null otherwise. */
  getErrorMessage(job: JobHandle<unknown>): Promise<string | null>;
  /** What is left of a purged job; null when it is not purged, or unknown. */
  getTombstone(job: JobHandle<unknown>): Promise<Tombstone | null>;
  /**
   * Waits for the end. Terminal picture when it came, the current one on timeout, null when the job is unknown or was
   * purged meanwhile. Holds no database connection while it waits.
   */
  awaitCompletion<R = unknown>(job: JobHandle<R>, options?: AwaitOptions): Promise<JobStatusInfo<R> | null>;
  /** The current picture, then each change, until the job has ended. Nothing for an unknown job. */
  watch<R = unknown>(job: JobHandle<R>, options?: WatchOptions): AsyncGenerator<JobStatusInfo<R>, void, void>;
  /** The trail, oldest first; null when unknown. */
  history(job: JobHandle<unknown>): Promise<HistoryEntry[] | null>;
  /** Why the job is where it is, in plain words; null when unknown. */
  explain(job: JobHandle<unknown>): Promise<Explanation | null>;
  /** @throws {WaymarkError} `invalid_cursor`, `invalid_option` */
  list(options?: ListOptions): Promise<JobPage>;
  counts(filter?: CountFilter): Promise<Record<JobStatus, number>>;
}

/** How long a waiter leaves a store alone that did not answer. */
const BLIP_MS = 500;
/** A job that was made so short a time ago has hardly ended yet, and its end will be heard of. */
const FRESH_MS = 10;
/** Ids of one read statement; a process that watches more asks twice. */
const READ_BATCH = 1_000;
/** Ids that are worth a statement beside another one. */
const READ_SHARE = 34;

export function createTracker(runtime: Runtime, hub: WatchHub, kinds: KindDirectory): Tracker {
  const { store, events, limits } = runtime;
  const durations = createDurationDirectory(store, runtime.clock);

  const reader = (view: ReadView) =>
    createBatcher({
      run: (jobIds: readonly string[]) => store.read({ jobIds, view }),
      maxItems: READ_BATCH,
      inFlight: 2,
      share: READ_SHARE,
    });
  const readers = { status: reader("status"), info: reader("info"), full: reader("full") };
  const owned = createBatcher({
    run: (asked: readonly Asked[]) => readOwned(store, asked),
    maxItems: READ_BATCH,
    inFlight: 2,
  });

  const queried = (jobId: string, isFound: boolean): void => {
    if (events.heard.has("queried")) events.emit({ type: "queried", jobId, found: isFound });
  };
  const read = async (job: JobHandle<unknown>, view: ReadView): Promise<JobRecord | Tombstone | null> => {
    const jobId = idOf(job);
    if (jobId === null) return null;
    const found = await readers[view](jobId);
    queried(jobId, found !== null);
    return found;
  };
  const readJob = async (job: JobHandle<unknown>, view: ReadView): Promise<JobRecord | null> => {
    const found = await read(job, view);
    return found !== null && isJob(found) ? found : null;
  };
  const trails = createBatcher({
    run: (jobIds: readonly string[]) => store.trail(jobIds),
    maxItems: READ_BATCH,
    inFlight: 2,
  });

  /** At once where all is known, as for nearly every read: a thousand people poll. */
  const picture = <R>(record: JobRecord): JobStatusInfo<R> | Promise<JobStatusInfo<R>> => {
    const kind = kinds.known(record.kind);
    const insight = durations.known(record);
    const isKnown = kind !== undefined && insight !== undefined && record.status !== "cancelled";
    return isKnown ? statusInfo<R>(record, kind, limits.generations, insight) : askedPicture<R>(record);
  };
  const askedPicture = async <R>(record: JobRecord): Promise<JobStatusInfo<R>> => {
    // Only the trail knows who cancelled a job; few are, and nothing asks often how they are.
    const trail = record.status === "cancelled" ? await trails(record.jobId) : [];
    return statusInfo<R>(record, await kinds.get(record.kind), limits.generations, await durations.for(record), trail);
  };
  const getStatus = async <R>(job: JobHandle<R>): Promise<JobStatusInfo<R> | null> => {
    const found = await read(job, "info");
    return found === null || !isJob(found) ? null : picture<R>(found);
  };

  /** Where changes are heard of, and what is heard comes no slower than a look would. */
  const isFresh = (jobId: string): boolean => {
    const age = runtime.clock.now() - (madeAt(jobId) ?? Number.NEGATIVE_INFINITY);
    return store.hearing === "hears" && age >= 0 && age < FRESH_MS;
  };

  async function awaitCompletion<R>(job: JobHandle<R>, options: AwaitOptions = {}): Promise<JobStatusInfo<R> | null> {
    assertOptions(options, AWAIT_NAMES);
    const { signal } = options;
    const pollMs = toMs(options.pollInterval ?? 100, "pollInterval");
    const timeoutMs = options.timeout === undefined ? Number.POSITIVE_INFINITY : toMs(options.timeout, "timeout");
    const jobId = idOf(job);
    if (jobId === null) return null;
    const deadline = runtime.clock.monotonic() + timeoutMs;
    const listening = hub.listen(jobId, "end");
    // The first look is the one of very many who wait; later ones come when there is news, often the last.
    let view: ReadView = "status";
    const look = patient((job: string) => readJob(job, view));
    try {
      // A first look at such a job would only get in the way of the worker that claims it.
      if (isFresh(jobId) && (await listening.next(Math.min(FRESH_MS, timeoutMs), signal))) view = "info";
      for (;;) {
        if (signal?.aborted) throw new WaymarkError("aborted", { jobId }, { cause: signal.reason });
        const left = deadline - runtime.clock.monotonic();
        const record = await look(jobId, left > 0);
        if (record === "later") {
          await listening.next(Math.min(BLIP_MS, left), signal);
          continue;
        }
        if (record === null) return null;
        if (isTerminalStatus(record.status) || left <= 0) {
          return view === "info" ? await picture<R>(record) : await getStatus<R>(jobId);
        }
        view = "info";
        await listening.next(Math.min(Math.max(1, pollMs), left), signal);
      }
    } finally {
      listening.end();
    }
  }

  async function* watch<R>(
    job: JobHandle<R>,
    options: WatchOptions = {},
  ): AsyncGenerator<JobStatusInfo<R>, void, void> {
    assertOptions(options, WATCH_NAMES);
    const pollMs = toMs(options.pollInterval ?? 1_000, "pollInterval");
    const jobId = idOf(job);
    if (jobId === null) return;
    const listening = hub.listen(jobId, "any");
    const look = patient(getStatus<R>);
    try {
      let shown: string | null = null;
      while (!options.signal?.aborted) {
        const info = await look(jobId, true);
        if (info === "later") {
          await listening.next(BLIP_MS, options.signal);
          continue;
        }
        if (info === null) return;
        const face = faceOf(info);
        if (face !== shown) yield info;
        shown = face;
        if (isTerminal(info)) return;
        await listening.next(Math.max(1, pollMs), options.signal);
      }
    } finally {
      listening.end();
    }
  }

  return {
    getStatus,
    find: async <R>(job: JobHandle<R>, options: { readonly owner?: string } = {}) => {
      const { owner } = ownerScope(options);
      const jobId = idOf(job);
      if (jobId === null) return null;
      const found = await owned({ jobId, owner });
      queried(jobId, found !== null);
      return found !== null && isJob(found) ? picture<R>(found) : found;
    },
    getStatusOnly: async (job) => {
      const record = await readJob(job, "status");
      return record === null ? "not_found" : currentStatus(record);
    },
    exists: async (job) => (await readJob(job, "status")) !== null,
    isComplete: async (job) => {
      const record = await readJob(job, "status");
      return record !== null && isTerminalStatus(record.status);
    },
    getErrorMessage: async (job) => {
      const record = await readJob(job, "info");
      return record?.status === "failed" ? (record.error?.message ?? null) : null;
    },
    getTombstone: async (job) => {
      const found = await read(job, "status");
      return found !== null && !isJob(found) ? found : null;
    },
    awaitCompletion,
    watch,
    history: async (job) => {
      const record = await readJob(job, "status");
      return record === null ? null : historyOf((await store.trail([record.jobId]))[0]!);
    },
    explain: async (job) => {
      const record = await readJob(job, "full");
      return record === null ? null : explain(store, record);
    },
    list: async (options = {}) => {
      // A filter that nobody reads would show everybody's jobs.
      assertOptions(options, LIST_NAMES);
      const { status, limit = 50, cursor, ...filter } = options;
      if (!Number.isInteger(limit) || limit < 1 || limit > limits.pageSize) {
        throw new WaymarkError("invalid_option", {
          option: "limit",
          problem: `it is a whole number from 1 to ${limits.pageSize}`,
        });
      }
      if (cursor !== undefined && !isJobId(cursor)) throw new WaymarkError("invalid_cursor");
      const records = await store.list({
        ...filter,
        ...ownerScope(filter),
        ...(status === undefined ? {} : { status: checkedStatuses(status) }),
        ...(cursor === undefined ? {} : { before: cursor }),
        limit: limit + 1,
      });
      const page = records.slice(0, limit);
      const more = records.length > limit;
      return {
        jobs: await Promise.all(page.map(async (record) => picture(record))),
        nextCursor: more ? page.at(-1)!.jobId : null,
      };
    },
    counts: async (filter = {}) => {
      assertOptions(filter, FILTER_NAMES);
      return store.counts({ ...filter, ...ownerScope(filter) });
    },
  };
}

/**
 * Reads, and bears a store that does not answer for a moment: whoever waits for an hour is not to be sent away by a
 * second of trouble. The first read is not borne: a store that never answered is a mistake to tell.
 */
function patient<T>(read: (jobId: string) => Promise<T>): (jobId: string, mayWait: boolean) => Promise<T | "later"> {
  let answered = false;
  return async (jobId, mayWait) => {
    try {
      const found = await read(jobId);
      answered = true;
      return found;
    } catch (error) {
      if (answered && mayWait && isWaymarkError(error, "store_unavailable")) return "later";
      throw error;
    }
  };
}

function idOf(job: JobHandle<unknown>): string | null {
  const text = typeof job === "string" ? job : job?.jobId;
  const jobId = typeof text === "string" ? text.toLowerCase() : "";
  return isJobId(jobId) ? jobId : null;
}

function isJob(found: JobRecord | Tombstone): found is JobRecord {
  return !("purgedAt" in found);
}

function checkedStatuses(given: JobStatus | readonly JobStatus[]): readonly JobStatus[] {
  const statuses = typeof given === "string" ? [given] : given;
  const unknown = statuses.find((status) => !JOB_STATUSES.includes(status));
  if (unknown === undefined) return statuses;
  throw new WaymarkError("invalid_option", {
    option: "status",
    problem: `${String(unknown)} is none of ${JOB_STATUSES.join(", ")}`,
  });
}

interface Asked {
  readonly jobId: string;
  readonly owner: string | undefined;
}

/** One statement for each owner who asks at the same time, each with the owner in it. */
async function readOwned(store: Store, asked: readonly Asked[]): Promise<(JobRecord | Tombstone | null)[]> {
  const owners = [...new Set(asked.map(({ owner }) => owner))];
  const found = new Map<Asked, JobRecord | Tombstone | null>();
  const readOf = async (owner: string | undefined): Promise<void> => {
    const own = asked.filter((one) => one.owner === owner);
    const jobIds = own.map(({ jobId }) => jobId);
    const records = await store.read({ jobIds, view: "info", ...(owner === undefined ? {} : { owner }) });
    own.forEach((one, i) => found.set(one, records[i] ?? null));
  };
  await Promise.all(owners.map(readOf));
  return asked.map((one) => found.get(one) ?? null);
}
