/**
 * Collects what handlers report, so that calls of `ctx.progress` cost nothing: per job the last value wins, and one
 * statement per process carries all of them, at most four times a second. What was reported last is always written.
 */
import type { Clock } from "../core/clock.js";
import type { HoldAnswer, LeaseRef, LogLine, Report, Store } from "../core/store.js";
import { leaseKey } from "./lease-key.js";

/** At most about 4 writes a second per job. */
const EVERY_MS = 250;

export interface ReportBuffer {
  /** Merges into what waits for this job. */
  put(lease: LeaseRef, patch: Omit<Report, "jobId" | "fence">): void;
  /** Writes what waits, this job's included, now. Resolves when the store has answered; never rejects. */
  flush(lease: LeaseRef): Promise<void>;
  /** Forgets what waits for a job: its attempt is over. */
  drop(lease: LeaseRef): void;
}

export interface ReportBufferOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly onAnswer: (lease: LeaseRef, answer: HoldAnswer) => void;
  readonly onTrouble: (error: unknown) => void;
}

export function createReportBuffer({ store, clock, onAnswer, onTrouble }: ReportBufferOptions): ReportBuffer {
  let waiting = new Map<string, Report>();
  let writing: Promise<void> | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  let armed = false;

  const arm = (): void => {
    if (armed || waiting.size === 0) return;
    armed = true;
    clock.after(Math.max(0, nextAt - clock.monotonic()), () => {
      armed = false;
      void write();
    });
  };

  const write = async (): Promise<void> => {
    while (writing !== null) await writing;
    if (waiting.size === 0) return;
    const reports = [...waiting.values()];
    waiting = new Map();
    nextAt = clock.monotonic() + EVERY_MS;
    writing = send(reports).finally(() => {
      writing = null;
    });
    await writing;
    arm();
  };

  const send = async (reports: readonly Report[]): Promise<void> => {
    try {
      const answers = await store.report(reports);
      reports.forEach((report, i) => onAnswer(report, answers[i]!));
    } catch (error) {
      onTrouble(error);
      // Newer values win over what could not be written.
      for (const report of reports) waiting.set(leaseKey(report), merge(report, waiting.get(leaseKey(report))));
    }
  };

  return {
    put: (lease, patch) => {
      const { jobId, fence } = lease;
      const key = leaseKey(lease);
      waiting.set(key, merge(waiting.get(key) ?? { jobId, fence }, { jobId, fence, ...patch }));
      arm();
    },
    flush: async (lease) => {
      while (writing !== null) await writing;
      if (waiting.has(leaseKey(lease))) await write();
    },
    drop: (lease) => {
      waiting.delete(leaseKey(lease));
    },
  };
}

function merge(older: Report, newer: Report | undefined): Report {
  if (newer === undefined) return older;
  const kept = newer.stage !== undefined && newer.stage !== older.stage ? withoutFigures(older) : older;
  const logs: readonly LogLine[] = [...(older.logs ?? []), ...(newer.logs ?? [])];
  return { ...kept, ...newer, ...(logs.length === 0 ? {} : { logs }) };
}

/** A new stage begins without done, total and message. */
function withoutFigures({ done: _done, total: _total, message: _message, ...rest }: Report): Report {
  return rest;
}
