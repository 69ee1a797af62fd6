/**
 * Sends what comes in small pieces in few large lots: what comes in one tick, or while a lot is under way, goes into the
 * next one together. A lone piece waits for nothing (its lot leaves at the end of the current microtask), and there is
 * no timer: lots grow by themselves exactly when whoever takes them is the slower side.
 */

import { soon } from "./soon.js";

export interface LotsOptions<E> {
  /** Takes a lot, and tells whoever waits for it. Must not reject. */
  readonly send: (lot: readonly E[]) => Promise<void>;
  /** How many items a piece is. Default: one. */
  readonly sizeOf?: (piece: E) => number;
  /** Items of one lot at most. A piece that is larger goes alone. */
  readonly maxItems: number;
  /** Lots under way at once. Default 1. */
  readonly inFlight?: number;
  /**
   * Items that are worth a lot of their own: with twice as many, and several lots free, each takes a share, so that one
   * is worked on there while another is here; what is less than two shares goes together. Default: all go together.
   */
  readonly share?: number;
}

/** @returns a function that adds a piece to the next lot */
export function createLots<E>(options: LotsOptions<E>): (piece: E) => void {
  const { send, sizeOf, maxItems, inFlight = 1, share = maxItems } = options;
  let waiting: E[] = [];
  let running = 0;
  let scheduled = false;

  const depart = (): void => {
    scheduled = false;
    while (running < inFlight && waiting.length > 0) {
      const lot = take();
      running++;
      void send(lot).then(arrive);
    }
  };
  const arrive = (): void => {
    running--;
    schedule();
  };
  const schedule = (): void => {
    if (scheduled || running >= inFlight || waiting.length === 0) return;
    scheduled = true;
    soon(depart);
  };

  const take = (): E[] => {
    const most = share >= maxItems || inFlight === 1 ? maxItems : shareOf(waiting);
    const count = sizeOf === undefined ? Math.min(most, waiting.length) : countUpTo(most, sizeOf);
    const lot = count === waiting.length ? waiting : waiting.slice(0, count);
    waiting = count === waiting.length ? [] : waiting.slice(count);
    return lot;
  };

  /** How many of the pieces that wait are no more than `most` items; at least one. */
  const countUpTo = (most: number, itemsOf: (piece: E) => number): number => {
    let size = 0;
    let count = 0;
    for (; count < waiting.length; count++) {
      size += itemsOf(waiting[count]!);
      if (count > 0 && size > most) break;
    }
    return count;
  };

  /** How many items the next lot takes at most. */
  const shareOf = (pieces: readonly E[]): number => {
    const size = sizeOf === undefined ? pieces.length : pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
    const lots = Math.max(1, Math.min(inFlight - running, Math.floor(size / share)));
    return Math.min(maxItems, Math.ceil(size / lots));
  };

  return (piece) => {
    waiting.push(piece);
    if (!scheduled) schedule();
  };
}
