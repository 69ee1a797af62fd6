/**
 * Telling others that something changed. Listeners of this process are told at once. Other processes are told by NOTIFY,
 * which is dear (commits that notify queue up behind one lock of the server), so everything of some two milliseconds goes
 * out as one, and none is ever sent for a mere row of progress. After a quiet moment the very statement that changes
 * something carries the message, which then costs no round trip of its own.
 */
import { systemClock } from "../../core/clock.js";
import { soon } from "../../core/soon.js";
import type { Hint, HintInterest } from "../../core/store.js";

const GAP_MS = 2;
/** Ids in one message; with more, it says that any job may have changed. A message holds less than 8,000 bytes. */
const IDS = 100;

/**
 * News that only some want have a channel of their own, as each notice wakes a process: `new` jobs came in, which only workers
 * want; or jobs are `over` or began, which only those want who follow them. All else, and a mixture, goes to all.
 */
export type Topic = "new" | "over";
const INTEREST = { work: ["new"], known: ["over"], all: ["new", "over"] } as const satisfies Record<
  HintInterest,
  readonly Topic[]
>;

/**
 * What travels: `o` who sent it (null: to everybody), `w` whether something may be claimable, `c` changed jobs, `b` whether
 * they merely began.
 */
interface Message {
  readonly o: string | null;
  readonly w: 0 | 1;
  readonly c: readonly string[] | "*";
  readonly b?: 1;
}

export interface Note {
  readonly channel: string;
  readonly payload: string;
}

export interface HintOptions {
  readonly channel: string;
  /** This store among all that share the channel. */
  readonly origin: string;
  /** Sends a NOTIFY; null when the store was told not to. */
  readonly send: ((note: Note) => Promise<unknown>) | null;
  /** Told before all listeners, and though there are none. */
  readonly onHint: (hint: Hint) => void;
}

export class Hints {
  readonly #options: HintOptions;
  readonly #listeners = new Map<(hint: Hint) => void, HintInterest>();
  #waiting = false;
  /** Nothing is told but that jobs began. */
  #began = true;
  #jobs: Set<string> | "any" = new Set();
  /** Of all that is to be told; null when it differs. */
  #topic: Topic | "none yet" | null = "none yet";
  /** Messages are going out, one after the other. */
  #sending = false;
  /** Until when no other goes out after one that a statement carried, by the monotonic clock: a lone one needs no timer. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  #cancelSoon: (() => void) | null = null;
  #closed = false;

  constructor(options: HintOptions) {
    this.#options = options;
  }

  /** Where to listen for all that somebody here wants to hear; nowhere when there is nobody. */
  get channels(): readonly string[] {
    if (this.#listeners.size === 0) return [];
    const topics = new Set<Topic>();
    for (const interest of this.#listeners.values()) for (const topic of INTEREST[interest]) topics.add(topic);
    return [this.#options.channel, ...[...topics].map((topic) => channelOf(this.#options.channel, topic))];
  }

  add(listener: (hint: Hint) => void, interest: HintInterest = "all"): () => void {
    // Its own function, so that one listener given twice is two subscriptions.
    const own = (hint: Hint): void => listener(hint);
    this.#listeners.set(own, interest);
    return () => void this.#listeners.delete(own);
  }

  /** Tells everybody. */
  tell(hint: Hint, topic: Topic | null = null): void {
    this.tellHere(hint);
    if (!this.#collect(hint, topic) || this.#sending) return;
    const restMs = this.#restsUntil - systemClock.monotonic();
    if (restMs > 0) this.#sendIn(restMs);
    else void this.#send();
  }

  /** Tells this process at once, and others with the next message, or after a moment: what is no news to wait for. */
  tellSoon(hint: Hint, topic: Topic | null = null): void {
    this.tellHere(hint);
    if (this.#collect(hint, topic) && !this.#sending) this.#sendIn(GAP_MS);
  }

  /**
   * The message for the statement that brings the news about, when one may go out now; null when it must wait, and the
   * caller tells afterwards. With a message, the caller tells only this process.
   */
  carry(hint: Hint, topic: Topic | null = null): Note | null {
    const now = systemClock.monotonic();
    if (this.#sending || now < this.#restsUntil || !this.#collect(hint, topic)) return null;
    this.#restsUntil = now + GAP_MS;
    return this.#take();
  }

  /** Tells this process, after the caller has its answer; what a listener throws is its own affair. */
  tellHere(hint: Hint): void {
    if (hint.jobs.length === 0) return;
    this.#options.onHint(hint);
    for (const listener of this.#listeners.keys()) {
      soon(() => {
        try {
          if (this.#listeners.has(listener)) listener(hint);
        } catch {}
      });
    }
  }

  /** The message that a transaction of the caller's sends when it commits: to this process too, which cannot know when. */
  noteFor(hint: Hint, topic: Topic | null = null): Note | null {
    if (this.#options.send === null) return null;
    const c = hint.jobs === "any" || hint.jobs.length > IDS ? "*" : hint.jobs;
    return this.#note(topic, { o: null, w: hint.waiting ? 1 : 0, c });
  }

  /** Tells this process what arrived. */
  receive(payload: string): void {
    const message = parse(payload);
    if (message === null || message.o === this.#options.origin) return;
    this.tellHere({
      waiting: message.w === 1,
      jobs: message.c === "*" ? "any" : message.c,
      began: message.b === 1,
    });
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  get #hasNews(): boolean {
    return !this.#closed && (this.#jobs === "any" || this.#jobs.size > 0);
  }

  /** Keeps news for the next message; false when there are none to send. */
  #collect(hint: Hint, topic: Topic | null): boolean {
    if (hint.jobs.length === 0 || this.#options.send === null || this.#closed) return false;
    this.#topic = this.#topic === "none yet" || this.#topic === topic ? topic : null;
    this.#waiting ||= hint.waiting;
    this.#began &&= hint.began === true;
    if (hint.jobs === "any" || hint.jobs.length > IDS) this.#jobs = "any";
    if (this.#jobs !== "any") {
      for (const jobId of hint.jobs) this.#jobs.add(jobId);
      if (this.#jobs.size > IDS) this.#jobs = "any";
    }
    return true;
  }

  #take(): Note {
    this.#cancelSoon?.();
    this.#cancelSoon = null;
    const c = this.#jobs === "any" ? "*" : [...this.#jobs];
    const w = this.#waiting ? 1 : 0;
    const b = this.#began ? ({ b: 1 } as const) : {};
    const topic = this.#topic === "none yet" ? null : this.#topic;
    this.#topic = "none yet";
    this.#jobs = new Set();
    this.#waiting = false;
    this.#began = true;
    return this.#note(topic, { o: this.#options.origin, w, c, ...b });
  }

  #sendIn(ms: number): void {
    this.#cancelSoon ??= systemClock.after(ms, () => {
      if (!this.#sending) void this.#send();
    });
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#hasNews) {
      const gap = new Promise<void>((resolve) => void systemClock.after(GAP_MS, resolve));
      // Only a hint: whoever misses it polls.
      await this.#options.send?.(this.#take()).catch(() => {});
      await gap;
    }
    this.#sending = false;
  }

  #note(topic: Topic | null, message: Message): Note {
    return { channel: channelOf(this.#options.channel, topic), payload: JSON.stringify(message) };
  }
}

export function channelOf(channel: string, topic: Topic | null): string {
  return topic === null ? channel : `${channel}_${topic}`;
}

/** Whoever may write to the channel may write nonsense. */
function parse(payload: string): Message | null {
  try {
    const { o = null, w, c, b } = JSON.parse(payload) as Partial<Message>;
    const isList = Array.isArray(c) && c.every((jobId) => typeof jobId === "string");
    return isList || c === "*" ? { o, w: w === 1 ? 1 : 0, c: c as Message["c"], ...(b === 1 ? { b } : {}) } : null;
  } catch {
    return null;
  }
}
