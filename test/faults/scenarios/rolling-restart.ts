/** A deployment: one worker after the other is stopped with SIGTERM and replaced, while jobs keep coming. */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { harmOften } from "../kit/nemesis.js";
import type { Scenario } from "../kit/scenario.js";
import { POLL_MS } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { patient, plain } from "./definitions.js";

const WORKERS = 4;
const GRACE_MS = 2_000;
/** Nothing here waits for a lease to end, so a disk that stalls for seconds must not end one either. */
const WORK = { shutdownGraceMs: GRACE_MS, leaseMs: 30_000 };
/** What a process needs to end its short jobs and to let go of its store; one with a long job waits for the grace besides. */
const EXIT_GOAL_MS = 1_000;

export const rollingRestart: Scenario = {
  name: "rolling-restart",
  title: "rolling restart: SIGTERM to one of 4 workers every 2 s",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { times, perSecond } = trial.scaled({
      ci: { times: 4, perSecond: 20 },
      quick: { times: 10, perSecond: 30 },
      full: { times: 60, perSecond: 50 },
    });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(WORKERS, { work: WORK });
    const exitsMs = new Map<string, number>();
    const askedToEnd = new Map<string, number>();
    const orders = Array.from({ length: times * 2 * perSecond }, () =>
      // Some take longer than the grace allows for: those are given back.
      trial.chance.happens(0.01)
        ? { definition: patient, input: { ms: 2 * GRACE_MS } }
        : { definition: plain, input: { ms: trial.chance.whole(5, 80) } },
    );

    const sending = driver.enqueueOver(times * 2_000, orders);
    await harmOften(trial, { times, gapMs: [1_900, 2_100] }, async (turn) => {
      const place = turn % WORKERS;
      const old = workers[place]!;
      const askedAt = performance.now();
      askedToEnd.set(old.workerId, Date.now());
      old.kill("SIGTERM");
      void old.ended.then(({ code, signal }) => {
        exitsMs.set(old.workerId, performance.now() - askedAt);
        trial.must(code === 0, "clean exit", `process ${old.pid} ended with ${signal ?? code}: ${old.errors}`);
      });
      workers[place] = await trial.startWorker({ work: WORK });
      return `SIGTERM to process ${old.pid}`;
    });
    await sending;
    await drained(waymark, 30_000);

    const { jobs } = await judge(trial, waymark, driver, { mayFail: () => false });
    const waits: number[] = [];
    let released = 0;
    const hadLong = new Set<string>();
    for (const [jobId, { job, attempts, events }] of jobs) {
      if (job.attempt !== 1) trial.violated("no attempt charged", `it took ${job.attempt} charged attempts`, jobId);
      for (const { outcome, workerId, endedAt } of attempts) {
        if (outcome === "released") released++;
        // Given back after the grace, or ended within it: waited for in any case.
        const waitedFor = Date.parse(endedAt ?? "") >= (askedToEnd.get(workerId) ?? Number.POSITIVE_INFINITY);
        if (job.kind === patient.kind && waitedFor) hadLong.add(workerId);
      }
      for (const [i, row] of events.entries()) {
        if (row.event === "claim") waits.push(Date.parse(row.at) - Date.parse(events[i - 1]!.at));
      }
    }
    trial.figure("jobs", jobs.size);
    trial.figure("restarts", times);
    trial.figure("attempts given back", released);
    const slowest = (isLong: boolean): number =>
      Math.max(0, ...[...exitsMs].filter(([workerId]) => hadLong.has(workerId) === isLong).map(([, ms]) => ms));
    trial.figure("slowest exit", slowest(false), "ms", { atMost: EXIT_GOAL_MS });
    const long = `slowest exit with a long job, and ${GRACE_MS / 1_000} s of grace`;
    trial.figure(long, slowest(true), "ms", { atMost: GRACE_MS + EXIT_GOAL_MS });
    trial.figure("longest wait of a job", Math.max(...waits), "ms", { atMost: POLL_MS });
  },
};
