/**
 * Tells the store how attempts ended. Endings of the same moment become one call; an ending the store could not take is
 * told again for as long as the lease is ours. It never rejects: a handler's work is done, whatever the network does.
 */
import { createBatcher } from "../core/batcher.js";
import { type Clock, sleep } from "../core/clock.js";
import { isWaymarkError } from "../core/errors.js";
import type { SettleAnswer, Settlement, Store } from "../core/store.js";

export interface Settler {
  /**
   * @param lost  aborts when the lease is known to be lost: then there is no use in trying on
   * @returns the store's answer; null when the lease was lost, or the store closed, before it could answer
   */
  settle(settlement: Settlement, lost: AbortSignal): Promise<SettleAnswer | null>;
}

/** Settlements of one call. */
const BATCH = 1_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

export function createSettler(store: Store, clock: Clock, onTrouble: (error: unknown, jobId: string) => void): Settler {
  const send = createBatcher<Settlement, SettleAnswer>({
    run: (settlements) => store.settle(settlements),
    maxItems: BATCH,
    // Told twice, an ending answers `replayed`, so that trying each alone is safe after any error.
    splitOnError: () => true,
  });

  return {
    settle: async (settlement, lost) => {
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
        // Once more after the lease was lost: it may be "lost" only because an earlier try ended the attempt, unheard.
        const isLast = lost.aborted;
        try {
          return await send(settlement);
        } catch (error) {
          onTrouble(error, settlement.jobId);
          if (isLast || isWaymarkError(error, "closed")) return null;
          await sleep(clock, wait * (0.5 + clock.random()), lost);
        }
      }
    },
  };
}
