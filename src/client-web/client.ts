/** The status client of a page: many watches over one line, and the two things an owner may ask for. */
import { type Clock, systemClock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { Api } from "./api.js";
import { Entry } from "./entry.js";
import { Line } from "./line.js";
import { browserPage, type Page } from "./page.js";
import { isSettled, type WatchSnapshot } from "./snapshot.js";

export interface StatusClientOptions {
  /** Where the API is mounted; default "/api". */
  readonly baseUrl?: string;
  /** Sent with every request; a function is asked each time, so that tokens can be renewed. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);
  /** As in fetch; default "same-origin". */
  readonly credentials?: RequestCredentials;
  /** Default: the global fetch. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** False polls from the start; default true. */
  readonly streams?: boolean;
  /** Time and chance; default the system's. */
  readonly clock?: Clock;
  /** Whether the page is shown and online; default the browser's. */
  readonly page?: Page;
}

/** What became of a retry or a cancellation. */
export type ActionAnswer =
  | { readonly done: true }
  | { readonly done: false; readonly code: string; readonly message?: string };

/** One job, followed while somebody listens. */
export interface JobWatch<Result = unknown> {
  readonly jobId: string;
  /** The newest snapshot; the same object until something changes. */
  current(): WatchSnapshot<Result>;
  /** Calls `listener` after every change. The job is followed until the returned function was called for each listener. */
  subscribe(listener: () => void): () => void;
  /** Asks for the status once, now. Use it after a sign-in, too. */
  refresh(): Promise<void>;
  /** Asks to run the job once more. Never rejects. */
  retry(): Promise<ActionAnswer>;
  /** Asks to stop the job. Never rejects. */
  cancel(): Promise<ActionAnswer>;
}

export interface StatusClient {
  /**
   * The watch of one job; the same one for the same id. Nothing is requested before somebody subscribes.
   *
   * @param initial  a status the page already holds, as from server rendering
   */
  watch<Result = unknown>(jobId: string, initial?: WireStatus<Result>): JobWatch<Result>;
  /** The clock it was made with. */
  readonly clock: Clock;
  /** Ends every request. The client can be used again. */
  close(): void;
}

/** Settled jobs nobody listens to are forgotten beyond this number. */
const MOST_ENTRIES = 500;

/** Makes no request and starts no timer until a watch has a listener; safe to call while rendering on a server. */
export function createStatusClient(options: StatusClientOptions = {}): StatusClient {
  const { headers = {}, clock = systemClock, page = browserPage } = options;
  const api = new Api({
    baseUrl: (options.baseUrl ?? "/api").replace(/\/+$/, ""),
    headers: typeof headers === "function" ? headers : () => headers,
    credentials: options.credentials ?? "same-origin",
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
  });
  const entries = new Map<string, Entry>();
  const watches = new Map<string, JobWatch>();
  const line = new Line({
    api,
    clock,
    page,
    streams: options.streams ?? true,
    active: () => [...entries.values()].filter((entry) => entry.active),
  });

  const entryOf = (jobId: string, initial: WireStatus | null = null): Entry => {
    const known = entries.get(jobId);
    if (known !== undefined) return known;
    const entry = new Entry(jobId, clock.now(), initial);
    entries.set(jobId, entry);
    return entry;
  };
  const forgetSome = (): void => {
    for (const [jobId, { listeners }] of entries) {
      if (entries.size <= MOST_ENTRIES) return;
      if (listeners.size > 0) continue;
      entries.delete(jobId);
      watches.delete(jobId);
    }
  };

  const refresh = async (jobId: string): Promise<void> => {
    const entry = entryOf(jobId);
    const answer = await api.status(jobId, null);
    entry.answer(answer, clock.now(), entry.snapshot.connection);
    line.review();
  };

  const act = async (jobId: string, kind: "retry" | "cancel"): Promise<ActionAnswer> => {
    const entry = entryOf(jobId);
    entry.set({ action: { kind, state: "asking" } });
    // Clicks in two tabs on the same picture are one request.
    const { generation = 0, seq = 0 } = entry.snapshot.status ?? {};
    const answer = await api.act(jobId, kind, `${kind}-${generation}-${seq}`);
    if (answer.kind === "status" || answer.kind === "unchanged") {
      if (answer.kind === "status") entry.status(answer.status, clock.now(), entry.snapshot.connection);
      else await refresh(jobId);
      entry.set({ action: null, cancelledHere: kind === "cancel" });
      line.review();
      return { done: true };
    }
    const { code, message } = answer.kind === "trouble" ? answer : { code: answer.kind, message: undefined };
    const said = message === undefined ? { code } : { code, message };
    entry.set({ action: { kind, state: "refused", ...said } });
    if (code !== "unreachable") await refresh(jobId);
    return { done: false, ...said };
  };

  return {
    clock,
    watch<Result>(jobId: string, initial?: WireStatus<Result>): JobWatch<Result> {
      entryOf(jobId, initial ?? null);
      let watch = watches.get(jobId);
      if (watch === undefined) {
        watch = {
          jobId,
          current: () => entryOf(jobId).snapshot,
          subscribe: (listener) => {
            const entry = entryOf(jobId);
            // A listener of its own, so that one function may subscribe twice.
            const own = (): void => listener();
            entry.listeners.add(own);
            if (!isSettled(entry.snapshot)) line.review();
            return () => {
              if (entry.listeners.delete(own) && entry.listeners.size === 0) {
                line.review();
                forgetSome();
              }
            };
          },
          refresh: () => refresh(jobId),
          retry: () => act(jobId, "retry"),
          cancel: () => act(jobId, "cancel"),
        };
        watches.set(jobId, watch);
      }
      return watch as JobWatch<Result>;
    },
    close: () => line.close(),
  };
}
