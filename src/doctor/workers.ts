/** Workers that fell silent, and kinds that wait without a living one. */
import { type Finding, problem, warning, well } from "../core/finding.js";
import { currentStatus, type JobRecord } from "../core/job.js";
import type { Store, WorkerRecord } from "../core/store.js";
import { countText, durationText, listText } from "../explain/wording.js";

/** Waiting jobs looked at, the newest first. */
const LOOKED_AT = 1_000;
/** A worker that has been silent for longer is history, not news. */
const NEWS_MS = 3_600_000;
/** A job waits for a worker as long as it may take one to start. */
const PATIENCE_MS = 60_000;

export async function examineWorkers(store: Store): Promise<Finding[]> {
  const [workers, waiting] = await Promise.all([
    store.workers(),
    store.list({ status: ["pending"], limit: LOOKED_AT }),
  ]);
  const now = await nowOf(store, workers, waiting);
  const live = workers.filter(({ seenAt, leaseMs, accepting }) => accepting && seenAt + leaseMs > now);
  return [silent(workers, live, now), unserved(waiting, live)];
}

/** The store's clock: what it last wrote down is no later. */
async function nowOf(store: Store, workers: readonly WorkerRecord[], known: readonly JobRecord[]): Promise<number> {
  const read = known[0] ?? (await store.list({ limit: 1 }))[0];
  return read?.readAt ?? Math.max(0, ...workers.map(({ seenAt }) => seenAt));
}

function silent(workers: readonly WorkerRecord[], live: readonly WorkerRecord[], now: number): Finding {
  const check = "workers";
  const gone = workers.filter((worker) => worker.accepting && !live.includes(worker) && now - worker.seenAt < NEWS_MS);
  const alive = live.length === 0 ? "No worker lives" : `${countText(live.length, "worker")} alive`;
  if (gone.length === 0) return well(check, `${alive}; none fell silent in the last hour.`);
  const told = gone.map(({ host, pid, seenAt }) => `${host} (process ${pid}) since ${durationText(now - seenAt)}`);
  const advice =
    "It was killed, hangs, or cannot reach the store; its jobs are taken back by the others. Look at its log.";
  return warning(check, `${alive}; fell silent without saying good-bye: ${listText(told)}.`, advice);
}

function unserved(waiting: readonly JobRecord[], live: readonly WorkerRecord[]): Finding {
  const check = "waiting kinds";
  const due = waiting.filter((job) => !job.recorded && currentStatus(job) === "pending");
  const stuck = due.filter((job) => job.readAt - job.runAt > PATIENCE_MS && !live.some((worker) => takes(worker, job)));
  if (stuck.length === 0) return well(check, "Every kind that waits has a living worker.");
  const lanes = [...new Set(stuck.map(({ kind, queue }) => `${kind} in ${queue}`))];
  const advice = "Start a worker with a handler for it on that queue, or cancel the jobs.";
  return problem(check, `No living worker takes ${listText(lanes)}.`, advice);
}

function takes({ kinds, queues }: WorkerRecord, { kind, queue }: JobRecord): boolean {
  return kinds.includes(kind) && (queues === null || queues.includes(queue));
}
