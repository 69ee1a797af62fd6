/**
 * Tells the store how attempts ended. Endings of the same moment become one call; an ending the store could not take is
 * told again for as long as the lease may be ours. It never rejects: a handler's work is done, whatever the network does.
 */
import { createBatcher, type Entry } from "../core/batcher.js";
import type { Clock } from "../core/clock.js";
import { isWaymarkError } from "../core/errors.js";
import type { SettleAnswer, Settlement, Store } from "../core/store.js";
import type { Loss } from "./stop-switch.js";

/** Whoever waits to hear that an ending is recorded. */
export interface Settling {
  /** Called once, with the store's answer; null when the lease was lost, or the store closed, before it could answer. */
  settled(answer: SettleAnswer | null): void;
}

export interface Settler {
  /**
   * @param lost  aborts when the lease is known to be lost: then there is no use in trying on. While it is only presumed
   *   lost, the store may take the ending as a late one: it is told for five minutes more
   */
  tell(settlement: Settlement, lost: Loss, teller: Settling): void;
  /** The same as a promise. */
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

  class Ending implements Entry<Settlement, SettleAnswer> {
    readonly size = 1;
    readonly #settlement: Settlement;
    readonly #lost: Loss;
    readonly #teller: Settling;
    #isLast = false;
    /** When to give up; null while the lease is not presumed lost. Monotonic. */
    #until: number | null = null;
    #waitMs = FIRST_WAIT_MS;

    constructor(settlement: Settlement, lost: Loss, teller: Settling) {
      this.#settlement = settlement;
      this.#lost = lost;
      this.#teller = teller;
    }

    send(): void {
      // Once more after the lease was lost: it may be "lost" only because an earlier try ended the attempt, unheard.
      const { aborted, presumed } = this.#lost;
      if (presumed) this.#until ??= clock.monotonic() + PRESUMED_PATIENCE_MS;
      this.#isLast = aborted || (presumed === true && clock.monotonic() >= this.#until!);
      send.add(this);
    }
    addTo(settlements: Settlement[]): void {
      settlements.push(this.#settlement);
    }
    resolve(answers: readonly SettleAnswer[], from: number): void {
      this.#teller.settled(answers[from]!);
    }
    reject(error: unknown): void {
      onTrouble(error, this.#settlement.jobId);
      if (this.#isLast || isWaymarkError(error, "closed")) return this.#teller.settled(null);
      const ms = this.#waitMs * (0.5 + clock.random());
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
      after(clock, ms, this.#lost, () => this.send());
    }
  }

  const tell = (settlement: Settlement, lost: Loss, teller: Settling): void =>
    new Ending(settlement, lost, teller).send();
  return { tell, settle: (settlement, lost) => new Promise((resolve) => tell(settlement, lost, { settled: resolve })) };
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
