/**
 * Says whether a trial kept the promises: the auditor of `waymark verify` over an export of the whole store, and then what
 * only an outside witness can know: that nothing ended which never ran, that every ending a worker was told is recorded
 * stands, and that every acknowledged job has ended.
 */
import { createAuditor } from "../../../src/core/audit.js";
import type { AttemptLine, EventLine, JobLine } from "../../../src/core/export-format.js";
import { isTerminalStatus, type TerminalStatus } from "../../../src/core/lifecycle.js";
import { exportStore } from "../../../src/export.js";
import type { Waymark } from "../../../src/waymark.js";
import type { Driver } from "./driver.js";
import { timelineOf } from "./timeline.js";
import { LEASE_MS, type Trial } from "./trial.js";

export interface JobStory {
  readonly job: JobLine;
  readonly events: readonly EventLine[];
  readonly attempts: readonly AttemptLine[];
}

export interface Verdict {
  readonly jobs: ReadonlyMap<string, JobStory>;
  readonly count: (status: JobLine["status"]) => number;
}

export interface VerdictOptions {
  /** Whether this job may end otherwise than completed. Default: after three lost attempts, as poisoned. */
  readonly mayFail?: (story: JobStory) => boolean;
  /** Whether all must have ended; default true. */
  readonly allEnded?: boolean;
  /** Whether completed jobs must have noted their end in the ledger; default true. */
  readonly ran?: boolean;
  /** Whether jobs may be there whose acknowledgement nobody heard, as of a killed producer; default false. */
  readonly unheard?: boolean;
  /** See AuditOptions. */
  readonly checkLimits?: boolean;
}

/** Violations whose stories are told. */
const STORIES = 3;

export async function judge(
  trial: Trial,
  waymark: Waymark,
  driver: Pick<Driver, "acknowledged">,
  options: VerdictOptions = {},
): Promise<Verdict> {
  const { mayFail = isPoisoned, allEnded = true, ran = true, unheard = false, checkLimits = true } = options;
  const ids = driver.acknowledged.map(({ jobId }) => jobId);
  const auditor = createAuditor({
    ledger: { acknowledged: ids, ...(unheard ? {} : { sent: ids }) },
    checkLimits,
    leaseGraceMs: 10 * LEASE_MS,
  });
  const jobs = new Map<string, { job: JobLine; events: EventLine[]; attempts: AttemptLine[] }>();
  const purged = new Map<string, TerminalStatus>();
  for await (const line of exportStore(waymark.store, { includePayload: true })) {
    auditor.feed(line);
    if (line.type === "purge") purged.set(line.jobId, line.status);
    if (line.type === "job") jobs.set(line.jobId, { job: line, events: [], attempts: [] });
    else if (line.type === "event") jobs.get(line.jobId)?.events.push(line);
    else if (line.type === "attempt") jobs.get(line.jobId)?.attempts.push(line);
  }
  for (const { invariant, jobId, message } of auditor.finish()) trial.violated(invariant, message, jobId);

  const ledger = trial.ledger.read();
  const ends = new Set(ledger.filter(({ what }) => what === "end").map(({ jobId, fence }) => `${jobId} ${fence}`));
  for (const [jobId, story] of jobs) {
    const { job, attempts } = story;
    if (allEnded && !isTerminalStatus(job.status)) trial.violated("never stuck", `it is still ${job.status}`, jobId);
    const succeeded = attempts.find(({ outcome }) => outcome === "succeeded");
    if (ran && succeeded !== undefined && !ends.has(`${jobId} ${succeeded.fence}`)) {
      trial.violated("true status", `fence ${succeeded.fence} completed it, and its handler never ended`, jobId);
    }
    if (isTerminalStatus(job.status) && job.status !== "completed" && !mayFail(story)) {
      trial.violated("never lost", `it ended ${job.status} (${job.error?.code ?? "no error"})`, jobId);
    }
  }
  for (const { what, jobId = "", fence, status } of ledger) {
    if (what !== "acked") continue;
    // Retention took it, with its trail: how it ended in the end is all that is left.
    if (purged.has(jobId)) {
      if (status === "completed" && purged.get(jobId) !== "completed") {
        trial.violated("acknowledged", `it was told completed and removed as ${String(purged.get(jobId))}`, jobId);
      }
      continue;
    }
    const attempt = jobs.get(jobId)?.attempts.find((one) => one.fence === fence);
    const stands = attempt?.outcome !== null && attempt?.outcome !== undefined && attempt.outcome !== "lost";
    if (!stands || (status === "completed") !== (attempt.outcome === "succeeded")) {
      const found = attempt?.outcome ?? "none";
      trial.violated(
        "acknowledged",
        `fence ${fence} was told that ${String(status)} is recorded; it is ${found}`,
        jobId,
      );
    }
  }
  for (const { jobId } of trial.violations.slice(0, STORIES)) {
    if (jobId === null) continue;
    const trail = jobs.get(jobId)?.events ?? [];
    trial.timelines.set(
      jobId,
      timelineOf(jobId, { acknowledged: driver.acknowledged, ledger, trail, faults: trial.faults }),
    );
  }
  const count = (status: JobLine["status"]): number =>
    [...jobs.values()].filter(({ job }) => job.status === status).length;
  return { jobs, count };
}

/** For more jobs than can be known at once, none of which may fail: as many have completed as were acknowledged. */
export async function judgeByCount(
  trial: Trial,
  waymark: Waymark,
  { acknowledged }: Pick<Driver, "acknowledged">,
): Promise<void> {
  const { completed, ...others } = await waymark.store.counts({});
  const wanted = new Set(acknowledged.map(({ jobId }) => jobId)).size;
  trial.must(completed === wanted, "never lost", `${completed} of ${wanted} acknowledged jobs completed`);
  for (const [status, count] of Object.entries(others)) {
    trial.must(count === 0, "never stuck", `${count} jobs are ${status}`);
  }
}

/** The promise about jobs that take their workers with them: given up after three losses, not before. */
export function isPoisoned({ job, attempts }: JobStory): boolean {
  return job.error?.code === "poisoned" && attempts.filter(({ outcome }) => outcome === "lost").length === 3;
}
