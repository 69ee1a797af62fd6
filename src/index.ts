/** The public surface, by name. What is not here is not promised. */

// Define and open

export { defineJob, type JobDefinition, type JobOptions, type StageSpec } from "./core/define-job.js";
export type { Duration } from "./core/duration.js";
export type { RetentionOptions } from "./core/retention.js";
export { openWaymark, type Waymark, type WaymarkOptions } from "./waymark.js";

// Produce and control

export type { CancelOptions, ControlResult, RetryOptions } from "./control.js";
export { isScheduled, type JobReference } from "./core/reference.js";
export type { EnqueueOptions } from "./new-job.js";

// Work

export { type JobContext, type JobHandler, StopReason } from "./core/handler.js";
export { JobError } from "./core/job-error.js";
export type { Worker, WorkOptions } from "./worker/worker.js";

// Watch

export type { JobStatus } from "./core/lifecycle.js";
export {
  isActive,
  isFailed,
  isSuccessful,
  isTerminal,
  type JobFailure,
  type JobStatusInfo,
} from "./core/status-info.js";
export type { WaitingReason } from "./core/waiting-reason.js";
export type { Explanation } from "./explain.js";
export type { HistoryEntry } from "./history.js";
export type { AwaitOptions, JobPage, ListOptions, Tracker, WatchOptions } from "./tracker.js";

// Record and wrap; outside services

export type { RemoteJob } from "./core/remote-job.js";
export type { JobRecorder } from "./recorder.js";
export type { ServiceOptions } from "./remote/services.js";
export type { TrackOptions } from "./track.js";

// Errors and logs

export { type ErrorCode, isWaymarkError, WaymarkError } from "./core/errors.js";
export type { JobEvent } from "./core/job-events.js";
export type { Logger } from "./core/logger.js";

// Stores, made by hand instead of by URL, and the contract for one of your own

export type { Store } from "./core/store.js";
export { memoryStore } from "./stores/memory/store.js";
export { postgresStore } from "./stores/postgres/store.js";
export { sqliteStore } from "./stores/sqlite/store.js";
