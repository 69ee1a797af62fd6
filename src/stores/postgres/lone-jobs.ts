/**
 * Which job a claimer may take by its id. Whoever has found its lines empty, and has heard since of one new job alone, need
 * not walk the lines again to find it. Hearing is no proof: what was missed stands in the line, so the lines are looked at
 * again whenever there is no such news, and after a second of them in any case.
 */
import type { Clock } from "../../core/clock.js";
import type { ClaimRequest, Hint } from "../../core/store.js";

/** How long jobs may be taken by their ids before a claim looks at the lines. */
const TRUST_MS = 1_000;
/** Claimers of one process to remember; with more, all begin anew. */
const MOST_CLAIMERS = 100;

export interface LoneJob {
  readonly jobId: string;
  /** Ms until the next job is due that waits for its time, as the last look at the lines has it; null without one. */
  readonly nextDueInMs: number | null;
}

interface Claimer {
  readonly kinds: readonly string[];
  readonly queues: readonly string[] | null;
  /** Its last look left nothing behind that is due. */
  isIdle: boolean;
  /** When the next job is due, by the monotonic clock. */
  dueAt: number | null;
  /** The job that was heard of since that look began; "many" = there are others, or may be. */
  news: { readonly jobId: string } | "many" | null;
  /** When a job was first taken by its id after that look; null = none was. */
  aloneSince: number | null;
}

export class LoneJobs {
  readonly #clock: Clock;
  readonly #claimers = new Map<string, Claimer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be told everything that listeners are, before they are. */
  heard({ waiting, jobs }: Hint): void {
    if (!waiting) return;
    const news = jobs.length === 1 ? { jobId: jobs[0]! } : "many";
    for (const claimer of this.#claimers.values()) claimer.news = claimer.news === null ? news : "many";
  }

  /** A job that waits may have gone, or a queue was paused: what was seen of the lines no longer holds. */
  forget(): void {
    this.#claimers.clear();
  }

  /** A claim is about to look at the lines. */
  looks({ workerId, kinds, queues }: ClaimRequest): void {
    if (this.#claimers.size >= MOST_CLAIMERS) this.#claimers.clear();
    this.#claimers.set(workerId, { kinds, queues, isIdle: false, dueAt: null, news: null, aloneSince: null });
  }

  /** It has taken all that was due. */
  foundAll({ workerId }: ClaimRequest, nextDueInMs: number | null): void {
    const claimer = this.#claimers.get(workerId);
    if (claimer === undefined) return;
    claimer.isIdle = true;
    claimer.dueAt = nextDueInMs === null ? null : this.#clock.monotonic() + nextDueInMs;
  }

  /**
   * The job to take; null = look at the lines. There must be room for more than this one: then it does not matter who
   * stands in front of it, since they would be taken as well. The news of it are used up.
   */
  next({ workerId, kinds, queues, limit }: ClaimRequest): LoneJob | null {
    const claimer = this.#claimers.get(workerId);
    if (claimer === undefined || !claimer.isIdle || limit < 2) return null;
    if (!areSame(claimer.kinds, kinds) || !areSame(claimer.queues, queues)) return null;
    const { news } = claimer;
    if (news === null || news === "many") return null;
    const now = this.#clock.monotonic();
    claimer.aloneSince ??= now;
    const nextDueInMs = claimer.dueAt === null ? null : Math.round(claimer.dueAt - now);
    if (now - claimer.aloneSince > TRUST_MS || (nextDueInMs !== null && nextDueInMs <= 0)) return null;
    claimer.news = null;
    return { jobId: news.jobId, nextDueInMs };
  }
}

function areSame(some: readonly string[] | null, others: readonly string[] | null): boolean {
  if (some === others) return true;
  return some !== null && others !== null && some.length === others.length && some.every((one, i) => one === others[i]);
}
