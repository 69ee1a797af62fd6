/**
 * Wraps work that runs right here, in a request for instance, so that it can be watched like any job: processing while
 * it works, then completed with its result or failed with its error. The caller's answer stays as it was.
 */
import { sleep } from "./core/clock.js";
import { encode } from "./core/codec.js";
import { defineJob, type StageName, type StageSpec } from "./core/define-job.js";
import type { Duration } from "./core/duration.js";
import { WaymarkError } from "./core/errors.js";
import { failureReference, toFailure } from "./core/failure.js";
import type { JobContext } from "./core/handler.js";
import { assertOptions, type NamesOf } from "./core/options.js";
import type { ClaimedJob, NewJob, Outcome } from "./core/store.js";
import { newRecordedJob } from "./new-job.js";
import type { Runtime } from "./runtime.js";
import { createDurationLog, type StageStart } from "./worker/duration-log.js";
import { AttemptContext, type Reporting } from "./worker/job-context.js";
import { createLeaseKeeper, type KeptLease, type LeaseKeeper } from "./worker/lease-keeper.js";
import { createReportBuffer } from "./worker/report-buffer.js";
import { createSettler } from "./worker/settler.js";
import { StopSwitch } from "./worker/stop-switch.js";

export interface TrackOptions<Stage extends StageSpec> {
  readonly kind: string;
  /** Take the request's id, when it is a UUID. Default: a new one. */
  readonly jobId?: string;
  readonly owner?: string;
  readonly stages?: readonly Stage[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Kept with the job for operators. Default: null. */
  readonly input?: unknown;
  /** Aborts `ctx.signal`; the work decides itself what to do then. Default: none. */
  readonly timeout?: Duration;
}
const NAMES: NamesOf<TrackOptions<StageSpec>> = {
  kind: true,
  jobId: true,
  owner: true,
  stages: true,
  metadata: true,
  input: true,
  timeout: true,
};

export interface Tracked<Value> {
  readonly jobId: string;
  readonly result: Value;
}
/**
 * Runs `work` once and records it.
 *
 * @returns the job's id beside what `work` returned; rejects with what `work` threw
 * @throws {WaymarkError} `job_exists`, `invalid_option`, `store_unavailable` before `work` has begun
 */
export type Track = <Value, const Stage extends StageSpec = never>(
  options: TrackOptions<Stage>,
  work: (context: JobContext<StageName<Stage>>) => Value | Promise<Value>,
) => Promise<Tracked<Value>>;

/** How long the answer of tracked work waits for its record. */
const PATIENCE_MS = 1_000;
/** A process that dies takes its tracked work with it; the status says so after this long. */
const LEASE_MS = 30_000;

export function createTrack(runtime: Runtime): { readonly track: Track; close(): Promise<void> } {
  const { store, clock, events, limits, redactor } = runtime;
  const trouble = (part: string) => (error: unknown) => events.emit({ type: "trouble", part, error });
  const settler = createSettler(store, clock, trouble("settle"));
  const reports = createReportBuffer<Reporting>({
    store,
    clock,
    onTrouble: trouble("report"),
    onAnswer: ({ stopSwitch }, answer) => {
      if (answer !== "held") stopSwitch.stop(answer === "lost" ? "lost" : "cancel");
    },
  });
  const durations = createDurationLog({ store, clock, onTrouble: trouble("learn") });
  const recording = new Set<Promise<void>>();
  let keeper: LeaseKeeper | null = null;

  /**
   * Only this process may start the job. If it dies before it could say so, or its answer was lost, nobody else would
   * ever end it: so it is made to expire. One that has started does not.
   */
  const begin = async (job: NewJob): Promise<ClaimedJob> => {
    const { jobId } = job;
    const [made] = await store.enqueue([job]);
    if (made?.answer === "exists") throw new WaymarkError("job_exists", { jobId });
    if (made?.answer === "full") throw new WaymarkError("queue_full", { limit: made.limit });
    const [started] = await store.start([{ jobId, workerId: "tracked", leaseMs: LEASE_MS, startKnown: true }]);
    if (started?.answer !== "started")
      throw new WaymarkError("illegal_move", { move: "start", status: started?.answer });
    const { fence, attempt, maxAttempts } = started;
    const now = clock.now();
    const timing = { createdAt: now, runAt: now, startedAt: now, leaseExpiresAt: now + LEASE_MS };
    return { ...job, ...timing, fence, attempt, maxAttempts, generation: 1, lostCount: 0 };
  };

  const track: Track = async (options, work) => {
    if (typeof work !== "function") {
      throw new WaymarkError("invalid_option", { option: "work", problem: "pass the function that does the work" });
    }
    assertOptions(options, NAMES);
    const { kind, stages = [], timeout } = options;
    const definition = defineJob({ kind, stages, maxAttempts: 1, ...(timeout === undefined ? {} : { timeout }) });
    await store.saveKinds([{ kind, stages: definition.stages, targetMs: null }]);
    const askedAt = clock.monotonic();
    const claimed = await begin(newRecordedJob(runtime, { ...options, maxAttempts: 1 }, LEASE_MS));
    const { jobId, fence } = claimed;
    const stopSwitch = new StopSwitch(clock, null);
    const begunAt = clock.monotonic();
    const entered: StageStart[] = [];
    const lease: KeptLease & Reporting & { isOver: boolean } = {
      jobId,
      fence,
      claimed,
      definition,
      stopSwitch,
      isOver: false,
      onStage: (name) => void entered.push({ name, at: clock.monotonic() }),
      tell: (news) => stopSwitch.stop(news === "lost" ? "lost" : "cancel"),
    };
    keeper ??= createLeaseKeeper({ store, clock, leaseMs: LEASE_MS, worker: null, onTrouble: trouble("extend") });
    const age = { giveUpInMs: null, ageMs: clock.monotonic() - askedAt };
    keeper.hold([lease], age);
    const disarm =
      definition.timeoutMs === null ? null : clock.after(definition.timeoutMs, () => stopSwitch.stop("timeout"));
    const context = new AttemptContext(lease, reports, runtime);

    const record = async (outcome: Outcome): Promise<void> => {
      lease.isOver = true;
      disarm?.();
      stopSwitch.end();
      await reports.flush(lease);
      const answer = await settler.settle({ jobId, fence, outcome }, stopSwitch);
      if (answer?.answer === "settled" && answer.status === "completed")
        durations.succeeded(claimed, { takenAt: begunAt, begunAt, endedAt: clock.monotonic(), stages: entered });
      keeper?.drop(lease);
    };
    /** The caller's answer waits for the record, but not for a store that is away: then it is recorded behind it. */
    const finish = async (outcome: Outcome): Promise<void> => {
      const recorded = record(outcome).finally(() => recording.delete(recorded));
      recording.add(recorded);
      const enough = new AbortController();
      await Promise.race([recorded, sleep(clock, PATIENCE_MS, enough.signal)]);
      enough.abort();
    };
    events.emit({ type: "started", jobId, kind, fence, attempt: 1 });
    let result: Awaited<ReturnType<typeof work>>;
    try {
      result = await work(context);
    } catch (error) {
      const detail = { reference: failureReference(jobId, fence), redactor, maxBytes: limits.errorBytes };
      await finish({ type: "failed", failure: toFailure(error, detail).stored, retryInMs: null });
      throw error;
    }
    await finish({ type: "completed", result: storable(result) });
    return { jobId, result };
  };

  /** The caller gets its answer in any case; one that no store can hold is completed without a stored result. */
  const storable = (result: unknown): string | null => {
    if (result === undefined) return null;
    try {
      return encode(result, { what: "result", maxBytes: limits.resultBytes, maxDepth: limits.jsonDepth });
    } catch (error) {
      trouble("result of tracked work")(error);
      return null;
    }
  };

  return {
    track,
    close: async () => {
      // Work that is done is told before the store closes; work still under way is its caller's, and reads as lost.
      await Promise.all(recording);
      await durations.stop();
      await keeper?.stop();
      keeper = null;
    },
  };
}
