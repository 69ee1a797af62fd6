/** The requests the client makes, and how their answers are read. Nothing here decides what happens next. */
import type { WireStatus } from "../core/wire.js";
import type { GoneFacts } from "./snapshot.js";

export interface ApiOptions {
  readonly baseUrl: string;
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly credentials: RequestCredentials;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** One answer to "how is it?". */
export type Answer =
  | { readonly kind: "status"; readonly status: WireStatus; readonly etag: string | null }
  | { readonly kind: "unchanged" }
  | { readonly kind: "notFound" }
  | { readonly kind: "gone"; readonly facts: GoneFacts }
  | { readonly kind: "signedOut" }
  | Trouble;
/** No usable answer. `retryAfterMs` when the server said how long to wait. */
export interface Trouble {
  readonly kind: "trouble";
  readonly code: string;
  readonly message?: string;
  readonly retryAfterMs?: number;
}

export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** One job's status. Never rejects. */
  async status(jobId: string, etag: string | null, signal?: AbortSignal): Promise<Answer> {
    try {
      const headers = etag === null ? {} : { "if-none-match": etag };
      const response = await this.send(`/jobs/${encodeURIComponent(jobId)}/status`, { headers }, signal);
      return await readAnswer(response);
    } catch {
      return { kind: "trouble", code: "unreachable" };
    }
  }

  /** Opens the stream of one job, which resumes, or of several. Rejects like fetch. */
  stream(jobIds: readonly string[], lastEventId: string | null, signal: AbortSignal): Promise<Response> {
    const headers = {
      accept: "text/event-stream",
      ...(lastEventId === null ? {} : { "last-event-id": lastEventId }),
    };
    const ids = jobIds.map(encodeURIComponent);
    return this.send(ids.length === 1 ? `/jobs/${ids[0]}/events` : `/events?ids=${ids.join(",")}`, { headers }, signal);
  }

  /** Rejects like fetch. */
  async send(path: string, init: RequestInit & { headers: object }, signal?: AbortSignal): Promise<Response> {
    const { baseUrl, credentials, fetch } = this.#options;
    const headers = { ...init.headers, ...(await this.#options.headers()) };
    const cache: RequestCache = "no-store";
    return fetch(baseUrl + path, { ...init, headers, credentials, cache, ...(signal ? { signal } : {}) });
  }
}

export async function readAnswer(response: Response): Promise<Answer> {
  if (response.status === 304) return { kind: "unchanged" };
  const body = await readJson(response);
  if (response.ok) {
    if (isStatus(body)) return { kind: "status", status: body, etag: response.headers.get("etag") };
    return { kind: "trouble", code: "unreadable" };
  }
  if (response.status === 404) return { kind: "notFound" };
  if (response.status === 410) return { kind: "gone", facts: goneFacts(body) };
  if (response.status === 401) return { kind: "signedOut" };
  return troubleOf(response, body);
}

/** The facts of a response that is not the one hoped for. */
export function troubleOf(response: Response, body?: unknown): Trouble {
  const seconds = Number(response.headers.get("retry-after") ?? "");
  const { code, detail } = isRecord(body) ? body : {};
  return {
    kind: "trouble",
    code: typeof code === "string" ? code : `http_${response.status}`,
    ...(typeof detail === "string" ? { message: detail } : {}),
    ...(seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

/** What the problem of a cleared job says of it; nothing, when something between here and the server answered. */
export function goneFacts(body: unknown): GoneFacts {
  const { status, finishedAt, purgedAt } = ((body ?? {}) as { tombstone?: GoneFacts }).tombstone ?? {};
  return Object.fromEntries(
    Object.entries({ status, finishedAt, purgedAt }).filter(([, fact]) => typeof fact === "string"),
  );
}

/** Whether `body` looks like a job's status: enough to not show nonsense when a proxy answers in the server's place. */
export function isStatus(body: unknown): body is WireStatus {
  return isRecord(body) && typeof body["jobId"] === "string" && typeof body["status"] === "string" && "seq" in body;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function readJson(response: Response): Promise<unknown> {
  return parseJson(await response.text());
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
