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
}

const FRESH_MS = 10_000;
/** Kinds of one statement. */
const BATCH = 100;

export function createDurationDirectory(store: Store, clock: Clock): DurationDirectory {
  const readKind = createBatcher<string, LearnedDurations>({ run: (kinds) => store.learned(kinds), maxItems: BATCH });
  const kinds = new Map<string, () => Promise<Durations>>();
  const workers = kept<readonly WorkerRecord[]>(clock, () => store.workers(), []);

  const durations = (kind: string): Promise<Durations> => {
    let known = kinds.get(kind);
    if (known === undefined) {
      known = kept(clock, async () => durationsOf(await readKind(kind)), NO_DURATIONS);
      kinds.set(kind, known);
    }
    return known();
  };

  return {
    for: async (record) => {
      const wanted = wantsInsight(record);
      if (wanted === null) return null;
      const [learned, crew] = await Promise.all([durations(record.kind), wanted === "durations" ? [] : workers()]);
      return { durations: learned, workers: crew };
    },
  };
}

/** Reads at most every ten seconds, once for all who ask; what could not be read is as it was before. */
function kept<T>(clock: Clock, read: () => Promise<T>, first: T): () => Promise<T> {
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
  return async () => {
    if (clock.monotonic() - readAt > FRESH_MS) {
      reading ??= refresh().finally(() => {
        reading = null;
      });
      await reading;
    }
    return value;
  };
}
