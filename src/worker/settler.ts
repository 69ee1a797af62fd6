/**
 * Tells the store how attempts ended. Endings of the same moment become one call; an ending the store could not take is
 * told again for as long as the lease may be ours. It never rejects: a handler's work is done, whatever the network does.
 */
import { createBatcher } from "../core/batcher.js";
import type { Clock } from "../core/clock.js";
import { isWaymarkError } from "../core/errors.js";
import type { SettleAnswer, Settlement, Store } from "../core/store.js";
import type { Loss } from "./stop-switch.js";

export interface Settler {
  /**
   * @param lost  aborts when the lease is known to be lost: then there is no use in trying on. While it is only presumed
   *   lost, the store may take the ending as a late one: it is told for five minutes more
   * @returns the store's answer; null when the lease was lost, or the store closed, before it could answer
   */
  settle(settlement: Settlement, lost: Loss): Promise<SettleAnswer | null>;
}

/** Settlements of one call. */
const BATCH = 1_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;
/** How long a store that is away is told of an attempt whose lease must be over by now. */
const PRESUMED_PATIENCE_MS = 300_000;

export function createSettler(store: Store, clock: Clock, onTrouble: (error: unknown, jobId: string) => void): Settler {
  const send = createBatcher<Settlement, SettleAnswer>({
    run: (settlements) => store.settle(settlements),
    maxItems: BATCH,
    // Told twice, an ending answers `replayed`, so that trying each alone is safe after any error.
    splitOnError: () => true,
  });

  return {
    settle: async (settlement, lost) => {
      let until = Number.POSITIVE_INFINITY;
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
        // Once more after the lease was lost: it may be "lost" only because an earlier try ended the attempt, unheard.
        const now = clock.monotonic();
        if (lost.presumed) until = Math.min(until, now + PRESUMED_PATIENCE_MS);
        const isLast = lost.aborted || now >= until;
        try {
          return await send(settlement);
        } catch (error) {
          onTrouble(error, settlement.jobId);
          if (isLast || isWaymarkError(error, "closed")) return null;
          await pause(clock, wait * (0.5 + clock.random()), lost);
        }
      }
    },
  };
}

/** Resolves after `ms`, or at once when the lease is known to be lost. */
function pause(clock: Clock, ms: number, lost: Loss): Promise<void> {
  return new Promise((resolve) => {
    if (lost.aborted) return resolve();
    const done = (): void => {
      cancel();
      lost.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done, { keepAlive: true });
    lost.addEventListener("abort", done);
  });
}
