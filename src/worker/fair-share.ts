/**
 * Keeps a busy worker from taking the whole event loop: in one turn handlers are begun for a few milliseconds and one
 * claim is asked for; whatever is left to do goes on in the next turn, behind everybody else's timers and I/O.
 */
import type { Clock } from "../core/clock.js";

/** How long handlers may be begun in one turn, in ms. The one that is begun last may of course take longer. */
const TURN_MS = 5;

export interface FairShare {
  /** Whether another handler may be begun in this turn. When not, `onTurn` will come. */
  mayBegin(now: number): boolean;
  /** Whether a claim may be asked for in this turn; yes means that it is. When not, `onTurn` will come. */
  mayClaim(): boolean;
  /** No turn is waited for any more. */
  stop(): void;
}

/** @param onTurn  called in the next turn after any of the two was asked */
export function createFairShare(clock: Clock, onTurn: () => void): FairShare {
  let endsAt: number | null = null;
  let claimed = false;
  let stopped = false;
  let cancel: (() => void) | null = null;

  const open = (): void => {
    if (stopped) return;
    cancel ??= clock.turn(() => {
      cancel = null;
      endsAt = null;
      claimed = false;
      onTurn();
    });
  };

  return {
    mayBegin: (now) => {
      if (cancel === null) open();
      endsAt ??= now + TURN_MS;
      return now < endsAt;
    },
    mayClaim: () => {
      open();
      if (claimed) return false;
      claimed = true;
      return true;
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
