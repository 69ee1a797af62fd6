/** What enqueue gives back: enough to find the job again, and small enough to travel in an answer. */
import type { EnqueuedFacts } from "./store.js";

export interface JobReference<Result = unknown> {
  /** UUID version 7: later enqueues sort after earlier ones. */
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
  /** Null = immediate. */
  readonly scheduledAt: Date | null;
  /** True when an existing job answered for a unique or idempotency key: nothing new was enqueued. */
  readonly deduplicated: boolean;
  /** Carries the type of the result; never set. */
  readonly result?: Result;
}

/** A job id, or the reference that enqueue returned (which also carries the type of the result). */
export type JobHandle<Result> = string | JobReference<Result>;

export function reference<R>(facts: EnqueuedFacts, deduplicated: boolean): JobReference<R> {
  const { jobId, kind, queue, scheduledAt } = facts;
  return { jobId, kind, queue, scheduledAt: scheduledAt === null ? null : new Date(scheduledAt), deduplicated };
}

/** Exactly when a run time was asked for. */
export function isScheduled(ref: JobReference): ref is JobReference & { readonly scheduledAt: Date } {
  return ref.scheduledAt !== null;
}
