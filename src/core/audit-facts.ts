/** The invariants that a job's own facts must keep. */
import type { Report } from "./audit.js";
import type { Instant, JobLine } from "./export-format.js";
import { isTerminalStatus, isWaitingStatus, JOB_STATUSES } from "./lifecycle.js";

/** @param leaseGraceMs  null: a lease may be over for any time */
export function auditFacts(job: JobLine, leaseGraceMs: number | null, report: Report): void {
  if (!JOB_STATUSES.includes(job.status)) return report("I1", `its status is ${String(job.status)}`);
  auditTimes(job, report);
  auditAttemptCount(job, report);
  auditEnding(job, report);
  if (job.progress !== null && !(job.progress >= 0 && job.progress <= 100)) {
    report("I18", `its progress is ${job.progress}`);
  }
  if (job.status === "processing" && leaseGraceMs !== null && job.leaseExpiresAt !== null) {
    const overMs = Date.parse(job.readAt) - Date.parse(job.leaseExpiresAt);
    if (overMs > leaseGraceMs) report("I12", `its lease has been over for ${overMs} ms and nobody took it back`);
  }
}

function auditTimes(job: JobLine, report: Report): void {
  const { status } = job;
  let before: { name: string; at: Instant } | null = null;
  for (const name of ["createdAt", "firstStartedAt", "startedAt", "finishedAt"] as const) {
    const at = job[name];
    if (at === null) continue;
    if (Number.isNaN(Date.parse(at))) report("I3", `${name} is no instant: ${at}`);
    if (before !== null && Date.parse(at) < Date.parse(before.at)) {
      report("I3", `${name} ${at} comes before ${before.name} ${before.at}`);
    }
    before = { name, at };
  }
  const terminal = isTerminalStatus(status);
  if ((job.finishedAt !== null) !== terminal) {
    report("I4", terminal ? `it is ${status} without finishedAt` : `it is ${status} and has finishedAt`);
  }
  for (const name of ["leaseExpiresAt", "workerId"] as const) {
    if ((job[name] !== null) === (status === "processing")) continue;
    report("I5", status === "processing" ? `it is processing without ${name}` : `it is ${status} and has ${name}`);
  }
}

function auditAttemptCount({ status, attempt, maxAttempts, runAt }: JobLine, report: Report): void {
  if (!(attempt >= 0 && attempt <= maxAttempts)) report("I10", `attempt ${attempt} of ${maxAttempts}`);
  if (status === "retrying" && !(attempt < maxAttempts)) {
    report("I11", `it is retrying after attempt ${attempt} of ${maxAttempts}`);
  }
  if (status === "retrying" && Number.isNaN(Date.parse(runAt))) report("I11", "it is retrying without runAt");
  if (isWaitingStatus(status) && attempt >= maxAttempts) {
    report("I12", `it is ${status} with all ${maxAttempts} attempts used up: no worker will ever end it`);
  }
}

function auditEnding({ status, error, result, progress }: JobLine, report: Report): void {
  if (status === "completed" && error !== null) report("I15", "it is completed and has an error");
  if (status !== "completed" && result !== null) report("I15", `it is ${status} and has a result`);
  if (status === "failed" && !error?.code) report("I16", "it is failed without an error code");
  if (status === "completed" && progress !== null && progress !== 100) {
    report("I18", `it is completed with progress ${progress}`);
  }
}
