/**
 * The lifecycle of a job, as one table. Stores, docs and the auditor read it; the store suite tries every status × move
 * pair against every store, so no SQL can disagree with it. The numbers (T1 …) are those of docs/state-machine.md.
 */

export type WaitingStatus = "scheduled" | "pending" | "retrying";
export type TerminalStatus = "completed" | "failed" | "cancelled" | "expired";
export type ActiveStatus = WaitingStatus | "processing";
/** The eight authoritative statuses. */
export type JobStatus = ActiveStatus | TerminalStatus;

export const WAITING_STATUSES: readonly WaitingStatus[] = ["scheduled", "pending", "retrying"];
export const TERMINAL_STATUSES: readonly TerminalStatus[] = ["completed", "failed", "cancelled", "expired"];
export const JOB_STATUSES: readonly JobStatus[] = [...WAITING_STATUSES, "processing", ...TERMINAL_STATUSES];

/** Who may cause a move. */
export type Mover = "producer" | "worker" | "holder" | "rescuer" | "owner" | "operator" | "sweeper";

export interface Move {
  readonly id: string;
  readonly from: readonly (JobStatus | null)[];
  readonly to: JobStatus;
  readonly by: readonly Mover[];
}

/** The name of a move that changes the status (or, for `request_cancel`, sets a flag). */
export type MoveName =
  | "enqueue"
  | "enqueue_later"
  | "claim"
  | "complete"
  | "fail_retry"
  | "fail"
  | "release"
  | "snooze"
  | "lose_retry"
  | "lose_fail"
  | "lose_cancel"
  | "fail_cancel"
  | "cancel"
  | "request_cancel"
  | "confirm_cancel"
  | "force_cancel"
  | "expire"
  | "retry";

/**
 * Every move that writes a row of the trail. `from: null` is a job that does not exist yet. Purge (T20) removes the job
 * and its trail, so it is not here; extend, progress, stage and log (T5) change no status and write no row.
 */
export const LIFECYCLE: Readonly<Record<MoveName, Move>> = {
  enqueue: { id: "T1", from: [null], to: "pending", by: ["producer"] },
  enqueue_later: { id: "T2", from: [null], to: "scheduled", by: ["producer"] },
  claim: { id: "T4", from: ["scheduled", "pending", "retrying"], to: "processing", by: ["worker"] },
  complete: { id: "T6", from: ["processing"], to: "completed", by: ["holder"] },
  fail_retry: { id: "T7", from: ["processing"], to: "retrying", by: ["holder"] },
  fail: { id: "T8", from: ["processing"], to: "failed", by: ["holder"] },
  release: { id: "T9", from: ["processing"], to: "pending", by: ["holder"] },
  snooze: { id: "T10", from: ["processing"], to: "scheduled", by: ["holder"] },
  lose_retry: { id: "T11", from: ["processing"], to: "retrying", by: ["rescuer"] },
  lose_fail: { id: "T12", from: ["processing"], to: "failed", by: ["rescuer"] },
  lose_cancel: { id: "T13", from: ["processing"], to: "cancelled", by: ["rescuer"] },
  fail_cancel: { id: "T13", from: ["processing"], to: "cancelled", by: ["holder"] },
  cancel: { id: "T14", from: ["scheduled", "pending", "retrying"], to: "cancelled", by: ["owner", "operator"] },
  request_cancel: { id: "T15", from: ["processing"], to: "processing", by: ["owner", "operator"] },
  confirm_cancel: { id: "T16", from: ["processing"], to: "cancelled", by: ["holder"] },
  force_cancel: { id: "T17", from: ["processing"], to: "cancelled", by: ["operator"] },
  expire: { id: "T18", from: ["scheduled", "pending", "retrying"], to: "expired", by: ["sweeper"] },
  retry: { id: "T19", from: ["failed", "cancelled", "expired"], to: "pending", by: ["owner", "operator"] },
};

/**
 * What a trail row may say happened. `conflict` is a remark, not a move: an outside event reported a different ending
 * for an attempt that had already ended. It leaves the status as it is.
 */
export type TrailEventName = MoveName | "conflict";

export type AttemptOutcome = "succeeded" | "failed" | "lost" | "released" | "snoozed" | "cancelled";

/** The moves by which an attempt ends, and how the attempt is then called. */
export const ATTEMPT_OUTCOMES: Readonly<Partial<Record<TrailEventName, AttemptOutcome>>> = {
  complete: "succeeded",
  fail_retry: "failed",
  fail: "failed",
  fail_cancel: "cancelled",
  release: "released",
  snooze: "snoozed",
  lose_retry: "lost",
  lose_fail: "lost",
  lose_cancel: "lost",
  confirm_cancel: "cancelled",
  force_cancel: "cancelled",
};

/** Times a job may be lost in a row of attempts before it counts as poison (T12). */
export const POISON_LIMIT = 3;

export function isTerminalStatus(status: JobStatus): status is TerminalStatus {
  return status === "completed" || status === "failed" || status === "cancelled" || status === "expired";
}

export function isWaitingStatus(status: JobStatus): status is WaitingStatus {
  return status === "scheduled" || status === "pending" || status === "retrying";
}

/** Whether a trail row with these three facts is one the table allows. */
export function isLegalMove(from: JobStatus | null, event: string, to: JobStatus): boolean {
  if (event === "conflict") return from !== null && from === to && isTerminalStatus(to);
  if (!Object.hasOwn(LIFECYCLE, event)) return false;
  const move = LIFECYCLE[event as MoveName];
  return move.to === to && move.from.includes(from);
}
