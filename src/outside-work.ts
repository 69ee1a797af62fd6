/**
 * Attempts that are made outside of this process's workers: by an outside service, or by a worker that speaks the work
 * protocol. What becomes of them is told here as a worker tells of its own (PROMISES D7), and estimates learn from it.
 */
import { sizeOf } from "./core/durations.js";
import { bucketOf } from "./core/histogram.js";
import type { JobRecord } from "./core/job.js";
import type { JobStatus } from "./core/lifecycle.js";
import type { Claim, ClaimRequest, Outcome, SettleAnswer } from "./core/store.js";
import type { Runtime } from "./runtime.js";

/** What adapters do in the name of workers elsewhere; see docs/http.md, "Work protocol". */
export interface OutsideWork {
  /** Takes jobs for a worker elsewhere. */
  claim(request: ClaimRequest): Promise<Claim>;
  /** @param record  read with the view "info" or "full", just before */
  settle(record: JobRecord, fence: number, outcome: Outcome): Promise<SettleAnswer>;
}

export function createOutsideWork(runtime: Runtime): OutsideWork {
  const { store, events } = runtime;
  return {
    claim: async (request) => {
      const claim = await store.claim(request);
      for (const { jobId, kind, fence, attempt } of claim.jobs) {
        events.emit({ type: "started", jobId, kind, fence, attempt });
      }
      return claim;
    },
    settle: async (record, fence, outcome) => {
      const { jobId, kind } = record;
      const [answer = { answer: "lost", status: null } as const] = await store.settle([{ jobId, fence, outcome }]);
      if (answer.answer === "settled") tellEnd(runtime, record, fence, outcome, answer.status);
      else if (answer.answer === "lost") events.emit({ type: "lease_lost", jobId, kind, fence, during: outcome.type });
      return answer;
    },
  };
}

/** Tells that the attempt of `fence` has just ended, once the store has said so. */
export function tellEnd(
  runtime: Pick<Runtime, "store" | "events">,
  record: JobRecord,
  fence: number,
  outcome: Outcome,
  status: JobStatus,
): void {
  const { jobId, kind, startedAt, leaseExpiresAt, readAt } = record;
  if (status === "completed") learnRun(runtime, record);
  const failure = outcome.type === "failed" ? outcome.failure.public : null;
  runtime.events.emit({
    type: "ended",
    jobId,
    kind,
    fence,
    status,
    durationMs: Math.max(0, readAt - (startedAt ?? readAt)),
    errorCode: failure?.code ?? null,
    reference: failure?.reference ?? null,
    late: (leaseExpiresAt ?? readAt) < readAt,
  });
}

/** Estimates are made of what runs really took. Whoever told the end has its answer without waiting for this. */
function learnRun({ store, events }: Pick<Runtime, "store" | "events">, record: JobRecord): void {
  const { kind, startedAt, readAt, payloadBytes } = record;
  if (startedAt === null) return;
  const bucket = bucketOf(Math.max(0, readAt - startedAt));
  const size = sizeOf(payloadBytes ?? 0);
  store
    .learn([{ kind, measure: "run", stage: null, size, bucket, count: 1 }])
    .catch((error: unknown) => events.emit({ type: "trouble", part: "learn", error }));
}
