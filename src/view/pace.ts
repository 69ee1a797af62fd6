/**
 * Everything that happens because time passes: counting down, noticing a lost line after 3 s and a slow first answer after
 * 400 ms, speaking, and the redirect 1.5 s after the end. Shared by React and the element, which only draw.
 */
import { hasEnded, type WatchSnapshot } from "../client-web/snapshot.js";
import type { Clock } from "../core/clock.js";
import { NOTHING_SHOWN, nextShown, type Shown, type Span, usefulSpan } from "./time-left.js";
import type { Timing } from "./view-types.js";

const TURN_MS = 1_000;
const SKELETON_MS = 400;
const LOST_MS = 3_000;
const REDIRECT_MS = 1_500;
/** A job that was over when the page opened takes the page along only when it ended just now; "Back" must not be a trap. */
const JUST_NOW_MS = 30_000;

/** The moment on a server, and in a browser until the first turn. */
export const STILL: Timing = {
  now: null,
  statusAt: null,
  left: null,
  lost: false,
  skeleton: false,
  redirecting: false,
  asking: false,
  copied: false,
};

export interface PaceOptions {
  readonly clock: Clock;
  /** Called 1.5 s after the job was seen to complete, unless the person is busy in the card. */
  readonly onCompleted: (() => void) | null;
  /** Whether the focus is inside the card. */
  readonly isBusy: () => boolean;
}

export class Pace {
  readonly #clock: Clock;
  #options: PaceOptions;
  #snapshot: WatchSnapshot | null = null;
  #timing: Timing = STILL;
  #shown: Shown = NOTHING_SHOWN;
  #startedAt: number | null = null;
  #seen: { readonly status: WatchSnapshot["status"]; readonly at: number } | null = null;
  #firstStatus = true;
  #sawUnfinished = false;
  #redirectAt: number | null = null;
  #listeners = new Set<() => void>();
  #cancelTurn: (() => void) | null = null;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** The moment as it is now; the same object until a turn changed it. */
  get timing(): Timing {
    return this.#timing;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  /** Takes the newest snapshot and keeps turning while anything can still change. */
  follow(snapshot: WatchSnapshot, options: PaceOptions): void {
    this.#snapshot = snapshot;
    this.#options = options;
    this.#startedAt ??= this.#clock.now();
    this.#turn();
  }

  /** Opens or closes the question before cancelling. */
  ask(asking: boolean): void {
    this.#set({ ...this.#timing, asking });
  }

  copied(): void {
    this.#set({ ...this.#timing, copied: true });
  }

  /** The redirect is off: the person does something else here. */
  stay(): void {
    this.#redirectAt = null;
    if (this.#timing.redirecting) this.#set({ ...this.#timing, redirecting: false });
  }

  stop(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = null;
  }

  #turn(): void {
    this.stop();
    const snapshot = this.#snapshot;
    if (snapshot === null) return;
    const now = this.#clock.now();
    const { status, connection } = snapshot;
    if (this.#seen?.status !== status) this.#seen = { status, at: snapshot.receivedAt ?? now };
    const statusAt = status === null ? null : this.#seen.at;
    const lost = connection === "reconnecting" && now - snapshot.connectionSince >= LOST_MS;
    this.#shown = nextShown(this.#shown, lost ? null : spanOf(status), statusAt === null ? 0 : now - statusAt, now);
    this.#timing = this.#changed({
      ...this.#timing,
      now,
      statusAt,
      left: this.#shown.left,
      lost,
      skeleton: status === null && now - (this.#startedAt ?? now) >= SKELETON_MS,
      redirecting: this.#redirect(snapshot, now),
      asking: this.#timing.asking && status?.status === "processing" && status.cancelRequestedAt === undefined,
    });
    const turning = !hasEnded(status) && !snapshot.notFound && snapshot.gone === null && !snapshot.signedOut;
    if (turning || this.#redirectAt !== null) {
      const early = status === null ? SKELETON_MS : this.#redirectAt === null ? TURN_MS : this.#redirectAt - now;
      this.#cancelTurn = this.#clock.after(Math.max(50, Math.min(TURN_MS, early)), () => this.#turn());
    }
    this.#tell();
  }

  /** Whether the page is about to move on. */
  #redirect(snapshot: WatchSnapshot, now: number): boolean {
    const { status } = snapshot;
    const unfinished = status !== null && !hasEnded(status);
    const first = this.#firstStatus && status !== null;
    if (status !== null) this.#firstStatus = false;
    const justNow = first && "finishedAt" in status && Math.abs(now - Date.parse(status.finishedAt)) < JUST_NOW_MS;
    if (unfinished || justNow) this.#sawUnfinished = true;
    const { onCompleted, isBusy } = this.#options;
    if (status?.status !== "completed" || onCompleted === null || !this.#sawUnfinished) {
      this.#redirectAt = null;
      return false;
    }
    if (!this.#timing.redirecting && this.#redirectAt === null) {
      this.#sawUnfinished = !isBusy();
      if (!this.#sawUnfinished) return false;
      this.#redirectAt = now + REDIRECT_MS;
    }
    if (this.#redirectAt !== null && now >= this.#redirectAt) {
      this.#redirectAt = null;
      this.#sawUnfinished = false;
      onCompleted();
    }
    return true;
  }

  #set(timing: Timing): void {
    this.#timing = timing;
    this.#tell();
  }

  #tell(): void {
    for (const listener of Array.from(this.#listeners)) listener();
  }

  #changed(next: Timing): Timing {
    const names = Object.keys(next) as (keyof Timing)[];
    return names.every((name) => next[name] === this.#timing[name]) ? this.#timing : next;
  }
}

/** What there is to count down, before the start or to the end. */
export function spanOf(status: WatchSnapshot["status"]): Span | null {
  const estimate = status?.estimate;
  if (status === null || estimate === null || estimate === undefined) return null;
  if (status.status === "processing") return usefulSpan(estimate.remainingMs, estimate.basedOn);
  if (status.status === "pending") return usefulSpan(estimate.startsInMs, estimate.basedOn);
  return null;
}
