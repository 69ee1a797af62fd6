/** What an explanation is, and what its parts are made from. */

import type { JobRecord, PublicFailure } from "../core/job.js";
import { serviceOf } from "../core/remote-job.js";
import type { WorkerRecord } from "../core/store.js";
import type { TrailEvent } from "../core/trail.js";
import type { Place } from "./wording.js";

/** One thing that was looked at. */
export interface ExplanationCheck {
  readonly what: string;
  /** False when this stands in the job's way. */
  readonly ok: boolean;
  /** True for the one that decides: the first that is not ok. */
  readonly holds: boolean;
  readonly detail: string;
}

/** Why a job is where it is, in plain words. Texts may hold names that users chose: escape them where they are shown. */
export interface Explanation {
  /** One sentence or two. */
  readonly summary: string;
  /** What was looked at, in the order in which it is decided. Empty for a job that has ended. */
  readonly checks: readonly ExplanationCheck[];
  /** What happened so far, a line each, oldest first. */
  readonly story: readonly string[];
}

/** All that an explanation rests on. */
export interface Evidence {
  readonly record: JobRecord;
  readonly trail: readonly TrailEvent[];
  /** Heard from within the last day, newest first. */
  readonly workers: readonly WorkerRecord[];
  readonly place: Place;
}

export type Finding = Omit<ExplanationCheck, "holds">;

/** Marks the first finding that is not ok. */
export function asChecks(findings: readonly Finding[]): ExplanationCheck[] {
  const first = findings.findIndex(({ ok }) => !ok);
  return findings.map((finding, i) => ({ ...finding, holds: i === first }));
}

/** A worker as an operator knows it: a service by name, others by host and process when heard from lately, else by id. */
export function workerName(workerId: string, workers: readonly WorkerRecord[]): string {
  const service = serviceOf(workerId);
  if (service !== null) return `the outside service ${service}`;
  const worker = workers.find((each) => each.workerId === workerId);
  return worker === undefined ? `worker ${workerId}` : `worker ${worker.host} (process ${worker.pid})`;
}

/** "smtp_down (temporary), “The mail server is away”": to stand inside a sentence. */
export function errorText({ code, category, message }: PublicFailure): string {
  return `${code} (${category}), “${message.replace(/\.$/, "")}”`;
}
