/**
 * Everything that happens because time passes: counting down, noticing a lost line after 3 s and a slow first answer after
 * 400 ms, speaking, and the redirect 1.5 s after the end. Shared by React and the element, which only draw.
 */
import { hasEnded, isSettled, type WatchSnapshot } from "../client-web/snapshot.js";
import type { Clock } from "../core/clock.js";
import type { Shown } from "./later/time-left.js";
import { laterParts, loadLaterParts } from "./later-parts.js";
import type { Timing } from "./view-types.js";

const TURN_MS = 1_000;
/** A place is held quietly for so long before it shows that it is one. */
export const SKELETON_MS = 400;
const LOST_MS = 3_000;
const REDIRECT_MS = 1_500;
/** The later parts are loaded so long after the first picture of a job; if that fails, again after so long. */
const LATER_MS = 100;
const LATER_AGAIN_MS = 10_000;
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
  /** Called 1.5 s after the job was seen to complete, unless the person is busy in the card. */
  readonly onCompleted: (() => void) | null;
  /** Whether the focus is inside the card. */
  readonly isBusy: () => boolean;
}

export class Pace {
  readonly #clock: Clock;
  #options: PaceOptions = { onCompleted: null, isBusy: () => false };
  #snapshot: WatchSnapshot | null = null;
  #timing: Timing = STILL;
  #shown: Shown | null = null;
  #startedAt: number | null = null;
  #seen: { readonly status: WatchSnapshot["status"]; readonly at: number } | null = null;
  #firstStatus = true;
  #sawUnfinished = false;
  #redirectAt: number | null = null;
  #laterAt: number | null = null;
  #listeners = new Set<() => void>();
  #cancelTurn: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
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
    this.#countDown(lost ? null : status, statusAt ?? now, now);
    this.#timing = this.#changed({
      ...this.#timing,
      now,
      statusAt,
      left: this.#shown?.left ?? null,
      lost,
      skeleton: status === null && now - (this.#startedAt ?? now) >= SKELETON_MS,
      redirecting: this.#redirect(snapshot, now),
      asking: this.#timing.asking && status?.status === "processing" && status.cancelRequestedAt === undefined,
    });
    const laterIn = status === null ? null : this.#loadLater(now);
    if (laterIn !== null || !isSettled(snapshot) || this.#redirectAt !== null) {
      const early =
        status === null
          ? SKELETON_MS
          : Math.min((this.#redirectAt ?? Number.POSITIVE_INFINITY) - now, laterIn ?? TURN_MS);
      this.#cancelTurn = this.#clock.after(Math.max(50, Math.min(TURN_MS, early)), () => this.#turn());
    }
    this.#tell();
  }

  /** @returns when to try that (again), in ms; null once they are here */
  #loadLater(now: number): number | null {
    if (laterParts() !== null) return null;
    this.#laterAt ??= now + LATER_MS;
    if (now >= this.#laterAt) {
      this.#laterAt = now + LATER_AGAIN_MS;
      void loadLaterParts();
    }
    return this.#laterAt - now;
  }

  #countDown(status: WatchSnapshot["status"], statusAt: number, now: number): void {
    const later = laterParts();
    if (later === null) return;
    this.#shown = later.nextShown(this.#shown ?? later.NOTHING_SHOWN, later.spanOf(status), now - statusAt, now);
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
