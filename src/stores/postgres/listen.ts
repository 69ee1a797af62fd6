/**
 * Hears what other processes notify, on a connection of its own. A LISTEN can fall silent without an error (a pooler in
 * between, a half-open wire), so now and then it sends itself a probe; when that does not come back, it connects anew.
 * All of it is a convenience: whoever listens also polls.
 */
import { systemClock } from "../../core/clock.js";
import { type ListenClient, openListenClient } from "./driver.js";

/** How often a quiet listener proves that it still hears. */
const PROBE_MS = 15_000;
/** How long a probe may take. */
const ECHO_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 10_000;
const PROBE = "probe:";

export interface ListenOptions {
  readonly url: string;
  readonly channel: string;
  /** Tells this listener's probes from those of others. */
  readonly origin: string;
  readonly onPayload: (payload: string) => void;
  /** Called after a gap: something may have been missed. */
  readonly onGap: () => void;
  /** For tests: how often to probe, and how long a probe may take. Default 15 s and 5 s. */
  readonly probeMs?: number;
  readonly echoMs?: number;
}

export class Listener {
  readonly #options: ListenOptions;
  #client: ListenClient | null = null;
  #closed = false;
  #connecting: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};
  #pauseMs = FIRST_PAUSE_MS;
  #probe = 0;
  #heard = 0;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#connecting = this.#connect();
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
      own.on("notification", ({ payload = "" }) => this.#hear(payload));
      await own.connect();
      this.#client = own;
      // The channel's name is made of letters, digits and _.
      await own.query(`listen "${this.#options.channel}"`);
      if (this.#closed) return await this.#drop();
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#later(this.#options.probeMs ?? PROBE_MS, () => void this.#sendProbe(own));
      this.#options.onGap();
    } catch {
      if (client === null || this.#client === client) this.#client = null;
      await client?.end().catch(() => {});
      this.#again();
    }
  }

  #hear(payload: string): void {
    if (payload.startsWith(PROBE)) {
      const [, origin, probe] = payload.split(":");
      if (origin === this.#options.origin) this.#heard = Math.max(this.#heard, Number(probe) || 0);
      return;
    }
    this.#options.onPayload(payload);
  }

  async #sendProbe(client: ListenClient): Promise<void> {
    const probe = ++this.#probe;
    this.#later(this.#options.echoMs ?? ECHO_MS, () => {
      if (this.#heard < probe) this.#reconnect(client);
      else this.#later(this.#options.probeMs ?? PROBE_MS, () => void this.#sendProbe(client));
    });
    try {
      await client.query("select pg_notify($1, $2)", [
        this.#options.channel,
        `${PROBE}${this.#options.origin}:${probe}`,
      ]);
    } catch {
      this.#reconnect(client);
    }
  }

  #reconnect(client: ListenClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#cancelTimer();
    client.end().catch(() => {});
    this.#again();
  }

  #again(): void {
    if (this.#closed) return;
    const pause = this.#pauseMs * (0.5 + systemClock.random());
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
    await client?.end().catch(() => {});
  }
}
