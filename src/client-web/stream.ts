/** One event stream from opening to its end. It reports what arrives and says how it ended; it never reconnects. */
import type { Clock } from "../core/clock.js";
import type { WireStatus } from "../core/wire.js";
import { type Api, isStatus, parseJson, troubleOf } from "./api.js";
import { createEventParser } from "./event-parser.js";

/** Without a first sign after this time, something between here and the server holds streams back. */
const FIRST_EVENT_MS = 8_000;
/** The server says something at least every 15 s; after three times that, the line is dead. */
const SILENCE_MS = 45_000;
/** More than any event needs: a stream that never ends a line must not fill the memory. */
const MAX_EVENT_CHARS = 8_388_608;

export type StreamEnd =
  /** The server said that every job has ended. */
  | { readonly how: "ended" }
  /** The server asks to open it anew at once. */
  | { readonly how: "resync" }
  | { readonly how: "signedOut" }
  /** The only job of the stream is not there, or not any more. */
  | { readonly how: "absent" }
  /** There is no stream to be had here: other routes, a proxy's page, nothing before the time was up. */
  | { readonly how: "blocked"; readonly retryAfterMs?: number }
  | { readonly how: "lost"; readonly retryAfterMs?: number };

export interface StreamListener {
  onStatus(status: WireStatus, eventId: string | null): void;
  onGone(jobId: string): void;
  /** Each time anything readable arrives, also a heartbeat. */
  onSign(): void;
  onRetryHint(ms: number): void;
}

/** Follows `jobIds` until the stream ends or `signal` aborts. Never rejects. */
export async function followStream(
  api: Api,
  clock: Clock,
  jobIds: readonly string[],
  lastEventId: string | null,
  signal: AbortSignal,
  listener: StreamListener,
): Promise<StreamEnd> {
  const own = new AbortController();
  const giveUp = (): void => own.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  let heard = false;
  let end: StreamEnd | null = null;
  let stopWaiting = clock.after(FIRST_EVENT_MS, giveUp);
  const sign = (): void => {
    heard = true;
    stopWaiting();
    stopWaiting = clock.after(SILENCE_MS, giveUp);
    listener.onSign();
  };
  // A stream that was opened and then said nothing until the time was up is held back on its way.
  const lostOrBlocked = (): StreamEnd =>
    own.signal.aborted && !signal.aborted && !heard ? { how: "blocked" } : { how: "lost" };
  try {
    const response = await api.stream(jobIds, lastEventId, own.signal);
    const refusal = refusalOf(response);
    if (refusal !== null || response.body === null) return refusal ?? { how: "blocked" };

    const feed = createEventParser(
      {
        onComment: sign,
        onRetry: (ms) => {
          listener.onRetryHint(ms);
          sign();
        },
        onEvent: (event, data, id) => {
          const body = parseJson(data);
          if (event === "end") end = { how: "ended" };
          else if (event === "resync") end = { how: "resync" };
          else if (event === "gone") listener.onGone(jobIdOf(body));
          else if (event === "status" && isStatus(body)) listener.onStatus(body, id);
          sign();
        },
      },
      MAX_EVENT_CHARS,
    );
    const reader = response.body.getReader();
    // Not every fetch ends a body when it is aborted.
    own.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined), { once: true });
    const decoder = new TextDecoder();
    while (end === null) {
      const { done, value } = await reader.read();
      if (done) break;
      feed(decoder.decode(value, { stream: true }));
    }
    return end ?? lostOrBlocked();
  } catch {
    return lostOrBlocked();
  } finally {
    stopWaiting();
    signal.removeEventListener("abort", giveUp);
    own.abort();
  }
}

function jobIdOf(body: unknown): string {
  const jobId = (body as { jobId?: unknown } | null | undefined)?.jobId;
  return typeof jobId === "string" ? jobId : "";
}

/** Why this is no stream, or null when it is one. */
function refusalOf(response: Response): StreamEnd | null {
  if (response.status === 401) return { how: "signedOut" };
  if (response.status === 404 || response.status === 410) return { how: "absent" };
  const { retryAfterMs } = troubleOf(response);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (response.status === 429) return { how: "blocked", ...wait };
  if (response.status >= 500) return { how: "lost", ...wait };
  if (!response.ok || !(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
    return { how: "blocked", ...wait };
  }
  return null;
}
