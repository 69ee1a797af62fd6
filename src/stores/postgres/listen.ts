/**
 * Hears what other processes notify, on a connection of its own. A LISTEN can fall silent without an error (a pooler in
 * between, a half-open wire), so a quiet listener proves now and then that it still hears: a probe goes out the way the
 * store's own notices go, through its pool, and must arrive here. When it does not, the listener connects anew; when that
 * does not help either, notices do not get through at all, and it tries but seldom. All of it is a convenience: whoever
 * listens also polls.
 */
import { systemClock } from "../../core/clock.js";
import { type ListenClient, openListenClient } from "./driver.js";
import type { Note } from "./hints.js";

/** How long a listener may be quiet before it must prove that it hears, and how long the proof may take: 10 s in all. */
const PROBE_MS = 7_000;
/** After this share of it a statement that is sent anyway carries the proof: 4 s, and an idle worker claims every 5. */
const CARRY_SHARE = 4 / 7;
const ECHO_MS = 3_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;
/** Connections in a row on which nothing was ever heard, after which notices are taken not to get through. */
const DEAF_CONNECTIONS = 3;
/** How often it then tries again. */
const DEAF_PAUSE_MS = 300_000;
const PROBE = "probe:";

export interface ListenOptions {
  readonly url: string;
  /** Of the probes. */
  readonly channel: string;
  /** To listen to, that among them; default that alone. */
  readonly channels?: readonly string[];
  /** Tells this listener's probes from those of others. */
  readonly origin: string;
  /** Sends a notice the way the store does. */
  readonly notify: (channel: string, payload: string) => Promise<unknown>;
  readonly onPayload: (payload: string) => void;
  /** Called after a gap: something may have been missed. */
  readonly onGap: () => void;
  /** For tests: how long it may be quiet, and how long a probe may take. Default 7 s and 3 s. */
  readonly probeMs?: number;
  readonly echoMs?: number;
}

export class Listener {
  readonly #options: ListenOptions;
  readonly #probeMs: number;
  readonly #echoMs: number;
  #client: ListenClient | null = null;
  #closed = false;
  #connecting: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};
  #pauseMs = FIRST_PAUSE_MS;
  #heardAt = Number.NEGATIVE_INFINITY;
  #heardHere = false;
  #deafConnections = 0;
  #isWanted = true;
  /** All that was ever wanted, and what this connection listens to. */
  readonly #channels = new Set<string>();
  #listening = new Set<string>();
  /** A probe is on its way. */
  #asking = false;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#probeMs = options.probeMs ?? PROBE_MS;
    this.#echoMs = options.echoMs ?? ECHO_MS;
    for (const channel of options.channels ?? [options.channel]) this.#channels.add(channel);
    this.#connecting = this.#connect();
  }

  /** Whether notices arrive, as far as anybody knows: `connecting` while there is no connection that listens. */
  get state(): "connecting" | "hears" | "deaf" {
    if (this.#deafConnections >= DEAF_CONNECTIONS) return "deaf";
    return this.#client === null ? "connecting" : "hears";
  }

  /**
   * A probe for a statement that is sent anyway, so that an idle process needs none of its own; null while none is due.
   * Whoever takes it says when the statement was answered.
   */
  carry(): { readonly note: Note; readonly sent: () => void } | null {
    const client = this.#client;
    if (client === null || this.#asking || this.#quietMs < CARRY_SHARE * this.#probeMs) return null;
    return { note: this.#note(), sent: this.#ask(client) };
  }

  /** Which channels anybody waits for. What nobody waits for stays connected, and keeps no process alive. */
  wanted(channels: readonly string[]): void {
    this.#isWanted = channels.length > 0;
    const client = this.#client;
    if (this.#isWanted) client?.ref();
    else client?.unref();
    const before = this.#channels.size;
    for (const channel of channels) this.#channels.add(channel);
    // A connection that breaks is made anew, and then listens to all of them.
    if (client !== null && this.#channels.size > before) this.#listen(client).then(this.#options.onGap, () => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#connecting;
    await this.#drop();
  }

  async #connect(): Promise<void> {
    let client: ListenClient | null = null;
    try {
      client = await openListenClient(this.#options.url);
      const own = client;
      own.on("error", () => this.#reconnect(own));
      own.on("end", () => this.#reconnect(own));
      own.on("notification", ({ payload = "" }) => this.#hear(own, payload));
      await own.connect();
      this.#client = own;
      if (!this.#isWanted) own.unref();
      this.#heardHere = false;
      this.#listening = new Set();
      await this.#listen(own);
      if (this.#closed) return await this.#drop();
      this.#pauseMs = FIRST_PAUSE_MS;
      // What it heard before was heard on another connection.
      this.#probe(own);
      this.#options.onGap();
    } catch {
      if (client === null || this.#client === client) this.#client = null;
      await client?.end().catch(() => {});
      this.#again();
    }
  }

  async #listen(client: ListenClient): Promise<void> {
    const fresh = [...this.#channels].filter((channel) => !this.#listening.has(channel));
    for (const channel of fresh) this.#listening.add(channel);
    // Their names are made of letters, digits and _.
    if (fresh.length > 0) await client.query(fresh.map((channel) => `listen "${channel}"`).join("; "));
  }

  #hear(client: ListenClient, payload: string): void {
    if (client !== this.#client) return;
    this.#heardAt = systemClock.monotonic();
    this.#heardHere = true;
    this.#deafConnections = 0;
    if (!payload.startsWith(PROBE)) this.#options.onPayload(payload);
  }

  get #quietMs(): number {
    return systemClock.monotonic() - this.#heardAt;
  }

  #probe(client: ListenClient): void {
    const sent = this.#ask(client);
    const { channel, payload } = this.#note();
    this.#options.notify(channel, payload).then(sent, () => {});
  }

  /**
   * Sees after a while whether the probe arrived; whatever arrives proves it as well.
   *
   * @returns to be called once the probe was sent: whether it could be is the pool's affair, and proves nothing here
   */
  #ask(client: ListenClient): () => void {
    const askedAt = systemClock.monotonic();
    let sent = false;
    this.#asking = true;
    this.#later(this.#echoMs, () => {
      this.#asking = false;
      if (this.#heardAt >= askedAt || !sent) return this.#rest(client);
      this.#deafConnections = this.#heardHere ? 0 : this.#deafConnections + 1;
      this.#reconnect(client);
    });
    return () => (sent = true);
  }

  #note(): Note {
    return { channel: this.#options.channel, payload: `${PROBE}${this.#options.origin}` };
  }

  /** Quiet for a while from the last sign of life on, then the next probe. */
  #rest(client: ListenClient): void {
    const quietMs = systemClock.monotonic() - Math.max(this.#heardAt, 0);
    this.#later(Math.max(1, this.#probeMs - Math.max(0, quietMs)), () => {
      if (systemClock.monotonic() - this.#heardAt < this.#probeMs) this.#rest(client);
      else this.#probe(client);
    });
  }

  #reconnect(client: ListenClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#asking = false;
    this.#cancelTimer();
    client.end().catch(() => {});
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    const isDeaf = this.state === "deaf";
    const pause = (isDeaf ? DEAF_PAUSE_MS : this.#pauseMs) * (0.5 + systemClock.random());
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#later(pause, () => {
      if (!this.#closed) this.#connecting = this.#connect();
    });
  }

  #later(ms: number, run: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = systemClock.after(ms, run);
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    // Whoever waits for the end must live to see it.
    client?.ref();
    await client?.end().catch(() => {});
  }
}
