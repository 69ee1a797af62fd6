/**
 * What a store must answer, as plain and slow code over an array: no indexes, no lanes, no shared rules. The property test
 * drives a store and this model with the same commands and compares everything after each.
 */
import type { NewJob } from "../../core/store.js";

export type Told = "completed" | "failed" | "released" | "snoozed" | "cancelled";

export interface ModelJob {
  readonly jobId: string;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly uniqueKey: string | null;
  readonly key: string | null;
  readonly timeToLiveMs: number | null;
  status: string;
  generation: number;
  attempt: number;
  lostCount: number;
  fence: number;
  seq: number;
  asked: boolean;
  runAt: number;
  expiresAt: number | null;
  leaseExpiresAt: number | null;
  finishedAt: number | null;
  updatedAt: number;
  errorCode: string | null;
  retryable: boolean;
  /** undefined = nothing told yet. */
  percent: number | null | undefined;
  gone: boolean;
  /** By fence: what its holder may repeat; null = it was taken away. */
  readonly endings: Map<number, readonly Told[] | null>;
  readonly conflicts: Set<number>;
  readonly requests: Set<string>;
}

const TERMINAL = ["completed", "failed", "cancelled", "expired"];
const WAITING = ["scheduled", "pending", "retrying"];

export class Model {
  now: number;
  readonly jobs: ModelJob[] = [];
  readonly limits = new Map<string, number>();

  constructor(now: number) {
    this.now = now;
  }

  get living(): ModelJob[] {
    return this.jobs.filter((job) => !job.gone);
  }

  enqueue(job: NewJob): string {
    if (this.#uniqueHolder(job.uniqueKey) !== undefined) return "duplicate";
    const delay = job.runAt !== null && "inMs" in job.runAt ? job.runAt.inMs : 0;
    if (job.concurrencyKey !== null) this.limits.set(job.concurrencyKey, job.concurrencyLimit ?? 1);
    this.jobs.push({
      jobId: job.jobId,
      priority: job.priority,
      maxAttempts: job.maxAttempts,
      uniqueKey: job.uniqueKey,
      key: job.concurrencyKey,
      timeToLiveMs: job.expiresInMs,
      status: delay > 0 ? "scheduled" : "pending",
      generation: 1,
      attempt: 0,
      lostCount: 0,
      fence: 0,
      seq: 1,
      asked: false,
      runAt: this.now + delay,
      expiresAt: job.expiresInMs === null ? null : this.now + job.expiresInMs,
      leaseExpiresAt: null,
      finishedAt: null,
      updatedAt: this.now,
      errorCode: null,
      retryable: true,
      percent: undefined,
      gone: false,
      endings: new Map(),
      conflicts: new Set(),
      requests: new Set(),
    });
    return "created";
  }

  claim(limit: number, leaseMs: number): { ids: string[]; nextDueInMs: number | null } {
    const ids: string[] = [];
    for (let job = this.#best(); job !== undefined && ids.length < limit; job = this.#best()) {
      job.fence++;
      job.attempt++;
      job.percent = undefined;
      job.leaseExpiresAt = this.now + leaseMs;
      this.#move(job, "processing");
      ids.push(job.jobId);
    }
    const later = this.living.filter((job) => WAITING.includes(job.status) && job.runAt > this.now);
    const soonest = Math.min(...later.map((job) => job.runAt)) - this.now;
    return { ids, nextDueInMs: this.#best() !== undefined ? 0 : later.length === 0 ? null : soonest };
  }

  extend(job: ModelJob, fence: number, leaseMs: number): string {
    if (!this.#holds(job, fence)) return "lost";
    job.leaseExpiresAt = this.now + leaseMs;
    return job.asked ? "cancelRequested" : "held";
  }

  report(job: ModelJob, fence: number, percent: number): string {
    if (!this.#holds(job, fence)) return "lost";
    job.percent = Math.max(percent, job.percent ?? 0);
    job.updatedAt = this.now;
    return job.asked ? "cancelRequested" : "held";
  }

  settle(job: ModelJob, fence: number, told: Told, retryInMs: number | null, retryable: boolean): string {
    if (job.gone) return "lost";
    if (!this.#holds(job, fence)) return this.#refuse(job, fence, told);
    if (told === "cancelled" && !job.asked) return "illegal";
    if (told !== "released" || job.asked) job.lostCount = 0;
    const endedByCancel = job.asked && told !== "completed";
    job.endings.set(
      fence,
      endedByCancel && told !== "cancelled" ? ["failed", "released", "snoozed", "cancelled"] : [told],
    );
    if (told === "completed") {
      if (job.percent !== undefined) job.percent = 100;
      this.#move(job, "completed");
    } else if (endedByCancel) {
      this.#move(job, "cancelled");
    } else if (told === "failed") {
      const again = retryInMs !== null && job.attempt < job.maxAttempts;
      if (again) job.runAt = this.now + retryInMs;
      this.#move(job, again ? "retrying" : "failed", "told", retryable);
    } else {
      job.attempt--;
      job.percent = undefined;
      if (told === "snoozed") job.runAt = this.now + (retryInMs ?? 0);
      this.#move(job, told === "snoozed" ? "scheduled" : "pending");
    }
    return "settled";
  }

  sweep(): void {
    for (const job of this.living) {
      if (job.status !== "processing" || (job.leaseExpiresAt ?? 0) > this.now) continue;
      job.endings.set(job.fence, null);
      job.lostCount++;
      const poisoned = job.lostCount >= 3;
      if (job.asked) this.#move(job, "cancelled");
      else if (poisoned) this.#move(job, "failed", "poisoned", false);
      else if (job.attempt >= job.maxAttempts) this.#move(job, "failed", "lost", true);
      else {
        job.runAt = this.now;
        this.#move(job, "retrying", "lost", true);
      }
    }
    for (const job of this.living) {
      if (WAITING.includes(job.status) && job.expiresAt !== null && job.expiresAt <= this.now)
        this.#move(job, "expired");
    }
  }

  cancel(job: ModelJob, force: boolean): string {
    if (job.gone) return "notFound";
    if (job.status === "cancelled") return "replayed";
    if (TERMINAL.includes(job.status)) return "illegal";
    if (job.status === "processing" && !force) {
      if (job.asked) return "replayed";
      job.asked = true;
      this.#move(job, "processing");
      return "requested";
    }
    if (job.status === "processing") job.endings.set(job.fence++, null);
    job.asked = true;
    this.#move(job, "cancelled");
    return "done";
  }

  retry(job: ModelJob, request: string | null, onlyRetryable: boolean): string {
    if (job.gone) return "notFound";
    if (request !== null && job.requests.has(request)) return "replayed";
    if (!["failed", "cancelled", "expired"].includes(job.status)) return "illegal";
    if (onlyRetryable && job.status === "failed" && !job.retryable) return "notRetryable";
    if (this.#uniqueHolder(job.uniqueKey) !== undefined) return "uniqueConflict";
    if (request !== null) job.requests.add(request);
    job.generation++;
    job.attempt = 0;
    job.lostCount = 0;
    job.asked = false;
    job.percent = undefined;
    job.runAt = this.now;
    job.expiresAt = job.timeToLiveMs === null ? null : this.now + job.timeToLiveMs;
    this.#move(job, "pending");
    return "done";
  }

  /** Keeps the newest `keep` finished jobs of each status. */
  purge(keep: number): string[] {
    const gone: ModelJob[] = [];
    for (const status of TERMINAL) {
      const finished = this.living.filter((job) => job.status === status).sort(byFinish);
      gone.push(...finished.slice(0, Math.max(0, finished.length - keep)));
    }
    for (const job of gone) job.gone = true;
    return gone.map((job) => job.jobId);
  }

  #refuse(job: ModelJob, fence: number, told: Told): string {
    const repeatable = job.endings.get(fence);
    if (repeatable === undefined || repeatable === null) return "lost";
    if (repeatable.includes(told)) return "replayed";
    if (fence !== job.fence || !TERMINAL.includes(job.status)) return "lost";
    if (!job.conflicts.has(fence)) {
      job.conflicts.add(fence);
      job.seq++;
      job.updatedAt = this.now;
    }
    return "conflict";
  }

  #best(): ModelJob | undefined {
    const claimable = this.living.filter((job) => {
      const due = WAITING.includes(job.status) && job.runAt <= this.now;
      const lives = job.expiresAt === null || job.expiresAt > this.now;
      return due && lives && (job.key === null || this.#running(job.key) < (this.limits.get(job.key) ?? 1));
    });
    return claimable.sort((a, b) => a.priority - b.priority || a.runAt - b.runAt || (a.jobId < b.jobId ? -1 : 1))[0];
  }

  #running(key: string): number {
    return this.living.filter((job) => job.key === key && job.status === "processing").length;
  }

  #uniqueHolder(uniqueKey: string | null): ModelJob | undefined {
    if (uniqueKey === null) return undefined;
    return this.living.find((job) => job.uniqueKey === uniqueKey && !TERMINAL.includes(job.status));
  }

  #holds(job: ModelJob, fence: number): boolean {
    return !job.gone && job.status === "processing" && job.fence === fence;
  }

  #move(job: ModelJob, to: string, errorCode: string | null = null, retryable = true): void {
    job.status = to;
    job.seq++;
    job.updatedAt = this.now;
    job.errorCode = errorCode;
    job.retryable = retryable;
    job.finishedAt = TERMINAL.includes(to) ? this.now : null;
    if (to !== "processing") job.leaseExpiresAt = null;
  }
}

function byFinish(a: ModelJob, b: ModelJob): number {
  return (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || (a.jobId < b.jobId ? -1 : 1);
}
