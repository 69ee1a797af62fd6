/**
 * Checks an export against the invariants of docs/state-machine.md, line by line; `waymark verify` prints what it finds.
 * Pure, and it never throws: whatever a line says, the answer is a list of violations.
 *
 * Where each invariant is checked:
 *   – of one job's record                audit-facts.ts     I1 (status), I3 (facts), I4, I5, I11, I12, I15, I16, I18
 *   – of its trail                       audit-trail.ts     I1, I2, I3, I8, I13, I17, I26, I30
 *   – of its attempts beside the trail   audit-attempts.ts  I6, I7, I9, I10, I14
 *   – of its callbacks                   audit-callbacks.ts  I25
 *   – across jobs                        audit-keys.ts      I19, I20, I22
 *   – against what a driver noted        here               I23; and I26 for lines out of their place, I29 for purges
 *
 * What one export can show only in part: I12 (a lease that is over too long needs `leaseGraceMs`, as it is no dead end
 * when no rescuer lives), I18 (the percent now, not how it rose), I26 (creation and owner of the lines at hand), I29 (a
 * purged job had ended before), I30 (who and when). Checked elsewhere: I21 with schedules, I27 with streams; I28, L1
 * and L2 by the simulation.
 *
 * Memory: one job's lines at a time, one entry for each unique key of a live job and each idempotency key, two numbers
 * for each attempt under a concurrency key, and the ledger when one is given.
 */
import { auditAttempts } from "./audit-attempts.js";
import { auditCallbacks } from "./audit-callbacks.js";
import { auditFacts } from "./audit-facts.js";
import { createKeyAudit } from "./audit-keys.js";
import { auditTrail } from "./audit-trail.js";
import type { AttemptLine, CallbackLine, EventLine, ExportLine, JobLine, PurgeLine } from "./export-format.js";
import { isTerminalStatus } from "./lifecycle.js";

export interface Violation {
  /** "I1" … "I30", as in docs/state-machine.md. */
  readonly invariant: string;
  /** Null when it is about no single job. */
  readonly jobId: string | null;
  readonly message: string;
}

/** Says what is wrong with the job at hand. */
export type Report = (invariant: string, message: string) => void;

/** All lines of one job. */
export interface JobLines {
  readonly job: JobLine;
  readonly events: readonly EventLine[];
  readonly attempts: readonly AttemptLine[];
  readonly callbacks: readonly CallbackLine[];
}

export interface AuditOptions {
  /**
   * What a driver of the queue noted, for I23: the ids whose enqueue was acknowledged, and those it ever sent (whose
   * acknowledgement may have been lost). Without `sent`, jobs beyond the acknowledged ones are let pass. Tombstones must
   * have been kept.
   */
  readonly ledger?: { readonly acknowledged: Iterable<string>; readonly sent?: Iterable<string> };
  /** Ms that a lease may be over before I12 is broken: sweep interval and grace. Default: not checked. */
  readonly leaseGraceMs?: number;
  /**
   * Whether to check I22. False when the store's clock was set back (instants of different jobs then say nothing about
   * their order), or when the limit of a key was changed and jobs that named it were purged. Default true.
   */
  readonly checkLimits?: boolean;
}

export interface Auditor {
  feed(line: ExportLine): void;
  /** What was found, in the order of the lines; what needs all of them comes last. Call it once, after the last line. */
  finish(): Violation[];
}

export function createAuditor(options: AuditOptions = {}): Auditor {
  const violations: Violation[] = [];
  const reportFor =
    (jobId: string | null): Report =>
    (invariant, message) =>
      violations.push({ invariant, jobId, message });
  const keys = createKeyAudit(reportFor);
  const ledger = options.ledger === undefined ? null : createLedger(options.ledger, reportFor);
  let lines: { job: JobLine; events: EventLine[]; attempts: AttemptLine[]; callbacks: CallbackLine[] } | null = null;

  const endJob = (): void => {
    if (lines === null) return;
    const report = reportFor(lines.job.jobId);
    auditFacts(lines.job, options.leaseGraceMs ?? null, report);
    auditTrail(lines, report);
    auditAttempts(lines, report);
    auditCallbacks(lines, report);
    keys.add(lines);
    lines = null;
  };

  return {
    feed: (line) => {
      switch (line.type) {
        case "job":
          if (lines?.job.jobId === line.jobId) reportFor(line.jobId)("I26", "the job is there twice");
          endJob();
          lines = { job: line, events: [], attempts: [], callbacks: [] };
          ledger?.found(line.jobId, "job");
          return;
        case "event":
        case "attempt":
        case "callback":
          if (lines?.job.jobId !== line.jobId) {
            reportFor(line.jobId)("I26", `a line of type ${line.type} does not follow the line of its job`);
          } else if (line.type === "event") {
            lines.events.push(line);
          } else if (line.type === "attempt") {
            lines.attempts.push(line);
          } else {
            lines.callbacks.push(line);
          }
          return;
        case "purge":
          endJob();
          auditPurge(line, reportFor(line.jobId));
          keys.purged();
          ledger?.found(line.jobId, "purge");
      }
    },
    finish: () => {
      endJob();
      keys.finish(options.checkLimits ?? true);
      ledger?.finish();
      return violations;
    },
  };
}

function auditPurge({ status, finishedAt, purgedAt }: PurgeLine, report: Report): void {
  if (!isTerminalStatus(status)) report("I29", `it was purged while ${String(status)}`);
  if (!(Date.parse(finishedAt) <= Date.parse(purgedAt))) {
    report("I29", `it was purged at ${purgedAt}, before it had ended at ${finishedAt}`);
  }
}

/** I23: what was acknowledged is there or was purged, and nothing else is there. */
function createLedger(
  noted: { readonly acknowledged: Iterable<string>; readonly sent?: Iterable<string> },
  reportFor: (jobId: string) => Report,
) {
  const missing = new Set(noted.acknowledged);
  const expected = noted.sent === undefined ? null : new Set([...noted.sent, ...missing]);
  const jobs = new Set<string>();
  return {
    found: (jobId: string, as: "job" | "purge"): void => {
      missing.delete(jobId);
      if (as === "job" && jobs.has(jobId)) reportFor(jobId)("I23", "the job is there twice");
      if (as === "job") jobs.add(jobId);
      if (expected !== null && !expected.has(jobId)) reportFor(jobId)("I23", "nobody ever enqueued it");
    },
    finish: (): void => {
      for (const jobId of missing) reportFor(jobId)("I23", "its enqueue was acknowledged, and it is gone");
    },
  };
}
