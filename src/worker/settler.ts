/**
 * Tells the store how attempts ended. Endings of the same moment become one call; an ending the store could not take is
 * told again for as long as the lease may be ours. It never rejects: a handler's work is done, whatever the network does.
 */
import type { Clock } from "../core/clock.js";
import { isWaymarkError } from "../core/errors.js";
import { createLots } from "../core/lots.js";
import type { SettleAnswer, Settlement, Store } from "../core/store.js";
import type { Loss } from "./stop-switch.js";

/** An attempt that has ended, and waits to hear that this is recorded. Known by its identity; the store reads it as it is. */
export interface Settling extends Settlement {
  /**
   * Aborts when the lease is known to be lost: then there is no use in trying on. While it is only presumed lost, the
   * store may take the ending as a late one: it is told for five minutes more.
   */
  readonly loss: Loss;
  /**
   * Called once, with the store's answer; null when the lease was lost, or the store closed, before it could answer.
   * Must not throw.
   */
  settled(answer: SettleAnswer | null): void;
}

export interface Settler {
  tell(ending: Settling): void;
  /** The same as a promise. */
  settle(settlement: Settlement, loss: Loss): Promise<SettleAnswer | null>;
}

/** Settlements of one call. */
const BATCH = 1_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
/** How long a store that is away is told of an attempt whose lease must be over by now. */
const PRESUMED_PATIENCE_MS = 300_000;

/** What is known of an ending that the store has not taken at once. */
interface Trouble {
  waitMs: number;
  /** When to give up; null while the lease is not presumed lost. Monotonic. */
  until: number | null;
}

export function createSettler(store: Store, clock: Clock, onTrouble: (error: unknown, jobId: string) => void): Settler {
  const troubles = new Map<Settling, Trouble>();

  const send = async (endings: readonly Settling[]): Promise<void> => {
    // Once more after the lease was lost: it may be "lost" only because an earlier try ended the attempt, unheard.
    const [first] = endings as readonly [Settling];
    const isLastTry = endings.length === 1 && first.loss.aborted && troubles.has(first);
    let answers: readonly SettleAnswer[];
    try {
      answers = await store.settle(endings);
    } catch (error) {
      // Told twice, an ending answers `replayed`, so that trying each alone is safe after any error.
      if (endings.length > 1) for (const ending of endings) await send([ending]);
      else failed(first, isLastTry, error);
      return;
    }
    for (let i = 0; i < endings.length; i++) {
      const ending = endings[i]!;
      if (troubles.size > 0) troubles.delete(ending);
      ending.settled(answers[i]!);
    }
  };

  const failed = (ending: Settling, wasLastTry: boolean, error: unknown): void => {
    const { jobId, loss } = ending;
    onTrouble(error, jobId);
    const now = clock.monotonic();
    const trouble = troubles.get(ending) ?? { waitMs: FIRST_WAIT_MS, until: null };
    if (loss.presumed) trouble.until ??= now + PRESUMED_PATIENCE_MS;
    if (wasLastTry || isWaymarkError(error, "closed") || (loss.presumed && now >= trouble.until!)) {
      troubles.delete(ending);
      return ending.settled(null);
    }
    troubles.set(ending, trouble);
    const ms = trouble.waitMs * (0.5 + clock.random());
    trouble.waitMs = Math.min(trouble.waitMs * 2, LONGEST_WAIT_MS);
    after(clock, ms, loss, () => tell(ending));
  };

  const tell = createLots<Settling>({ send, maxItems: BATCH });
  return {
    tell,
    settle: ({ jobId, fence, outcome }, loss) =>
      new Promise((resolve) => tell({ jobId, fence, outcome, loss, settled: resolve })),
  };
}

/** Calls `run` after `ms`, or at once when the lease is known to be lost. */
function after(clock: Clock, ms: number, lost: Loss, run: () => void): void {
  if (lost.aborted) return run();
  const done = (): void => {
    cancel();
    lost.removeEventListener("abort", done);
    run();
  };
  const cancel = clock.after(ms, done, { keepAlive: true });
  lost.addEventListener("abort", done);
}
