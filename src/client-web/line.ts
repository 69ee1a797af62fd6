/**
 * The line to the server: one stream for all watched jobs, and polling where streams do not get through. It holds still
 * while nobody listens, nobody looks, or there is no network.
 */
import { type Clock, sleep } from "../core/clock.js";
import type { Api } from "./api.js";
import type { Entry } from "./entry.js";
import type { Page } from "./page.js";
import { followStream, type StreamEnd } from "./stream.js";

const POLL_MS = 2_000;
/** Streams that failed in a row without a sign, after which the client polls. */
const STREAM_TRIES = 2;
/** While polling, how long until a stream is tried again: longer each time; soon when the server was only away. */
const PROBE_MS: readonly number[] = [60_000, 300_000, 900_000];
const SOON_MS = 5_000;
/** However long a server asks to wait, after this it is asked again. */
const LONGEST_WAIT_MS = 300_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;
/** As many ids as fit an address everywhere; jobs beyond are polled. */
const MOST_IDS = 50;

export interface LineOptions {
  readonly api: Api;
  readonly clock: Clock;
  readonly page: Page;
  readonly streams: boolean;
  /** The entries with listeners that are not settled. */
  readonly active: () => Entry[];
}

export class Line {
  readonly #options: LineOptions;
  /** The ids of the running session, and how to end it. */
  #session: { readonly ids: ReadonlySet<string>; readonly stop: AbortController } | null = null;
  #leavePage: (() => void) | null = null;
  #cancelReview: (() => void) | null = null;
  #polling: boolean;
  #probes = 0;
  #failures = 0;
  #retryHintMs = FIRST_BACKOFF_MS;
  #lastSeenAt: number | null = null;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#polling = !options.streams;
  }

  /** Looks again at what is to be done, once for all that happened in the same moment. */
  review(): void {
    this.#cancelReview ??= this.#options.clock.after(0, () => {
      this.#cancelReview = null;
      this.#decide();
    });
  }

  close(): void {
    this.#cancelReview?.();
    this.#cancelReview = null;
    this.#hangUp();
    this.#leavePage?.();
    this.#leavePage = null;
  }

  #decide(): void {
    const { page, clock, active } = this.#options;
    const entries = active();
    if (entries.length === 0) return this.close();
    this.#leavePage ??= page.onChange(() => {
      this.#failures = 0;
      this.review();
    });
    if (page.hidden() || !page.online()) {
      this.#hangUp();
      if (!page.online()) {
        for (const entry of entries) {
          entry.set({ lastSeenAt: this.#lastSeenAt });
          entry.connection("offline", clock.now());
        }
      }
      return;
    }
    if (this.#session !== null && entries.every(({ jobId }) => this.#session?.ids.has(jobId))) return;
    this.#hangUp();
    for (const entry of entries) if (entry.snapshot.connection === "offline") this.#lost(entry);
    const session = { ids: new Set(entries.map(({ jobId }) => jobId)), stop: new AbortController() };
    this.#session = session;
    void this.#run(session.stop.signal).finally(() => {
      if (this.#session !== session) return;
      this.#session = null;
      if (active().length > 0) this.review();
    });
  }

  #hangUp(): void {
    this.#session?.stop.abort();
    this.#session = null;
  }

  /** One session: until it is stopped, or nothing is left to watch. */
  async #run(signal: AbortSignal): Promise<void> {
    const { clock, active } = this.#options;
    let probeAt = this.#polling ? this.#nextProbe("blocked") : Number.POSITIVE_INFINITY;
    while (!signal.aborted && active().length > 0) {
      if (this.#polling && clock.monotonic() < probeAt) {
        await this.#pollOnce(active(), signal);
        continue;
      }
      const beyond = active().slice(MOST_IDS);
      const alsoPolled = beyond.length > 0 ? this.#pollWhile(beyond, signal) : null;
      const end = await this.#stream(active().slice(0, MOST_IDS), signal);
      alsoPolled?.abort();
      if (signal.aborted) return;
      if (end.how === "absent") await this.#pollOnce(active().slice(0, 1), signal, 0);
      if (signal.aborted || active().length === 0) return;
      const wait = this.#judge(end);
      if (end.how === "blocked" || end.how === "absent" || this.#failures >= STREAM_TRIES) {
        this.#polling = true;
        probeAt = this.#nextProbe(end.how);
      }
      await sleep(clock, wait, signal);
    }
  }

  #nextProbe(after: StreamEnd["how"]): number {
    if (!this.#options.streams) return Number.POSITIVE_INFINITY;
    const wait = after === "lost" ? SOON_MS : (PROBE_MS[Math.min(this.#probes++, PROBE_MS.length - 1)] ?? SOON_MS);
    return this.#options.clock.monotonic() + wait;
  }

  #stream(entries: readonly Entry[], signal: AbortSignal): Promise<StreamEnd> {
    const { api, clock } = this.#options;
    const byId = new Map(entries.map((entry) => [entry.jobId, entry]));
    const [first] = entries;
    // A picture that is still here need not be sent again.
    const known = entries.length === 1 && first?.snapshot.status ? first.lastEventId : null;
    return followStream(api, clock, [...byId.keys()], known, signal, {
      onSign: () => {
        this.#lastSeenAt = clock.now();
        this.#failures = 0;
        this.#probes = 0;
        this.#polling = false;
        for (const entry of entries) {
          if (entry.active && entry.snapshot.status !== null) entry.connection("live", clock.now());
        }
      },
      onStatus: (status, eventId) => {
        const entry = byId.get(status.jobId);
        if (entry !== undefined) entry.lastEventId = eventId;
        entry?.status(status, clock.now(), "live");
        if (entry?.active === false) this.review();
      },
      onGone: (jobId) => {
        const entry = byId.get(jobId);
        if (entry === undefined) return;
        void api.status(jobId, null, signal).then((answer) => {
          if (!signal.aborted) entry.answer(answer, clock.now(), "live");
          this.review();
        });
      },
      onRetryHint: (ms) => {
        this.#retryHintMs = Math.min(Math.max(ms, FIRST_BACKOFF_MS), LONGEST_BACKOFF_MS);
      },
    });
  }

  /** Says what the end of a stream means to whoever watches, and returns how long to wait before the next step. */
  #judge(end: StreamEnd): number {
    const { active } = this.#options;
    switch (end.how) {
      case "signedOut":
        for (const entry of active()) entry.set({ signedOut: true });
        return 0;
      case "resync":
        return FIRST_BACKOFF_MS * this.#jitter();
      case "ended":
        return this.#retryHintMs;
      case "absent":
        return 0;
      case "blocked":
        return Math.min(end.retryAfterMs ?? 0, LONGEST_WAIT_MS);
      case "lost":
        for (const entry of active()) this.#lost(entry);
        return Math.max(Math.min(end.retryAfterMs ?? 0, LONGEST_WAIT_MS), this.#backoff());
    }
  }

  async #pollOnce(entries: readonly Entry[], signal: AbortSignal, pauseMs = POLL_MS): Promise<void> {
    const { api, clock } = this.#options;
    let waitMs = 0;
    let trouble = false;
    await Promise.all(
      entries.map(async (entry) => {
        const answer = await api.status(entry.jobId, entry.etag, signal);
        if (signal.aborted) return;
        if (entry.answer(answer, clock.now(), "polling")) {
          this.#lastSeenAt = clock.now();
        } else if (answer.kind === "trouble") {
          trouble = true;
          waitMs = Math.max(waitMs, Math.min(answer.retryAfterMs ?? 0, LONGEST_WAIT_MS));
          // Being asked to slow down is an answer: the line stands.
          if (answer.retryAfterMs === undefined) this.#lost(entry);
        }
      }),
    );
    if (signal.aborted) return;
    if (!trouble) this.#failures = 0;
    await sleep(clock, trouble ? Math.max(waitMs, this.#backoff()) : pauseMs, signal);
  }

  /** Polls `entries` beside a stream that has no room for them. */
  #pollWhile(entries: readonly Entry[], signal: AbortSignal): AbortController {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const go = async (): Promise<void> => {
      while (!both.aborted && entries.some(({ active }) => active)) {
        await this.#pollOnce(
          entries.filter(({ active }) => active),
          both,
        );
      }
    };
    void go();
    return stop;
  }

  #lost(entry: Entry): void {
    entry.set({ lastSeenAt: this.#lastSeenAt });
    entry.connection(entry.snapshot.status === null ? "connecting" : "reconnecting", this.#options.clock.now());
  }

  /** Longer after each failure in a row, and never the same for two clients, so that they do not come back as one. */
  #backoff(): number {
    const doubled = this.#retryHintMs * 2 ** Math.min(this.#failures++, 5);
    return Math.min(LONGEST_BACKOFF_MS, doubled) * this.#jitter();
  }

  #jitter(): number {
    return 0.5 + this.#options.clock.random() / 2;
  }
}
