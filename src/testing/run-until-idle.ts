/**
 * Works off a queue inside a test: starts a worker, lets it run until nothing is left to do, and stops it. With a fake
 * clock no time passes on the wall; the clock is turned from one due time to the next.
 */
import { sleep, systemClock } from "../core/clock.js";
import type { BoundHandler } from "../core/define-job.js";
import { type Duration, toMs } from "../core/duration.js";
import { currentStatus, type JobRecord } from "../core/job.js";
import type { Store } from "../core/store.js";
import type { Waymark } from "../waymark.js";
import type { WorkOptions } from "../worker/worker.js";
import type { FakeClock } from "./fake-clock.js";

export interface RunUntilIdleOptions extends WorkOptions {
  /** The clock the Waymark was opened with, when it is a fake one. Default: real time passes. */
  readonly clock?: FakeClock;
  /**
   * Go on until every job has ended, also those that are due later: scheduled, snoozed, and waiting for another attempt.
   * Default false: until nothing is due and nothing runs.
   */
  readonly untilAllEnded?: boolean;
  /** Give up after this much time of the clock. Default 7 days by a fake clock, 10 s by the real one. */
  readonly within?: Duration;
}

/** Looks in a row at due jobs that nobody takes, after which it is clear that nobody ever will. */
const IDLE_LOOKS = 50;
/** How far a fake clock is turned while something runs or is about to, as handlers may wait on it; longer if they do. */
const STEP_MS = 100;
const LONGEST_STEP_MS = 600_000;
const REAL_STEP_MS = 10;
const PAGE = 200;

/**
 * @returns how many attempts were started
 * @throws {Error} when it would never end: says which jobs are left and why they wait
 * @throws {WaymarkError} `duplicate_handler`, `invalid_option`
 */
export async function runUntilIdle(
  waymark: Waymark,
  handlers: readonly BoundHandler[],
  options: RunUntilIdleOptions = {},
): Promise<number> {
  const { clock, untilAllEnded = false, within, ...workOptions } = options;
  const time = clock ?? systemClock;
  const endAt = time.monotonic() + toMs(within ?? (clock === undefined ? "10s" : "7d"), "within");
  let attempts = 0;
  const stopCounting = waymark.on((event) => {
    if (event.type === "started") attempts++;
  });
  const pass = (ms: number): Promise<void> => clock?.advance(ms) ?? sleep(systemClock, Math.min(ms, REAL_STEP_MS));
  // Hints and due times wake the worker; a long poll spares the clock many turns.
  const pollMs = clock === undefined ? 100 : 60_000;
  const worker = waymark.work(handlers, { pollMs, ...workOptions });
  try {
    let face = "";
    for (let idleLooks = 0; ; ) {
      await pass(0);
      const left = await activeJobs(waymark.store);
      if (isDone(left, untilAllEnded)) return attempts;
      idleLooks = faceOf(left) === face ? idleLooks + 1 : 0;
      face = faceOf(left);
      const stuck = clock !== undefined && idleLooks >= IDLE_LOOKS && !left.some(isRunning);
      if (stuck || time.monotonic() >= endAt) throw new Error(await whatIsLeft(waymark, left));
      await pass(nextStep(left, idleLooks));
    }
  } finally {
    stopCounting();
    await stopWorker(worker.stop(), clock);
  }
}

/** Jobs that have not ended, but for those that another queue runs: no worker of ours ever touches them. */
async function activeJobs(store: Store): Promise<JobRecord[]> {
  const active: JobRecord[] = [];
  for (let before: string | undefined; ; ) {
    const page = await store.list({
      status: ["scheduled", "pending", "retrying", "processing"],
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    active.push(...page.filter(({ recorded }) => !recorded));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return active;
    before = last.jobId;
  }
}

function isDone(left: readonly JobRecord[], untilAllEnded: boolean): boolean {
  return untilAllEnded ? left.length === 0 : left.every((job) => !isRunning(job) && dueInMs(job) > 0);
}

/** When all that is left waits for a later time, straight to the first of it. */
function nextStep(left: readonly JobRecord[], idleLooks: number): number {
  const soonest = left.some(isRunning) ? 0 : Math.min(...left.map(dueInMs));
  return soonest > 0 ? soonest : Math.min(LONGEST_STEP_MS, STEP_MS * 2 ** idleLooks);
}

function isRunning({ status }: JobRecord): boolean {
  return status === "processing";
}

function dueInMs({ runAt, readAt }: JobRecord): number {
  return runAt - readAt;
}

/** What would change if anything happened. */
function faceOf(left: readonly JobRecord[]): string {
  return left.map((job) => `${job.jobId} ${currentStatus(job)} ${job.seq} ${job.updatedAt}`).join("\n");
}

async function whatIsLeft(waymark: Waymark, left: readonly JobRecord[]): Promise<string> {
  const shown = left.slice(0, 10);
  const lines: string[] = [];
  for (const { jobId, kind } of shown) {
    const info = await waymark.tracker.getStatus(jobId);
    if (info === null) continue;
    const why = "waiting" in info && info.waiting !== null ? `, because of: ${info.waiting.reason}` : "";
    lines.push(`  ${jobId} (${kind}) is ${info.status}, attempt ${info.attempt} of ${info.maxAttempts}${why}`);
  }
  const more = left.length > shown.length ? `\n  and ${left.length - shown.length} more` : "";
  return `runUntilIdle would never end. These jobs are left:\n${lines.join("\n")}${more}`;
}

/** Stopping may wait on the clock, for the grace of a handler that does not end. */
async function stopWorker(stopping: Promise<void>, clock: FakeClock | undefined): Promise<void> {
  let stopped = false;
  const done = stopping.then(() => {
    stopped = true;
  });
  while (clock !== undefined && !stopped) await clock.advance(STEP_MS);
  await done;
}
