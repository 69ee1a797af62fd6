/**
 * What a page asks for beside following jobs: a retry, a cancellation, a list. Pages with a component load it with the
 * later parts.
 */
import type { JobStatus } from "../core/lifecycle.js";
import type { WireStatus } from "../core/wire.js";
import { type Answer, type Api, isStatus, readAnswer, readJson } from "./api.js";
import type { Entry } from "./entry.js";

/** What became of a retry or a cancellation. */
export type ActionAnswer =
  | { readonly done: true }
  | { readonly done: false; readonly code: string; readonly message?: string };

export type ActionKind = "retry" | "cancel";
/** What `act` needs of the client it works for. */
export interface Acting {
  readonly api: Api;
  readonly entry: Entry;
  readonly now: () => number;
  /** Reads the status anew. */
  readonly refresh: () => Promise<void>;
}
/** Which of the person's jobs. */
export interface JobQuery {
  /** Any of these. Default: all. */
  readonly status?: readonly JobStatus[] | undefined;
  readonly kind?: string | undefined;
  readonly queue?: string | undefined;
  /** On a page, 1 … 200. Default 50. */
  readonly limit?: number | undefined;
  /** Where the page before ended. */
  readonly cursor?: string | undefined;
}
export type JobsAnswer =
  /** Newest first. `nextCursor` null: the last page. */
  | { readonly done: true; readonly jobs: readonly WireStatus[]; readonly nextCursor: string | null }
  | { readonly done: false; readonly code: string; readonly message?: string };
export interface Asking {
  readonly act: typeof act;
  readonly list: typeof list;
}

/** What `list` needs of the client it works for. */
export interface Listing {
  readonly api: Api;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly now: () => number;
  readonly review: () => void;
}

/** One page of the person's jobs; a job that had ended may have been tried again elsewhere. Never rejects. */
export async function list({ api, entries, now, review }: Listing, query: JobQuery): Promise<JobsAnswer> {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  try {
    const response = await api.send(`/jobs?${asked}`, { headers: { accept: "application/json" } });
    if (response.ok) {
      const { jobs, nextCursor = null } = ((await readJson(response)) ?? {}) as Partial<JobsPage>;
      if (!Array.isArray(jobs) || !jobs.every(isStatus)) return { done: false, code: "unreadable" };
      for (const job of jobs) {
        const entry = entries.get(job.jobId);
        if (entry?.snapshot.status && entry.snapshot.status.seq < job.seq) {
          entry.status(job, now(), entry.snapshot.connection);
        }
      }
      review();
      return { done: true, jobs, nextCursor };
    }
    const answer = await readAnswer(response);
    if (answer.kind !== "trouble") return { done: false, code: answer.kind };
    const { code, message } = answer;
    return { done: false, code, ...(message === undefined ? {} : { message }) };
  } catch {
    return { done: false, code: "unreachable" };
  }
}
interface JobsPage {
  readonly jobs: readonly unknown[];
  readonly nextCursor: string | null;
}

/** Never rejects. */
export async function act({ api, entry, now, refresh }: Acting, kind: ActionKind): Promise<ActionAnswer> {
  // Clicks in two tabs on the same picture are one request.
  const { generation = 0, seq = 0 } = entry.snapshot.status ?? {};
  const answer = await ask(api, entry.jobId, kind, `${kind}-${generation}-${seq}`);
  if (answer.kind === "status" || answer.kind === "unchanged") {
    if (answer.kind === "status") entry.status(answer.status, now(), entry.snapshot.connection);
    else await refresh();
    entry.set({ action: null, cancelledHere: kind === "cancel" });
    return { done: true };
  }
  const { code, message } = answer.kind === "trouble" ? answer : { code: answer.kind, message: undefined };
  const said = message === undefined ? { code } : { code, message };
  entry.set({ action: { kind, state: "refused", ...said } });
  if (code !== "unreachable") await refresh();
  return { done: false, ...said };
}

/** "unchanged": done, and the answer held no status. */
async function ask(api: Api, jobId: string, kind: ActionKind, requestKey: string): Promise<Answer> {
  const json = { accept: "application/json", "content-type": "application/json" };
  const init = { method: "POST", headers: { ...json, "idempotency-key": requestKey }, body: "{}" };
  try {
    const response = await api.send(`/jobs/${encodeURIComponent(jobId)}/${kind}`, init);
    if (!response.ok) return await readAnswer(response);
    const body = await readJson(response);
    return isStatus(body) ? { kind: "status", status: body, etag: null } : { kind: "unchanged" };
  } catch {
    return { kind: "trouble", code: "unreachable" };
  }
}
