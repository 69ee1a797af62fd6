/** Makers of export lines for the auditor's tests: a job that went the plain way, to be broken in one place. */
import { type AuditOptions, createAuditor, type Violation } from "../../src/core/audit.js";
import type {
  AttemptLine,
  CallbackLine,
  EventLine,
  ExportLine,
  JobLine,
  PurgeLine,
} from "../../src/core/export-format.js";

export const JOB_ID = "01900000-0000-7000-8000-000000000001";
export const OTHER_ID = "01900000-0000-7000-8000-000000000002";

/** Second `n` of the story. */
export const at = (n: number): string => new Date(Date.UTC(2030, 0, 1) + n * 1_000).toISOString();

export const job = (parts: Partial<JobLine> = {}): JobLine => ({
  type: "job",
  jobId: JOB_ID,
  kind: "kind",
  queue: "default",
  owner: "ann",
  status: "completed",
  generation: 1,
  attempt: 1,
  maxAttempts: 3,
  lostCount: 0,
  fence: 1,
  workerId: null,
  leaseExpiresAt: null,
  priority: 0,
  runAt: at(0),
  scheduledAt: null,
  expiresAt: null,
  createdAt: at(0),
  firstStartedAt: at(1),
  startedAt: at(1),
  finishedAt: at(2),
  updatedAt: at(2),
  seq: 3,
  cancelRequestedAt: null,
  uniqueKey: null,
  idempotencyKey: null,
  concurrencyKey: null,
  concurrencyLimit: null,
  stage: null,
  progress: null,
  payload: { digest: "sha256:0", bytes: 2 },
  result: null,
  error: null,
  errorDetail: null,
  metadata: null,
  parentId: null,
  rerunOf: null,
  recorded: false,
  readAt: at(100),
  ...parts,
});

export const event = (parts: Partial<EventLine>): EventLine => ({
  type: "event",
  jobId: JOB_ID,
  seq: 1,
  at: at(0),
  from: null,
  to: "pending",
  event: "enqueue",
  actor: "producer",
  attempt: 0,
  fence: 0,
  generation: 1,
  reason: null,
  requestId: null,
  ...parts,
});

export const attempt = (parts: Partial<AttemptLine> = {}): AttemptLine => ({
  type: "attempt",
  jobId: JOB_ID,
  fence: 1,
  generation: 1,
  attempt: 1,
  workerId: "w",
  startedAt: at(1),
  endedAt: at(2),
  outcome: "succeeded",
  durationMs: 1_000,
  error: null,
  ...parts,
});

export const purge = (parts: Partial<PurgeLine> = {}): PurgeLine => ({
  type: "purge",
  jobId: JOB_ID,
  status: "completed",
  finishedAt: at(2),
  purgedAt: at(50),
  ...parts,
});

export const callback = (parts: Partial<CallbackLine> = {}): CallbackLine => ({
  type: "callback",
  id: "msg_1",
  jobId: JOB_ID,
  fence: 1,
  seq: 1,
  applied: true,
  ...parts,
});

export const FAILURE = {
  code: "broken",
  message: "It is broken.",
  category: "temporary",
  retryable: true,
  reference: "r",
} as const;

const worker = { actor: "worker:w", attempt: 1, fence: 1 };
/** Rows of the trail that most stories share. */
export const enqueued = event({});
export const claimed = event({ ...worker, seq: 2, at: at(1), from: "pending", to: "processing", event: "claim" });
export const completed = event({
  ...worker,
  seq: 3,
  at: at(2),
  from: "processing",
  to: "completed",
  event: "complete",
});
export const failedOnce = event({
  ...worker,
  seq: 3,
  at: at(2),
  from: "processing",
  to: "retrying",
  event: "fail_retry",
});
export const failed = event({ ...worker, seq: 3, at: at(2), from: "processing", to: "failed", event: "fail" });

/** enqueued, claimed, completed: nothing is wrong with it. */
export const plain = (parts: Partial<JobLine> = {}): ExportLine[] => [
  job(parts),
  enqueued,
  claimed,
  completed,
  attempt(),
];
/** enqueued, claimed, and still at work. */
export const running = (parts: Partial<JobLine> = {}): ExportLine[] => [
  job({ status: "processing", seq: 2, finishedAt: null, workerId: "w", leaseExpiresAt: at(130), ...parts }),
  enqueued,
  claimed,
  attempt({ endedAt: null, outcome: null, durationMs: null }),
];
/** enqueued, and nothing more. */
export const waiting = (parts: Partial<JobLine> = {}): ExportLine[] => [
  job({
    status: "pending",
    seq: 1,
    attempt: 0,
    fence: 0,
    firstStartedAt: null,
    startedAt: null,
    finishedAt: null,
    ...parts,
  }),
  enqueued,
];
/** One attempt failed, another is to come. */
export const retrying = (parts: Partial<JobLine> = {}): ExportLine[] => [
  job({ status: "retrying", finishedAt: null, error: FAILURE, runAt: at(9), ...parts }),
  enqueued,
  claimed,
  failedOnce,
  attempt({ outcome: "failed", error: FAILURE }),
];
export const failedForGood = (parts: Partial<JobLine> = {}): ExportLine[] => [
  job({ status: "failed", error: FAILURE, ...parts }),
  enqueued,
  claimed,
  failed,
  attempt({ outcome: "failed", error: FAILURE }),
];
export const cancelledWhileWaiting = (who: string): ExportLine[] => [
  job({ status: "cancelled", seq: 2, attempt: 0, fence: 0, firstStartedAt: null, startedAt: null }),
  enqueued,
  event({ seq: 2, at: at(2), from: "pending", to: "cancelled", event: "cancel", actor: who, requestId: "r1" }),
];

/** The same lines as of another job. */
export const as = (jobId: string, lines: readonly ExportLine[]): ExportLine[] =>
  lines.map((line) => ({ ...line, jobId }));
/** The lines with those of one type changed; null leaves them out. */
export function change<T extends ExportLine["type"]>(
  lines: readonly ExportLine[],
  type: T,
  edit: (line: Extract<ExportLine, { type: T }>, index: number) => object | null,
): ExportLine[] {
  let index = 0;
  return lines.flatMap((line) => {
    if (line.type !== type) return line;
    const edited = edit(line as Extract<ExportLine, { type: T }>, index++);
    return edited === null ? [] : { ...line, ...edited };
  });
}

export function auditOf(lines: Iterable<ExportLine>, options?: AuditOptions): Violation[] {
  const auditor = createAuditor(options);
  for (const line of lines) auditor.feed(line);
  return auditor.finish();
}
