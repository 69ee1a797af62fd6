/** The read side in memory: records, lists, counts and the facts a waiting job explains itself with. */
import { AHEAD_LIMIT, currentStatus, type JobRecord, type Tombstone, type WaitingFacts } from "../../core/job.js";
import { isWaitingStatus, JOB_STATUSES, type JobStatus } from "../../core/lifecycle.js";
import type { CountFilter, ListQuery, ReadRequest, WorkerRecord } from "../../core/store.js";
import { type Row, recordOf } from "./row.js";
import type { State } from "./state.js";

const DAY_MS = 86_400_000;

export function read(state: State, { jobIds, view, owner }: ReadRequest): (JobRecord | Tombstone | null)[] {
  const now = state.clock.now();
  return jobIds.map((jobId) => {
    const row = state.find(jobId, owner);
    if (row !== undefined) {
      const explains = view !== "status" && isWaitingStatus(row.status);
      return recordOf(row, view, explains ? waitingFacts(state, row, now) : null, now);
    }
    const tombstone = state.tombstones.get(jobId);
    return tombstone !== undefined && (owner === undefined || tombstone.owner === owner) ? { ...tombstone } : null;
  });
}

export function list(state: State, query: ListQuery): JobRecord[] {
  const now = state.clock.now();
  const page: JobRecord[] = [];
  const before = query.before === undefined ? undefined : ({ jobId: query.before } as Row);
  for (const row of state.ids.backwards(before)) {
    if (page.length >= query.limit) break;
    if (!matches(row, query)) continue;
    if (query.status !== undefined && !query.status.includes(currentStatus({ ...row, readAt: now }))) continue;
    page.push(recordOf(row, "info", null, now));
  }
  return page;
}

/** What is left of purged jobs, by id. Sorted anew for each page: only exports ask, and they ask for large pages. */
export function tombstones(state: State, after: string | null, limit: number): Tombstone[] {
  return [...state.tombstones.values()]
    .filter(({ jobId }) => after === null || jobId > after)
    .sort((a, b) => (a.jobId < b.jobId ? -1 : 1))
    .slice(0, limit)
    .map((tombstone) => ({ ...tombstone }));
}

export function counts(state: State, filter: CountFilter): Record<JobStatus, number> {
  const readAt = state.clock.now();
  const counted = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  for (const row of state.jobs.values()) {
    if (matches(row, filter)) counted[currentStatus({ status: row.status, runAt: row.runAt, readAt })]++;
  }
  return counted;
}

/** Workers heard from within the last day, newest first; the others are forgotten. */
export function recentWorkers(state: State): WorkerRecord[] {
  const now = state.clock.now();
  for (const worker of state.workers.values()) {
    if (now - worker.seenAt > DAY_MS) state.workers.delete(worker.workerId);
  }
  return [...state.workers.values()].sort((a, b) => b.seenAt - a.seenAt || b.startedAt - a.startedAt).map(copyOf);
}

function copyOf(worker: WorkerRecord): WorkerRecord {
  return { ...worker, kinds: [...worker.kinds], queues: worker.queues === null ? null : [...worker.queues] };
}

function matches(row: Row, filter: CountFilter): boolean {
  return (
    (filter.owner === undefined || row.extras.owner === filter.owner) &&
    (filter.kind === undefined || row.kind === filter.kind) &&
    (filter.queue === undefined || row.queue === filter.queue)
  );
}

function waitingFacts(state: State, row: Row, now: number): WaitingFacts {
  const { concurrencyKey } = row.extras;
  const queue = state.queues.get(row.queue);
  let liveWorkers = 0;
  let workerSeenAt: number | null = null;
  for (const worker of state.workers.values()) {
    if (!worker.kinds.includes(row.kind)) continue;
    workerSeenAt = Math.max(workerSeenAt ?? worker.seenAt, worker.seenAt);
    const takesQueue = worker.queues === null || worker.queues.includes(row.queue);
    if (takesQueue && worker.accepting && now < worker.seenAt + worker.leaseMs) liveWorkers++;
  }
  return {
    queuePausedAt: queue?.pausedAt ?? null,
    queuePausedBy: queue?.pausedBy ?? null,
    liveWorkers,
    workerSeenAt,
    ahead: Math.min(AHEAD_LIMIT, state.lanes.ahead(row, now)),
    keyHolders: concurrencyKey === null ? [] : state.lanes.holders(concurrencyKey),
  };
}
