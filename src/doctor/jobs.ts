/** Jobs that should have moved on: leases that nobody took back, jobs past their time, pauses that somebody forgot. */
import { type Finding, problem, warning, well } from "../core/finding.js";
import type { JobRecord } from "../core/job.js";
import type { JobStatus } from "../core/lifecycle.js";
import type { Store } from "../core/store.js";
import { countText, durationText, listText } from "../explain/wording.js";

const PAGE = 200;
const LOOKED_AT = 2_000;
/** A sweep comes every 10 s unless asked otherwise; a lost lease or an expiry older than this was swept by nobody. */
const SWEPT_MS = 60_000;
const FORGOTTEN_MS = 86_400_000;

export async function examineJobs(store: Store): Promise<Finding[]> {
  return [
    leases(await page(store, ["processing"])),
    expiries(await page(store, ["pending", "scheduled", "retrying"])),
    await pauses(store),
  ];
}

async function page(store: Store, status: readonly JobStatus[]): Promise<JobRecord[]> {
  const jobs: JobRecord[] = [];
  for (let before: string | undefined; jobs.length < LOOKED_AT; ) {
    const part = await store.list({ status, limit: PAGE, ...(before === undefined ? {} : { before }) });
    jobs.push(...part);
    before = part.at(-1)?.jobId;
    if (part.length < PAGE) break;
  }
  return jobs;
}

function leases(running: readonly JobRecord[]): Finding {
  const check = "leases";
  const over = running
    .map((job) => ({ job, overMs: job.readAt - (job.leaseExpiresAt ?? job.readAt) }))
    .filter(({ overMs }) => overMs > SWEPT_MS);
  if (over.length === 0)
    return well(check, `${countText(running.length, "job")} running, each under a lease that holds.`);
  const worst = Math.max(...over.map(({ overMs }) => overMs));
  const detail = `${countText(over.length, "job")} held by workers that are gone, the longest for ${durationText(worst)}.`;
  return problem(
    check,
    detail,
    "Nobody sweeps: start a worker, whichever kind it takes, and it takes them back within seconds.",
  );
}

function expiries(waiting: readonly JobRecord[]): Finding {
  const check = "expiry";
  const over = waiting.filter(({ expiresAt, readAt }) => expiresAt !== null && readAt - expiresAt > SWEPT_MS);
  if (over.length === 0) return well(check, "No job waits past its time.");
  const detail = `${countText(over.length, "job")} waiting past their expiry.`;
  return problem(check, detail, "Nobody sweeps: start a worker, whichever kind it takes, and it ends them as expired.");
}

async function pauses(store: Store): Promise<Finding> {
  const check = "pauses";
  const paused = (await store.queues()).filter(({ pausedAt }) => pausedAt !== null);
  if (paused.length === 0) return well(check, "No queue is paused.");
  const now = (await store.list({ limit: 1 }))[0]?.readAt ?? 0;
  const counts = await Promise.all(paused.map(({ queue }) => store.counts({ queue })));
  const told = paused.flatMap(({ queue, pausedAt, pausedBy }, i) => {
    const waiting = counts[i]!.pending + counts[i]!.scheduled + counts[i]!.retrying;
    if (waiting === 0 || now - (pausedAt ?? now) < FORGOTTEN_MS) return [];
    return [
      `${queue} by ${pausedBy ?? "somebody"} since ${durationText(now - pausedAt!)}, ${countText(waiting, "job")} waiting`,
    ];
  });
  const names = listText(paused.map(({ queue }) => queue));
  if (told.length === 0) return well(check, `Paused, and not for long: ${names}.`);
  return warning(check, `Paused: ${listText(told)}.`, "End the pause when it was forgotten: waymark resume QUEUE.");
}
