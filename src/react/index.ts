/** `waymark/react`: the components. Every public name is listed here. */

export type { ActionAnswer, JobQuery, JobsAnswer } from "../client-web/asking.js";
export { createStatusClient } from "../client-web/light-client.js";
export type { JobWatch, StatusClient, StatusClientOptions } from "../client-web/make-client.js";
export type { Connection, GoneFacts, WatchSnapshot } from "../client-web/snapshot.js";
export type { WireStatus } from "../core/wire.js";
export { es } from "../view/es.js";
export { en, type Message, type MessageKey, type Messages } from "../view/messages.js";
export type { FailureText, Link, LinkName, StageLabel, ViewOptions } from "../view/view-types.js";
export { type GivenJobsProps, JobList, type JobListProps, type ListedJob, type OwnJobsProps } from "./job-list.js";
export { JobStatus, type JobStatusProps, type LiveJobProps, type PlainJobProps } from "./job-status.js";
export { type UsedJob, type UseJobOptions, useJob } from "./use-job.js";
