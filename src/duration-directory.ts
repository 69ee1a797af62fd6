/**
 * What readers know of durations and workers, at most ten seconds old: estimates must not make a status read dearer. When
 * it cannot be read, statuses go without estimates.
 */
import { createBatcher } from "./core/batcher.js";
import type { Clock } from "./core/clock.js";
import { type Durations, durationsOf, NO_DURATIONS } from "./core/durations.js";
import type { JobRecord } from "./core/job.js";
import { type Insight, wantsInsight } from "./core/status-estimate.js";
import type { LearnedDurations, Store, WorkerRecord } from "./core/store.js";

export interface DurationDirectory {
  /** What helps to estimate this job; null when it has ended. Never rejects. */
  for(record: JobRecord): Promise<Insight | null>;
  /** The same where nothing must be read for it; else undefined. */
  known(record: JobRecord): Insight | null | undefined;
}

const FRESH_MS = 10_000;
/** Kinds of one statement. */
const BATCH = 100;
const NO_WORKERS: readonly WorkerRecord[] = [];

export function createDurationDirectory(store: Store, clock: Clock): DurationDirectory {
  const readKind = createBatcher<string, LearnedDurations>({ run: (kinds) => store.learned(kinds), maxItems: BATCH });
  const kinds = new Map<string, Kept<Durations>>();
  const workers = kept(clock, () => store.workers(), NO_WORKERS);

  const durationsOfKind = (kind: string): Kept<Durations> => {
    let known = kinds.get(kind);
    if (known === undefined) {
      known = kept(clock, async () => durationsOf(await readKind(kind)), NO_DURATIONS);
      kinds.set(kind, known);
    }
    return known;
  };

  return {
    for: async (record) => {
      const wanted = wantsInsight(record);
      if (wanted === null) return null;
      const crew = wanted === "durations" ? NO_WORKERS : workers.get();
      const [durations, seen] = await Promise.all([durationsOfKind(record.kind).get(), crew]);
      return { durations, workers: seen };
    },
    known: (record) => {
      const wanted = wantsInsight(record);
      if (wanted === null) return null;
      const durations = durationsOfKind(record.kind).known();
      const seen = wanted === "durations" ? NO_WORKERS : workers.known();
      return durations === undefined || seen === undefined ? undefined : { durations, workers: seen };
    },
  };
}

interface Kept<T> {
  get(): Promise<T>;
  /** Undefined when it must be read. */
  known(): T | undefined;
}

/** Reads at most every ten seconds, once for all who ask; what could not be read is as it was before. */
function kept<T>(clock: Clock, read: () => Promise<T>, first: T): Kept<T> {
  let value = first;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const refresh = async (): Promise<void> => {
    try {
      value = await read();
    } catch {
      // The status itself was read; whoever shows it does without.
    }
    readAt = clock.monotonic();
  };
  const isStale = (): boolean => clock.monotonic() - readAt > FRESH_MS;
  return {
    known: () => (isStale() ? undefined : value),
    get: async () => {
      if (isStale()) {
        reading ??= refresh().finally(() => {
          reading = null;
        });
        await reading;
      }
      return value;
    },
  };
}
