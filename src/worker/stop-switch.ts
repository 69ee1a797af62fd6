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

export interface StopSwitch {
  /** For the handler. Its abort reason is the first StopReason. */
  readonly signal: AbortSignal;
  /** Aborts when the lease is lost. */
  readonly lost: AbortSignal;
  /** The strongest reason so far. */
  why(): Why | null;
  stop(why: Why): void;
  /**
   * Rejects when a handler that was told to stop has not ended: at once when the lease is lost, after the grace on
   * timeout and shutdown. Never for a cancel alone: that handler may finish, and its work is then done.
   */
  readonly leftBehind: Promise<never>;
  /** The attempt is over: no timer stays. */
  end(): void;
}

export function createStopSwitch(clock: Clock): StopSwitch {
  const controller = new AbortController();
  const lost = new AbortController();
  // A handler may well pass its signal to a hundred requests at once.
  setMaxListeners(0, controller.signal);
  let strongest: Why | null = null;
  let disarm: (() => void) | null = null;
  let ended = false;
  let leave: (reason: StopReason) => void = () => {};
  const leftBehind = new Promise<never>((_resolve, reject) => {
    leave = reject;
  });
  leftBehind.catch(() => {});

  return {
    signal: controller.signal,
    lost: lost.signal,
    why: () => strongest,
    stop: (why) => {
      if (strongest !== null && RANK[strongest] >= RANK[why]) return;
      strongest = why;
      const reason = new StopReason(why, MESSAGE[why]);
      controller.abort(reason);
      if (why === "lost") lost.abort(reason);
      if (why === "cancel" || ended) return;
      disarm?.();
      disarm = clock.after(why === "lost" ? 0 : STOP_GRACE_MS, () => leave(reason), { keepAlive: true });
    },
    leftBehind,
    end: () => {
      ended = true;
      disarm?.();
    },
  };
}
