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

/** Whoever ends an attempt without its handler. */
export interface Leaver {
  /**
   * Called at most once, when a handler that was told to stop has not ended: at once when the lease is lost, after the
   * grace on timeout and shutdown, after a long one when the loss is presumed. Never for a cancel alone: that handler may
   * finish, and its work is then done.
   */
  leaveBehind(): void;
}

/** One for each attempt held: small, and its signal, reason, timer and listeners are made only when they are needed. */
export class StopSwitch implements Loss {
  readonly #clock: Clock;
  readonly #leaver: Leaver | null;
  readonly #presumedGraceMs: number;
  #controller: AbortController | null = null;
  #first: StopReason | null = null;
  #strongest: Why | null = null;
  #shuttingDown = false;
  #ended = false;
  #leaveAt = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | null = null;
  #listeners: Set<() => void> | null = null;
  /** The lease is lost for good: there is no use in telling the store how the attempt ended. */
  aborted = false;
  /** The lease is lost only because it was not renewed in time. */
  presumed = false;
  /** The store said that the lease is lost: nothing the attempt made can count. */
  saidLost = false;

  /**
   * @param leaver           null when nobody ends the attempt without its handler
   * @param presumedGraceMs  how long a handler may go on whose lease is presumed lost; default 5 minutes
   */
  constructor(clock: Clock, leaver: Leaver | null, presumedGraceMs: number = PRESUMED_GRACE_MS) {
    this.#clock = clock;
    this.#leaver = leaver;
    this.#presumedGraceMs = presumedGraceMs;
  }

  /** For the handler. Its abort reason is the first StopReason. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      // A handler may well pass its signal to a hundred requests at once.
      setMaxListeners(0, this.#controller.signal);
      if (this.#first !== null) this.#controller.abort(this.#first);
    }
    return this.#controller.signal;
  }

  /** The reason that `signal` has, or would have. */
  get reason(): StopReason | null {
    return this.#first;
  }

  /** The strongest reason so far. */
  why(): Why | null {
    return this.#strongest;
  }

  /** @param presumed  lost only because it was not renewed in time: what the attempt makes is still offered */
  stop(why: Why, presumed = false): void {
    if (why === "shutdown") this.#shuttingDown = true;
    if (why === "lost") {
      if (presumed) this.presumed = true;
      else this.saidLost = true;
    }
    this.#raise(why);
    // A worker that shuts down does not wait for a store that is away.
    if (this.saidLost || (this.presumed && this.#shuttingDown)) this.#abort();
    if (why !== "cancel") this.#leaveIn(this.#graceMs(why));
  }

  /** The attempt is over: no timer stays. */
  end(): void {
    this.#ended = true;
    this.#disarm?.();
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  #raise(why: Why): void {
    if (this.#strongest !== null && RANK[this.#strongest] >= RANK[why]) return;
    this.#strongest = why;
    if (this.#first !== null) return;
    this.#first = new StopReason(why, MESSAGE[why]);
    this.#controller?.abort(this.#first);
  }

  #abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners ?? []) listener();
  }

  #graceMs(why: Why): number {
    if (why !== "lost") return STOP_GRACE_MS;
    return this.aborted ? 0 : this.#presumedGraceMs;
  }

  #leaveIn(ms: number): void {
    const leaver = this.#leaver;
    if (leaver === null || this.#ended) return;
    const at = this.#clock.monotonic() + ms;
    if (at >= this.#leaveAt) return;
    this.#leaveAt = at;
    this.#disarm?.();
    this.#disarm = this.#clock.after(ms, () => leaver.leaveBehind(), { keepAlive: true });
  }
}
