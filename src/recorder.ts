/**
 * Records jobs that somebody else's queue runs, so that their users can watch them too.
 *
 * Who calls what, and when. The producer calls `enqueued` before it publishes the message, so that a status read never
 * misses. The consumer calls `started` when the broker hands it the message, `progress` while it works, and one of
 * `completed`, `failed` (nobody will try again) or `retrying` (the broker will deliver it again) *before* it acknowledges
 * the message: if it dies between the two, the broker delivers again and the repeated call is recognised as a replay.
 * Events may come late, twice and out of order: within an attempt the first ending stays, a lower rank never overrides
 * a higher one, and a `started` of a higher delivery opens a new attempt.
 */
import { encode } from "./core/codec.js";
import { cutText } from "./core/cut-text.js";
import { type Duration, toMs } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { failureReference, toFailure } from "./core/failure.js";
import { toJobId } from "./core/id.js";
import type { JobRecord } from "./core/job.js";
import { isTerminalStatus, isWaitingStatus, type JobStatus } from "./core/lifecycle.js";
import { assertKey } from "./core/names.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import { type JobReference, reference } from "./core/reference.js";
import type { Outcome } from "./core/store.js";
import { newRecordedJob, type RecordedJob } from "./new-job.js";
import type { Runtime } from "./runtime.js";

export interface StartedEvent {
  /** Who works on it. Default "outside". */
  readonly runner?: string;
  /** Which delivery this is, from 1. A higher one than known opens a new attempt; default: the next one, if none runs. */
  readonly attempt?: number;
  /** Silence for longer than this counts as a lost attempt. Default 1 hour. */
  readonly silence?: Duration;
}
export interface ProgressEvent {
  readonly stage?: string;
  /** 0 … 100. */
  readonly percent?: number;
  readonly message?: string;
}
const JOB_NAMES: NamesOf<RecordedJob> = {
  jobId: true,
  kind: true,
  queue: true,
  owner: true,
  maxAttempts: true,
  input: true,
  metadata: true,
};
const STARTED_NAMES: NamesOf<StartedEvent> = { runner: true, attempt: true, silence: true };
const PROGRESS_NAMES: NamesOf<ProgressEvent> = { stage: true, percent: true, message: true };

/** What became of the event. */
export interface RecordResult {
  readonly jobId: string;
  readonly status: JobStatus;
  /** False when it changed nothing: a replay, or an event that came too late. */
  readonly applied: boolean;
}

/** One implementation serves every store. Every method throws `not_found` for an unknown id, and then writes nothing. */
export interface JobRecorder {
  /** Idempotent: the same id again answers the same reference. */
  enqueued(job: RecordedJob): Promise<JobReference>;
  started(jobId: string, event?: StartedEvent): Promise<RecordResult>;
  progress(jobId: string, event: ProgressEvent): Promise<RecordResult>;
  /** Works without a `started` before it; the processing time is then unknown (null). */
  completed(jobId: string, event?: { readonly result?: unknown }): Promise<RecordResult>;
  /** @param error  whatever was thrown; a JobError decides what the user reads */
  failed(jobId: string, error: unknown): Promise<RecordResult>;
  /** @param event.delay  when the broker will deliver again. Default: at once. */
  retrying(jobId: string, error: unknown, event?: { readonly delay?: Duration }): Promise<RecordResult>;
}

const DEFAULT_SILENCE: Duration = "1h";
/** For an attempt that is ended by the next call: should that never come, nobody is to wait long for it. */
const AT_ONCE: StartedEvent = { silence: "30s" };
/** Another process may move the job between our read and our write; then we look again. */
const TRIES = 5;

export function createRecorder(runtime: Runtime): JobRecorder {
  const { store, limits, redactor } = runtime;
  const depth = { maxDepth: limits.jsonDepth };

  const find = async (jobId: string): Promise<JobRecord> => {
    const found = (await store.read({ jobIds: [jobId], view: "status" }))[0];
    if (found == null || "purgedAt" in found || !found.recorded) throw new WaymarkError("not_found", { jobId });
    return found;
  };
  const result = (job: Pick<JobRecord, "jobId" | "status">, applied: boolean): RecordResult => ({
    jobId: job.jobId,
    status: job.status,
    applied,
  });

  const start = async (jobId: string, event: StartedEvent, startKnown: boolean): Promise<number | null> => {
    const { runner = "outside", silence = DEFAULT_SILENCE } = event;
    assertKey("runner", runner);
    const [answer] = await store.start([{ jobId, workerId: runner, leaseMs: toMs(silence, "silence"), startKnown }]);
    return answer?.answer === "started" ? answer.fence : null;
  };

  /** Ends the running attempt, or opens and ends one at once when nobody told of its start. */
  const end = async (id: string, makeOutcome: (job: JobRecord, fence: number) => Outcome): Promise<RecordResult> => {
    const jobId = toJobId(id);
    for (let tries = 0; tries < TRIES; tries++) {
      const job = await find(jobId);
      const fence = isWaitingStatus(job.status) ? await start(jobId, AT_ONCE, false) : job.fence;
      if (fence === null) continue;
      const [answer] = await store.settle([{ jobId, fence, outcome: makeOutcome(job, fence) }]);
      return result({ jobId, status: answer?.status ?? job.status }, answer?.answer === "settled");
    }
    return result(await find(jobId), false);
  };

  const failure = (job: JobRecord, fence: number, error: unknown) =>
    toFailure(error, { reference: failureReference(job.jobId, fence), redactor, maxBytes: limits.errorBytes });

  /** The same message published twice is one job; another job with its id is a mistake to tell. */
  const assertSame = async (jobId: string, kind: string): Promise<void> => {
    const [found] = await store.read({ jobIds: [jobId], view: "status" });
    const same = found != null && !("purgedAt" in found) && found.recorded && found.kind === kind;
    if (!same) throw new WaymarkError("job_exists", { jobId });
  };

  return {
    enqueued: async (given) => {
      assertOptions(given, JOB_NAMES);
      const job = newRecordedJob(runtime, given, null);
      const { jobId, kind, queue } = job;
      const [answer] = await store.enqueue([job]);
      if (answer?.answer === "full") throw new WaymarkError("queue_full", { limit: answer.limit });
      const known = answer?.answer === "exists";
      if (known) await assertSame(jobId, kind);
      return reference({ jobId, kind, queue, scheduledAt: null }, known);
    },
    started: async (id, event = {}) => {
      assertOptions(event, STARTED_NAMES);
      const jobId = toJobId(id);
      for (let tries = 0; tries < TRIES; tries++) {
        const job = await find(jobId);
        const newer = event.attempt !== undefined && event.attempt > job.attempt;
        if (isTerminalStatus(job.status) || (event.attempt !== undefined && !newer)) return result(job, false);
        if (job.status === "processing") {
          if (!newer) return result(job, false);
          // The broker delivered again although nobody told how the last delivery ended: that one is lost.
          const lost = new WaymarkError("lease_lost", { jobId });
          const outcome: Outcome = { type: "failed", failure: failure(job, job.fence, lost).stored, retryInMs: 0 };
          const [answer] = await store.settle([{ jobId, fence: job.fence, outcome }]);
          if (answer?.answer !== "settled" || answer.status !== "retrying") continue;
        }
        if ((await start(jobId, event, true)) !== null) return result({ jobId, status: "processing" }, true);
      }
      return result(await find(jobId), false);
    },
    progress: async (id, event) => {
      assertOptions(event, PROGRESS_NAMES);
      const { stage, percent, message } = event;
      if (stage !== undefined) assertKey("stage", stage);
      if (percent !== undefined && !(typeof percent === "number" && percent >= 0 && percent <= 100)) {
        throw new WaymarkError("invalid_option", { option: "percent", problem: "it is a number from 0 to 100" });
      }
      const job = await find(toJobId(id));
      if (job.status !== "processing") return result(job, false);
      const { jobId, fence } = job;
      const report = {
        jobId,
        fence,
        ...(stage === undefined ? {} : { stage }),
        ...(percent === undefined ? {} : { percent: Math.min(99, percent) }),
        ...(message === undefined
          ? {}
          : { message: cutText(redactor.text(String(message)), limits.progressMessageBytes) }),
      };
      const [answer] = await store.report([report]);
      return result(job, answer !== "lost");
    },
    completed: (id, { result: value } = {}) => {
      const text =
        value === undefined ? null : encode(value, { what: "result", maxBytes: limits.resultBytes, ...depth });
      return end(id, () => ({ type: "completed", result: text }));
    },
    failed: (id, error) =>
      end(id, (job, fence) => ({ type: "failed", failure: failure(job, fence, error).stored, retryInMs: null })),
    retrying: async (id, error, { delay = 0 } = {}) => {
      const retryInMs = toMs(delay, "delay");
      const job = await find(toJobId(id));
      if (job.status === "retrying") return result(job, false);
      return end(id, (job, fence) => ({ type: "failed", failure: failure(job, fence, error).stored, retryInMs }));
    },
  };
}
