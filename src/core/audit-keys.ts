/** The invariants across jobs: unique keys, idempotency keys, and limits of concurrency keys. */
import type { JobLines, Report } from "./audit.js";
import type { EventLine, Instant, JobLine } from "./export-format.js";
import { ATTEMPT_OUTCOMES, isTerminalStatus } from "./lifecycle.js";

export interface KeyAudit {
  add(lines: JobLines): void;
  /** A job was purged, and what it said of its concurrency key with it. */
  purged(): void;
  finish(checkLimits: boolean): void;
}

/** A job that holds its unique key from `since`, as last seen at `seenAt`; ms. */
interface Holder {
  readonly jobId: string;
  readonly since: number;
  readonly seenAt: number;
}
interface ConcurrencyKey {
  readonly limits: { readonly from: number; readonly limit: number }[];
  readonly runs: { readonly jobId: string; readonly start: number; readonly end: number }[];
}

export function createKeyAudit(reportFor: (jobId: string) => Report): KeyAudit {
  const unique = new Map<string, Holder[]>();
  const idempotent = new Map<string, string>();
  const concurrency = new Map<string, ConcurrencyKey>();
  let somePurged = false;

  const addUnique = (job: JobLine, events: readonly EventLine[]): void => {
    if (job.uniqueKey === null || isTerminalStatus(job.status)) return;
    const opened = events.findLast(({ event }) => event === "retry")?.at ?? job.createdAt;
    const holder = { jobId: job.jobId, since: Date.parse(opened), seenAt: Date.parse(job.readAt) };
    const key = JSON.stringify([job.owner, job.uniqueKey]);
    const holders = unique.get(key) ?? [];
    // Each was live when it was read; in a store at work, that two were read live does not mean that both were at once.
    const other = holders.find((one) => one.since < holder.seenAt && holder.since < one.seenAt);
    if (other !== undefined) {
      reportFor(job.jobId)("I19", `it is live, and so is ${other.jobId} with the same unique key ${job.uniqueKey}`);
    }
    unique.set(key, [...holders, holder]);
  };

  const addIdempotent = ({ jobId, owner, idempotencyKey }: JobLine): void => {
    if (idempotencyKey === null) return;
    const key = JSON.stringify([owner, idempotencyKey]);
    const other = idempotent.get(key);
    if (other === undefined) idempotent.set(key, jobId);
    else reportFor(jobId)("I20", `it has the same idempotency key as ${other}: ${idempotencyKey}`);
  };

  const addConcurrent = (job: JobLine, events: readonly EventLine[]): void => {
    if (job.concurrencyKey === null) return;
    const entry = concurrency.get(job.concurrencyKey) ?? { limits: [], runs: [] };
    entry.limits.push({ from: Date.parse(job.createdAt), limit: job.concurrencyLimit ?? 1 });
    for (const { start, end } of runsOf(events)) entry.runs.push({ jobId: job.jobId, start, end });
    concurrency.set(job.concurrencyKey, entry);
  };

  return {
    add: ({ job, events }) => {
      addUnique(job, events);
      addIdempotent(job);
      addConcurrent(job, events);
    },
    purged: () => {
      somePurged = true;
    },
    finish: (checkLimits) => {
      if (!checkLimits) return;
      for (const [key, entry] of concurrency) auditLimit(key, entry, somePurged, reportFor);
    },
  };
}

function runsOf(events: readonly EventLine[]): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (const { event, at } of events) {
    if (event === "claim") runs.push({ start: Date.parse(at), end: Number.POSITIVE_INFINITY });
    const last = runs.at(-1);
    if (ATTEMPT_OUTCOMES[event] !== undefined && last !== undefined) runs[runs.length - 1] = { ...last, end: ms(at) };
  }
  return runs;
}

/**
 * I22: whoever is claimed finds a free slot. What ends in the same millisecond ended before, also what began in it. The newest enqueue decides
 * the limit of a key; one of the same millisecond as the claim may have come before or after it. When jobs were purged,
 * the newest one may be gone: then the largest limit known counts.
 */
function auditLimit(
  key: string,
  { limits, runs }: ConcurrencyKey,
  somePurged: boolean,
  reportFor: (jobId: string) => Report,
): void {
  const steps = limits.toSorted((a, b) => a.from - b.from);
  const largest = steps.reduce((most, { limit }) => Math.max(most, limit), 0);
  let [next, since, newest] = [0, Number.NaN, 0];
  let going: typeof runs = [];
  for (const run of runs.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    for (let step = steps[next]; step !== undefined && step.from < run.start; step = steps[++next]) {
      newest = step.from === since ? Math.max(newest, step.limit) : step.limit;
      since = step.from;
    }
    let possible = somePurged ? largest : newest;
    for (let i = next; steps[i]?.from === run.start; i++) possible = Math.max(possible, steps[i]?.limit ?? 0);
    going = going.filter(({ end }) => end > run.start);
    going.push(run);
    if (going.length > possible) {
      reportFor(run.jobId)("I22", `it was claimed as number ${going.length} under ${key}, whose limit is ${possible}`);
    }
  }
}

function ms(at: Instant): number {
  return Date.parse(at);
}
