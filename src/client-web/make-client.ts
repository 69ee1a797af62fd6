/** The inside of a status client: many watches over one line, and the two things an owner may ask for. */
import { type Clock, systemClock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { Api } from "./api.js";
import type { ActionAnswer, ActionKind, Asking, JobQuery, JobsAnswer } from "./asking.js";
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
  /** One page of the person's jobs, as they are now; their watches hear of what is newer. Never rejects. */
  list(query?: JobQuery): Promise<JobsAnswer>;
  /** The clock it was made with. */
  readonly clock: Clock;
  /** The page it was made with. */
  readonly page: Page;
  /** Ends every request. The client can be used again. */
  close(): void;
}

/** Settled jobs nobody listens to are forgotten beyond this number. */
const MOST_ENTRIES = 500;

/** @param loadAsking  what asks for a retry, a cancellation or a list; loaded when that is first wanted */
export function makeStatusClient(options: StatusClientOptions, loadAsking: () => Promise<Asking>): StatusClient {
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

  const act = async (jobId: string, kind: ActionKind): Promise<ActionAnswer> => {
    const entry = entryOf(jobId);
    entry.set({ action: { kind, state: "asking" } });
    try {
      const asking = await loadAsking();
      return await asking.act({ api, entry, now: () => clock.now(), refresh: () => refresh(jobId) }, kind);
    } catch {
      const code = "unreachable";
      entry.set({ action: { kind, state: "refused", code } });
      return { done: false, code };
    } finally {
      line.review();
    }
  };

  return {
    clock,
    page,
    list: (query = {}) =>
      loadAsking().then(
        ({ list }) => list({ api, entries, now: () => clock.now(), review: () => line.review() }, query),
        () => ({ done: false, code: "unreachable" }),
      ),
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
