/** Tells a running attempt to stop, and remembers the strongest reason: a signal can abort only once, reasons can follow. */
import { setMaxListeners } from "node:events";
import type { Clock } from "../core/clock.js";
import { StopReason } from "../core/handler.js";

type Why = StopReason["why"];

/** A later, higher reason rules: after a cancel request the lease may still be lost. */
const RANK: Readonly<Record<Why, number>> = { cancel: 1, timeout: 2, shutdown: 3, lost: 4 };
const MESSAGE: Readonly<Record<Why, string>> = {
  cancel: "The job was asked to cancel.",
  timeout: "The attempt took longer than its timeout.",
  shutdown: "The worker is shutting down.",
  lost: "The lease was lost: another worker may have the job now.",
};
/** How long a handler may take to heed its signal before the attempt is ended without it. */
export const STOP_GRACE_MS = 5_000;
/** The same after a lease that is only presumed lost: what the handler makes in that time may still count. */
const PRESUMED_GRACE_MS = 300_000;

/** Whether there is still any use in telling the store how an attempt ended. An AbortSignal is one, too. */
export interface Loss {
  /** True when there is none. */
  readonly aborted: boolean;
  /** The lease was not renewed in time, which the store may yet see otherwise. */
  readonly presumed?: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Rejects `leftBehind`: the attempt ends, and its handler may still be running. */
export class LeftBehind extends Error {
  override readonly name = "LeftBehind";
}

export interface StopSwitch {
  /** For the handler; made when first asked for. Its abort reason is the first StopReason. */
  readonly signal: AbortSignal;
  /** The reason that `signal` has, or would have. */
  readonly reason: StopReason | null;
  readonly lost: Loss;
  /** The store said that the lease is lost: nothing the attempt made can count. */
  readonly saidLost: boolean;
  /** The strongest reason so far. */
  why(): Why | null;
  /** @param presumed  lost only because it was not renewed in time: what the attempt makes is still offered */
  stop(why: Why, presumed?: boolean): void;
  /**
   * Rejects when a handler that was told to stop has not ended: at once when the lease is lost, after the grace on
   * timeout and shutdown, after a long one when the loss is presumed. Never for a cancel alone: that handler may finish,
   * and its work is then done.
   */
  readonly leftBehind: Promise<never>;
  /** The attempt is over: no timer stays. */
  end(): void;
}

export function createStopSwitch(clock: Clock, presumedGraceMs: number = PRESUMED_GRACE_MS): StopSwitch {
  // Most attempts end before anybody asks for their signal, and making one is dear.
  let controller: AbortController | null = null;
  const lost = new LossFlag();
  let first: StopReason | null = null;
  let strongest: Why | null = null;
  let saidLost = false;
  let shuttingDown = false;
  let disarm: (() => void) | null = null;
  let leaveAt = Number.POSITIVE_INFINITY;
  let ended = false;
  let leave: (left: LeftBehind) => void = () => {};
  const leftBehind = new Promise<never>((_resolve, reject) => {
    leave = reject;
  });
  leftBehind.catch(() => {});

  const raise = (why: Why): void => {
    if (strongest !== null && RANK[strongest] >= RANK[why]) return;
    strongest = why;
    if (first !== null) return;
    first = new StopReason(why, MESSAGE[why]);
    controller?.abort(first);
  };
  const graceMs = (why: Why): number => {
    if (why !== "lost") return STOP_GRACE_MS;
    return lost.aborted ? 0 : presumedGraceMs;
  };
  const leaveIn = (ms: number): void => {
    const at = clock.monotonic() + ms;
    if (ended || at >= leaveAt) return;
    leaveAt = at;
    disarm?.();
    disarm = clock.after(ms, () => leave(new LeftBehind()), { keepAlive: true });
  };

  return {
    get signal() {
      if (controller === null) {
        controller = new AbortController();
        // A handler may well pass its signal to a hundred requests at once.
        setMaxListeners(0, controller.signal);
        if (first !== null) controller.abort(first);
      }
      return controller.signal;
    },
    get reason() {
      return first;
    },
    lost,
    get saidLost() {
      return saidLost;
    },
    why: () => strongest,
    stop: (why, presumed = false) => {
      if (why === "shutdown") shuttingDown = true;
      if (why === "lost") {
        if (presumed) lost.presumed = true;
        else saidLost = true;
      }
      raise(why);
      // A worker that shuts down does not wait for a store that is away.
      if (saidLost || (lost.presumed && shuttingDown)) lost.abort();
      if (why !== "cancel") leaveIn(graceMs(why));
    },
    leftBehind,
    end: () => {
      ended = true;
      disarm?.();
    },
  };
}

class LossFlag implements Loss {
  aborted = false;
  presumed = false;
  #listeners: Set<() => void> | null = null;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners ?? []) listener();
  }
}
