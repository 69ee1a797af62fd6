/**
 * The trail: what happened to a job, in order, with who and why. Status and trail change in the same transaction.
 *
 * The plain path (enqueued → claimed → completed) costs no row: its three events can be told from the job's own facts.
 * So a durable store writes rows only for what differs, and `wholeTrail` puts the derived ones back in their places.
 * The rule, for every store that folds:
 *   – seq 1 (enqueue) is never written;
 *   – the claim of an attempt that is running, or that completed plainly, is not written; whatever ends an attempt
 *     differently (or asks it to cancel) writes the row of its claim beside its own;
 *   – completion is not written when it was plain: on time, with no cancel asked for.
 */
import type { JobRecord, PublicFailure } from "./job.js";
import {
  ATTEMPT_OUTCOMES,
  type AttemptOutcome,
  isTerminalStatus,
  type JobStatus,
  type TrailEventName,
} from "./lifecycle.js";

export interface TrailEvent {
  readonly jobId: string;
  /** 1 … n, without gaps. */
  readonly seq: number;
  /** Epoch ms by the store's clock; never less than that of the row before. */
  readonly at: number;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly event: TrailEventName;
  /** "producer", "worker:ID", "rescuer", "sweeper", "recorder", or the actor a person's request named. */
  readonly actor: string;
  readonly attempt: number;
  readonly fence: number;
  readonly generation: number;
  /** Why, in words: of a cancel, a snooze, "late" for a result after its lease had run out … */
  readonly reason: string | null;
  /** The key a person's request carried, when it did. */
  readonly requestId: string | null;
  /** The public error of an attempt that ended badly. */
  readonly error: PublicFailure | null;
  /** For the row of a claim whose true start the outside runner never told; else absent or false. */
  readonly startUnknown?: boolean;
}

/** One attempt, told from the trail. */
export interface Attempt {
  readonly jobId: string;
  readonly fence: number;
  readonly generation: number;
  readonly attempt: number;
  readonly workerId: string;
  /** Null when an outside runner never told. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Null while it runs. */
  readonly outcome: AttemptOutcome | null;
  readonly durationMs: number | null;
  readonly error: PublicFailure | null;
}

/** The facts of a job that its unwritten events are told from. */
export type TrailFacts = Pick<
  JobRecord,
  | "jobId"
  | "status"
  | "seq"
  | "createdAt"
  | "scheduledAt"
  | "startedAt"
  | "finishedAt"
  | "workerId"
  | "attempt"
  | "fence"
  | "generation"
  | "recorded"
> & {
  /** Who held the newest attempt; kept after its end, unlike `workerId`. */
  readonly lastWorkerId: string | null;
  /** When the newest claim was made. Equal to `startedAt`, except when the true start is unknown. */
  readonly claimedAt: number | null;
};

/**
 * The trail without gaps: written rows, and the derived ones where none was written.
 *
 * @param rows  the written rows of this job, in any order
 */
export function wholeTrail(job: TrailFacts, rows: readonly TrailEvent[]): TrailEvent[] {
  const written = new Map(rows.map((row) => [row.seq, row]));
  const trail: TrailEvent[] = [];
  for (let seq = 1; seq <= job.seq; seq++) {
    const from = trail.at(-1)?.to ?? null;
    trail.push(written.get(seq) ?? derived(job, seq, from));
  }
  return trail;
}

function derived(job: TrailFacts, seq: number, from: JobStatus | null): TrailEvent {
  const base = { jobId: job.jobId, seq, reason: null, requestId: null, error: null };
  if (seq === 1) {
    const later = job.scheduledAt !== null;
    return {
      ...base,
      at: job.createdAt,
      from: null,
      to: later ? "scheduled" : "pending",
      event: later ? "enqueue_later" : "enqueue",
      actor: "producer",
      attempt: 0,
      fence: 0,
      generation: 1,
    };
  }
  const holder = workerActor(job.lastWorkerId ?? "", job.recorded);
  const current = { ...base, actor: holder, attempt: job.attempt, fence: job.fence, generation: job.generation };
  if (from === "processing") {
    return { ...current, at: job.finishedAt ?? job.createdAt, from, to: "completed", event: "complete" };
  }
  return {
    ...current,
    at: job.claimedAt ?? job.createdAt,
    from,
    to: "processing",
    event: "claim",
    ...(job.startedAt === null ? { startUnknown: true } : {}),
  };
}

/** How the trail names the holder of an attempt. */
export function workerActor(workerId: string, recorded: boolean): string {
  return recorded ? `recorder:${workerId}` : `worker:${workerId}`;
}

/** The attempts of a job, oldest first, told from its whole trail. */
export function attemptsOf(trail: readonly TrailEvent[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const row of trail) {
    if (row.event === "claim") {
      attempts.push({
        jobId: row.jobId,
        fence: row.fence,
        generation: row.generation,
        attempt: row.attempt,
        workerId: row.actor.slice(row.actor.indexOf(":") + 1),
        startedAt: row.startUnknown ? null : row.at,
        endedAt: null,
        outcome: null,
        durationMs: null,
        error: null,
      });
      continue;
    }
    const outcome = ATTEMPT_OUTCOMES[row.event];
    const running = attempts.at(-1);
    if (outcome === undefined || running === undefined || row.from !== "processing") continue;
    attempts[attempts.length - 1] = {
      ...running,
      endedAt: row.at,
      outcome,
      durationMs: running.startedAt === null ? null : Math.max(0, row.at - running.startedAt),
      error: row.error,
    };
  }
  return attempts;
}

/** Whether a trail row is an ending (not a remark about one). */
export function isEnding(row: TrailEvent): boolean {
  return isTerminalStatus(row.to) && row.from !== row.to;
}
