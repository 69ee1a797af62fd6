/**
 * Remembers how long successful attempts took, whole and by stage, and how long they stood in line, and tells the store
 * now and then: estimates are learned from it. Nothing of it happens on a job's way; what a crash loses is not missed.
 */
import type { Clock } from "../core/clock.js";
import { utf8Bytes } from "../core/cut-text.js";
import { sizeOf } from "../core/durations.js";
import { bucketOf } from "../core/histogram.js";
import type { ClaimedJob, DurationMeasure, DurationSample, Store } from "../core/store.js";

/** About how often the store is told. */
const EVERY_MS = 5_000;
/** Kinds, stages, sizes and durations that differ; what comes beyond that before the next flush is not counted. */
const MOST_CELLS = 10_000;

export interface AttemptTimer {
  /** A stage has begun. */
  stage(name: string): void;
  /** The attempt has succeeded, and the store has said so. Attempts that ended otherwise are simply dropped. */
  succeeded(): void;
}
export interface DurationLog {
  /** From now on the attempt runs. @param heldMs  how long it was held ready after its claim; counts as waiting */
  start(claimed: ClaimedJob, heldMs?: number): AttemptTimer;
  /** Tells the store what is left. Never rejects. */
  stop(): Promise<void>;
}

export interface DurationLogOptions {
  readonly store: Pick<Store, "learn">;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createDurationLog({ store, clock, onTrouble }: DurationLogOptions): DurationLog {
  let cells = new Map<string, Mutable<DurationSample>>();
  let disarm: (() => void) | null = null;
  let telling: Promise<void> | null = null;
  let stopped = false;

  const note = (sample: Omit<DurationSample, "count">, count: number): void => {
    const { kind, measure, stage, size, bucket } = sample;
    const key = `${measure} ${size} ${bucket} ${kind} ${stage ?? ""}`;
    const known = cells.get(key);
    if (known !== undefined) known.count += count;
    else if (cells.size < MOST_CELLS) cells.set(key, { ...sample, count });
  };

  const arm = (): void => {
    if (disarm !== null || stopped || cells.size === 0) return;
    disarm = clock.after(EVERY_MS * (0.9 + 0.2 * clock.random()), () => {
      disarm = null;
      void flush();
    });
  };

  const tell = async (): Promise<void> => {
    const told = cells;
    cells = new Map();
    try {
      await store.learn([...told.values()]);
    } catch (error) {
      onTrouble(error);
      // Once more with the next ones. Counted twice, should it have come through after all, does no harm.
      for (const { count, ...sample } of told.values()) note(sample, count);
    }
  };

  const flush = async (): Promise<void> => {
    while (telling !== null) await telling;
    if (cells.size === 0) return;
    telling = tell().finally(() => {
      telling = null;
      arm();
    });
    await telling;
  };

  return {
    start: (claimed, heldMs = 0) => {
      const { kind, fence, payload } = claimed;
      const startedAt = clock.monotonic();
      const stages: { readonly name: string; readonly at: number }[] = [];
      return {
        stage: (name) => void stages.push({ name, at: clock.monotonic() }),
        succeeded: () => {
          const endedAt = clock.monotonic();
          const size = sizeOf(utf8Bytes(payload));
          const took = (measure: DurationMeasure, stage: string | null, ms: number): void =>
            note({ kind, measure, stage, size, bucket: bucketOf(ms) }, 1);
          took("run", null, endedAt - startedAt);
          // Later claims waited for a back-off, or were given back in between.
          if (fence === 1) took("wait", null, claimed.startedAt - claimed.runAt + heldMs);
          for (const [i, { name, at }] of stages.entries()) {
            took("stage", name, (stages[i + 1]?.at ?? endedAt) - at);
            took("rest", name, endedAt - at);
          }
          arm();
        },
      };
    },
    stop: async () => {
      stopped = true;
      disarm?.();
      disarm = null;
      await flush();
    },
  };
}
