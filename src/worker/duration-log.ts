/**
 * Remembers how long successful attempts took, whole and by stage, and how long they stood in line, and tells the store
 * now and then: estimates are learned from it. Nothing of it happens on a job's way; what a crash loses is not missed.
 */
import type { Clock } from "../core/clock.js";
import { utf8Bytes } from "../core/cut-text.js";
import { sizeOf } from "../core/durations.js";
import { bucketOf, LAST_BUCKET } from "../core/histogram.js";
import type { ClaimedJob, DurationMeasure, DurationSample, Store } from "../core/store.js";

/** About how often the store is told. */
const EVERY_MS = 5_000;
const MEASURES: readonly DurationMeasure[] = ["run", "wait", "stage", "rest"];
/** More than there are powers of two in the bytes of any text. */
const SIZES = 64;
/** Kinds, stages, sizes and durations that differ; what comes beyond that before the next flush is not counted. */
const MOST_CELLS = 10_000;

/** A stage, and when it began; monotonic. */
export interface StageStart {
  readonly name: string;
  readonly at: number;
}
/** When what happened to an attempt; monotonic. */
export interface AttemptTimes {
  /** When its claim was answered: what it stood in line here counts as waiting. */
  readonly takenAt: number;
  readonly begunAt: number;
  readonly endedAt: number;
  /** Those it entered, in this order; null without any. */
  readonly stages: readonly StageStart[] | null;
}
export interface DurationLog {
  /** The attempt has succeeded, and the store has said so. Those that ended otherwise are not told of. */
  succeeded(claimed: ClaimedJob, times: AttemptTimes): void;
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
  let cells = new Map<string, Map<number, Mutable<DurationSample>>>();
  let cellCount = 0;
  let disarm: (() => void) | null = null;
  let telling: Promise<void> | null = null;
  let stopped = false;

  /** Called for every job: only the first of its kind costs an object. */
  const note = (
    kind: string,
    measure: DurationMeasure,
    stage: string | null,
    size: number,
    bucket: number,
    count: number,
  ): void => {
    const name = stage === null ? kind : `${kind} ${stage}`;
    let own = cells.get(name);
    if (own === undefined) {
      own = new Map();
      cells.set(name, own);
    }
    const place = (MEASURES.indexOf(measure) * SIZES + size) * (LAST_BUCKET + 1) + bucket;
    const known = own.get(place);
    if (known !== undefined) {
      known.count += count;
    } else if (cellCount < MOST_CELLS) {
      cellCount++;
      own.set(place, { kind, measure, stage, size, bucket, count });
    }
  };

  const arm = (): void => {
    if (stopped || cellCount === 0) return;
    disarm ??= clock.after(EVERY_MS * (0.9 + 0.2 * clock.random()), () => {
      disarm = null;
      void flush();
    });
  };

  const tell = async (): Promise<void> => {
    const told = [...cells.values()].flatMap((own) => [...own.values()]);
    cells = new Map();
    cellCount = 0;
    try {
      await store.learn(told);
    } catch (error) {
      onTrouble(error);
      // Once more with the next ones. Counted twice, should it have come through after all, does no harm.
      for (const { kind, measure, stage, size, bucket, count } of told) note(kind, measure, stage, size, bucket, count);
    }
  };

  const flush = async (): Promise<void> => {
    while (telling !== null) await telling;
    if (cellCount === 0) return;
    telling = tell().finally(() => {
      telling = null;
      arm();
    });
    await telling;
  };

  const noteStages = (kind: string, size: number, stages: readonly StageStart[], endedAt: number): void => {
    stages.forEach(({ name, at }, i) => {
      note(kind, "stage", name, size, bucketOf((stages[i + 1]?.at ?? endedAt) - at), 1);
      note(kind, "rest", name, size, bucketOf(endedAt - at), 1);
    });
  };

  return {
    succeeded: (claimed, { takenAt, begunAt, endedAt, stages }) => {
      const { kind, fence, payload, startedAt, runAt } = claimed;
      const size = sizeOf(utf8Bytes(payload));
      note(kind, "run", null, size, bucketOf(endedAt - begunAt), 1);
      // Later claims waited for a back-off, or were given back in between.
      if (fence === 1) note(kind, "wait", null, size, bucketOf(startedAt - runAt + begunAt - takenAt), 1);
      if (stages !== null) noteStages(kind, size, stages, endedAt);
      if (disarm === null) arm();
    },
    stop: async () => {
      stopped = true;
      disarm?.();
      disarm = null;
      await flush();
    },
  };
}
