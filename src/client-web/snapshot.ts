/** What a watch knows at one moment: plain data that is replaced, never changed, so that `===` tells whether it moved. */
import type { TerminalStatus } from "../core/lifecycle.js";
import type { WireStatus } from "../core/wire.js";

/**
 * - `connecting`    nothing was heard yet
 * - `live`          updates arrive by themselves
 * - `polling`       streams do not get through here: the status is asked for every 2 seconds
 * - `reconnecting`  the line was lost and is being built again
 * - `offline`       this device has no network; the client goes on when it is back
 */
export type Connection = "connecting" | "live" | "polling" | "reconnecting" | "offline";

/** What is left of a job whose details were cleared. Each fact is there when the server told it. */
export interface GoneFacts {
  readonly status?: TerminalStatus;
  /** ISO 8601. */
  readonly finishedAt?: string;
  /** ISO 8601. */
  readonly purgedAt?: string;
}

/** What became of the newest `retry()` or `cancel()`; null when none was asked for, or it was done. */
export interface ActionState {
  readonly kind: "retry" | "cancel";
  readonly state: "asking" | "refused";
  /** The problem's stable code, "unreachable" when no answer came. */
  readonly code?: string;
  /** The server's sentence; safe to show. */
  readonly message?: string;
}

export interface WatchSnapshot<Result = unknown> {
  readonly jobId: string;
  /** The newest status that arrived, also while the line is lost; null before the first. */
  readonly status: WireStatus<Result> | null;
  /** When it arrived, by this device's clock in epoch ms. Durations inside `status` count from then. */
  readonly receivedAt: number | null;
  readonly connection: Connection;
  /** When `connection` became what it is. */
  readonly connectionSince: number;
  /** When the server was last heard from, noted when the line is lost. */
  readonly lastSeenAt: number | null;
  /** No such job, or not this user's: the server does not say which. */
  readonly notFound: boolean;
  /** The job ended, and what it left behind was cleared since. */
  readonly gone: GoneFacts | null;
  /** The server asks for a sign-in. Watching stops until `refresh()`. */
  readonly signedOut: boolean;
  readonly action: ActionState | null;
  /** Whether `cancel()` of this very client was accepted: then it was this user. */
  readonly cancelledHere: boolean;
}

/** Before anything was asked. `receivedAt` null counts no time, so a server and a browser render it alike. */
export function emptySnapshot(jobId: string, since: number, status: WireStatus | null = null): WatchSnapshot {
  return {
    jobId,
    status,
    receivedAt: null,
    connection: "connecting",
    connectionSince: since,
    lastSeenAt: null,
    notFound: false,
    gone: null,
    signedOut: false,
    action: null,
    cancelledHere: false,
  };
}

export function hasEnded(status: WireStatus | null): boolean {
  return status !== null && "finishedAt" in status;
}

/** Whether there is nothing more to come unless somebody acts. */
export function isSettled(snapshot: WatchSnapshot): boolean {
  return hasEnded(snapshot.status) || snapshot.notFound || snapshot.gone !== null || snapshot.signedOut;
}
