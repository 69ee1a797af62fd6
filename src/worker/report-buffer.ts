/**
 * Collects what handlers report, so that calls of `ctx.progress` cost nothing: per job the last value wins, and one
 * statement per process carries all of them, at most four times a second; less often, down to once a second, where
 * hundreds of jobs report at once. What was reported last is always written.
 */
import type { Clock } from "../core/clock.js";
import type { HoldAnswer, LeaseRef, LogLine, Report, Store } from "../core/store.js";

/** At most 4 writes a second per job, also in a second that begins with the first, which is written at once. */
const EVERY_MS = 300;
/** Of all jobs of a process together: beyond that, each is written less often, so that other jobs do not suffer. */
const REPORTS_A_SECOND = 1_500;
/** However many they are, each is written so often. */
const SLOWEST_MS = 1_000;

/** `Lease` is known by its identity: whoever reports passes the same object again. */
export interface ReportBuffer<Lease extends LeaseRef = LeaseRef> {
  /** Merges into what waits for this job. */
  put(lease: Lease, patch: ReportPatch): void;
  /**
   * The same, with a patch that is made when it is about to be written, or when `put` comes after it. Handed in again
   * before that, it costs nothing.
   */
  putLater(lease: Lease, makePatch: () => ReportPatch): void;
  /**
   * Writes what waits for this job now, in one call with the others flushed at the same time; what else waits keeps its
   * pace. Resolves when the store has answered; never rejects.
   */
  flush(lease: Lease): Promise<void>;
  /** Forgets what waits for a job: its attempt is over. */
  drop(lease: Lease): void;
}

export interface ReportBufferOptions<Lease extends LeaseRef> {
  readonly store: Pick<Store, "report">;
  readonly clock: Clock;
  readonly onAnswer: (lease: Lease, answer: HoldAnswer) => void;
  readonly onTrouble: (error: unknown) => void;
}

export type ReportPatch = Omit<Report, "jobId" | "fence">;
type MutableReport = { -readonly [K in keyof Report]: Report[K] };
interface Waiting {
  readonly report: MutableReport;
  makePatch: (() => ReportPatch) | null;
}

export function createReportBuffer<Lease extends LeaseRef>(options: ReportBufferOptions<Lease>): ReportBuffer<Lease> {
  const { store, clock, onAnswer, onTrouble } = options;
  let waiting = new Map<Lease, Waiting>();
  let urgent = new Set<Lease>();
  let urgentWrite: Promise<void> | null = null;
  let writing: Promise<void> | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  let armed = false;

  const arm = (): void => {
    if (armed || waiting.size === 0) return;
    armed = true;
    clock.after(Math.max(0, nextAt - clock.monotonic()), () => {
      armed = false;
      void write(takeAll);
    });
  };

  const takeAll = (): Map<Lease, Waiting> => {
    const taken = waiting;
    waiting = new Map();
    const paceMs = (1_000 * taken.size) / REPORTS_A_SECOND;
    nextAt = clock.monotonic() + Math.min(SLOWEST_MS, Math.max(EVERY_MS, paceMs));
    return taken;
  };
  const takeUrgent = (): Map<Lease, Waiting> => {
    const taken = new Map<Lease, Waiting>();
    for (const lease of urgent) {
      const one = waiting.get(lease);
      if (one !== undefined) taken.set(lease, one);
      waiting.delete(lease);
    }
    urgent = new Set();
    urgentWrite = null;
    return taken;
  };

  /** Never two writes at once: an older value must not arrive after a newer one. */
  const write = async (take: () => Map<Lease, Waiting>): Promise<void> => {
    while (writing !== null) await writing;
    const taken = take();
    if (taken.size === 0) return;
    writing = send(taken).finally(() => {
      writing = null;
    });
    await writing;
    arm();
  };

  const send = async (taken: ReadonlyMap<Lease, Waiting>): Promise<void> => {
    try {
      const answers = await store.report([...taken.values()].map(whole));
      let i = 0;
      for (const lease of taken.keys()) onAnswer(lease, answers[i++]!);
    } catch (error) {
      onTrouble(error);
      // Newer values win over what could not be written.
      for (const [lease, one] of taken) {
        const newer = waiting.get(lease);
        if (newer !== undefined) merge(one.report, whole(newer));
        waiting.set(lease, one);
      }
    }
  };

  const waitingOf = (lease: Lease): Waiting => {
    let one = waiting.get(lease);
    if (one === undefined) {
      one = { report: { jobId: lease.jobId, fence: lease.fence }, makePatch: null };
      waiting.set(lease, one);
      arm();
    }
    return one;
  };

  return {
    put: (lease, patch) => {
      const one = waitingOf(lease);
      merge(whole(one), patch);
    },
    putLater: (lease, makePatch) => {
      waitingOf(lease).makePatch = makePatch;
    },
    flush: async (lease) => {
      while (writing !== null) await writing;
      if (!waiting.has(lease)) return;
      urgent.add(lease);
      // Those that are flushed in the same tick go together.
      urgentWrite ??= Promise.resolve().then(() => write(takeUrgent));
      await urgentWrite;
    },
    drop: (lease) => {
      waiting.delete(lease);
    },
  };
}

/** The report with what was handed in to be made later. */
function whole(one: Waiting): MutableReport {
  if (one.makePatch !== null) merge(one.report, one.makePatch());
  one.makePatch = null;
  return one.report;
}

/** Puts the newer report over the older one, in place. A new stage begins without done, total and message. */
function merge(older: MutableReport, newer: ReportPatch): void {
  const logs: readonly LogLine[] | undefined =
    older.logs === undefined || newer.logs === undefined ? (newer.logs ?? older.logs) : [...older.logs, ...newer.logs];
  if (newer.stage !== undefined && newer.stage !== older.stage) {
    delete older.done;
    delete older.total;
    delete older.message;
  }
  Object.assign(older, newer);
  if (logs !== undefined) older.logs = logs;
}
