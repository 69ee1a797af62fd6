/** A server in the page's own process: answers fetch, holds streams open, and can be switched off. */
import type { WireStatus } from "../../src/core/wire.js";

interface Open {
  readonly url: string;
  readonly ids: readonly string[];
  send(text: string): void;
  close(): void;
}

export class PageServer {
  readonly requests: { readonly method: string; readonly path: string; readonly headers: Headers }[] = [];
  readonly jobs: Map<string, WireStatus> = new Map();
  /** Set to answer something else. */
  refuse: ((path: string, method: string) => Response | Promise<Response> | null) | null = null;
  /** Nothing gets through at all. */
  down = false;
  readonly streams: Set<Open> = new Set();

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const path = url.replace(/^https?:\/\/[^/]+/, "").replace(/^\/api/, "");
    const method = init.method ?? "GET";
    this.requests.push({ method, path, headers: new Headers(init.headers) });
    await Promise.resolve();
    if (this.down) throw new TypeError("Failed to fetch");
    const refused = this.refuse?.(path, method) ?? null;
    if (refused !== null) return refused;
    const one = /^\/jobs\/([^/]+)\/(status|events|retry|cancel)$/.exec(path);
    if (path.startsWith("/jobs?")) return this.#list(new URLSearchParams(path.slice(6)));
    if (path.startsWith("/events?ids=")) return this.#stream(path.slice(12).split(","), path, init.signal);
    const [, jobId = "", what] = one ?? [];
    const job = this.jobs.get(jobId);
    if (job === undefined) return problem(404, "not_found", "There is no such job.");
    if (what === "events") return this.#stream([jobId], path, init.signal);
    if (what !== "status") return Response.json({ jobId, status: job.status, requested: true }, { status: 202 });
    const etag = `W/"${job.seq}-${job.updatedAt}"`;
    if (new Headers(init.headers).get("if-none-match") === etag) return new Response(null, { status: 304 });
    return Response.json(job, { headers: { etag } });
  };

  /** Changes a job and tells every open stream. */
  tell(job: WireStatus): void {
    this.jobs.set(job.jobId, job);
    for (const stream of this.streams) if (stream.ids.includes(job.jobId)) stream.send(event("status", job));
  }

  /** Cuts every open stream, as a server that stops does. */
  cut(): void {
    for (const stream of Array.from(this.streams)) stream.close();
  }

  count(path: RegExp): number {
    return this.requests.filter((each) => path.test(each.path)).length;
  }

  #list(asked: URLSearchParams): Response {
    const limit = Number(asked.get("limit") ?? 50);
    const statuses = asked.get("status")?.split(",");
    const all = [...this.jobs.values()]
      .filter(({ status }) => statuses?.includes(status) ?? true)
      .sort((a, b) => (a.jobId < b.jobId ? 1 : -1))
      .filter(({ jobId }) => jobId < (asked.get("cursor") ?? "~"));
    const jobs = all.slice(0, limit);
    return Response.json({ jobs, nextCursor: all.length > limit ? jobs.at(-1)?.jobId : null });
  }

  #stream(ids: readonly string[], url: string, signal: AbortSignal | null | undefined): Response {
    const encoder = new TextEncoder();
    let open: Open;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        open = {
          url,
          ids,
          send: (text) => controller.enqueue(encoder.encode(text)),
          close: () => {
            this.streams.delete(open);
            controller.close();
          },
        };
        this.streams.add(open);
        signal?.addEventListener("abort", () => {
          if (this.streams.delete(open)) controller.error(new DOMException("Aborted", "AbortError"));
        });
        open.send("retry: 2000\n\n");
        for (const id of ids) {
          const job = this.jobs.get(id);
          open.send(job === undefined ? event("gone", { jobId: id }) : event("status", job));
        }
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\nid: ${(data as WireStatus).seq ?? ""}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function problem(status: number, code: string, detail: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ status, code, detail }), { status, headers: { ...type, ...headers } });
}
