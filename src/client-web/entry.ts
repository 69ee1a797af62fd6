/** All that is known of one watched job, and who wants to hear of it. */
import type { WireStatus } from "../core/wire.js";
import type { Answer } from "./api.js";
import { type Connection, emptySnapshot, isSettled, type WatchSnapshot } from "./snapshot.js";

export class Entry {
  readonly jobId: string;
  readonly listeners: Set<() => void> = new Set();
  etag: string | null = null;
  /** Of the newest event: a stream that is opened again goes on from there. */
  lastEventId: string | null = null;
  snapshot: WatchSnapshot;

  constructor(jobId: string, now: number, initial: WireStatus | null) {
    this.jobId = jobId;
    this.snapshot = emptySnapshot(jobId, now, initial);
  }

  /** Whether somebody listens and something may still come. */
  get active(): boolean {
    return this.listeners.size > 0 && !isSettled(this.snapshot);
  }

  /** Replaces parts of the snapshot and tells the listeners, when anything is new. */
  set(change: Partial<WatchSnapshot>): void {
    const names = Object.keys(change) as (keyof WatchSnapshot)[];
    if (names.every((name) => change[name] === this.snapshot[name])) return;
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of Array.from(this.listeners)) listener();
  }

  connection(connection: Connection, now: number): void {
    if (connection !== this.snapshot.connection) this.set({ connection, connectionSince: now });
  }

  /** Takes a newer status. One that was overtaken on its way is left out. */
  status(status: WireStatus, now: number, connection: Connection): void {
    const known = this.snapshot.status;
    if (known !== null && isOlder(status, known)) return this.connection(connection, now);
    const connectionSince = connection === this.snapshot.connection ? this.snapshot.connectionSince : now;
    this.set({ status, receivedAt: now, connection, connectionSince, ...FOUND });
  }

  /** Takes the answer to a question. Returns whether it was one. */
  answer(answer: Answer, now: number, connection: Connection): boolean {
    switch (answer.kind) {
      case "status":
        this.etag = answer.etag;
        this.status(answer.status, now, connection);
        return true;
      case "unchanged":
        this.connection(connection, now);
        return true;
      case "notFound":
        this.set({ notFound: true });
        return true;
      case "gone":
        this.set({ gone: answer.facts });
        return true;
      case "signedOut":
        this.set({ signedOut: true });
        return true;
      case "trouble":
        return false;
    }
  }
}

function isOlder(a: WireStatus, b: WireStatus): boolean {
  return a.seq < b.seq || (a.seq === b.seq && a.updatedAt < b.updatedAt);
}

const FOUND = { notFound: false, gone: null, signedOut: false } as const;
