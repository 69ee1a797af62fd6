/**
 * Jobs that take their process with them. Each is given up after three losses, and the jobs that ran beside it are run
 * again and finish.
 */
import { defineJob } from "../../../src/index.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial, WorkerProcess } from "../kit/trial.js";
import { isPoisoned, judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const WAYS = ["abort", "exit", "memory", "microtasks"] as const;
const WORKERS = 2;
const MOST_EXTRA_RUNS = 3;
/** Small, so that running out of it takes seconds. */
const HEAP = ["--max-old-space-size=64"];

export const poison: Scenario = {
  name: "poison",
  title: "poison: `process.abort()`, `process.exit(0)`, out of memory, endless microtasks",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    await Promise.all(WAYS.map((way) => serve(trial, driver, way, () => drained(waymark, 90_000, { queue: way }))));

    const { jobs } = await judge(trial, waymark, driver);
    // Runs, not claims: a job that was only held ready when its process went has not run.
    const runs = new Map<string, number>();
    for (const { jobId = "" } of trial.ledger.of("begin")) runs.set(jobId, (runs.get(jobId) ?? 0) + 1);
    let extraRuns = 0;
    for (const [jobId, story] of jobs) {
      const { job, attempts } = story;
      if (job.kind.startsWith("poison-")) {
        if (!isPoisoned(story)) {
          const told = `it is ${job.status} (${job.error?.code}) after ${attempts.length} attempts`;
          trial.violated("failed/poisoned after exactly three losses", told, jobId);
        }
      } else {
        extraRuns = Math.max(extraRuns, (runs.get(jobId) ?? 0) - 1);
      }
    }
    trial.figure("poisonous jobs", WAYS.length);
    trial.figure("most extra runs of a neighbour", extraRuns, "", { atMost: MOST_EXTRA_RUNS });
  },
};

/** A supervisor, as every deployment has one: what ends is started again, what no longer turns is killed. */
async function serve(trial: Trial, driver: Driver, way: string, drain: () => Promise<number>): Promise<void> {
  const options = { handlers: ["plain", "poison"], work: { concurrency: 5, queues: [way] }, nodeOptions: HEAP };
  const workers: WorkerProcess[] = await trial.startWorkers(WORKERS, options);
  await driver.enqueueAll([
    { definition: defineJob({ kind: `poison-${way}`, maxAttempts: 10 }), input: null, options: { queue: way } },
    ...Array.from({ length: 30 }, () => ({ definition: plain, input: { ms: 100 }, options: { queue: way } })),
  ]);
  let done = false;
  const draining = drain().then(() => void (done = true));
  while (!done) {
    for (const [place, worker] of workers.entries()) {
      if (worker.running && (await turns(worker))) continue;
      if (worker.running) worker.kill("SIGKILL");
      await worker.ended;
      trial.fault(`process ${worker.pid} is gone: ${way}`);
      if (!done) workers[place] = await trial.startWorker(options);
    }
    await pause(100);
  }
  await draining;
  for (const worker of workers) worker.kill("SIGKILL");
  await Promise.all(workers.map(({ ended }) => ended));
}

/** How long a process may be silent, before its supervisor takes it for dead: a timeout, two leases and a sweep. */
const PATIENCE_MS = 6_000;

async function turns(worker: WorkerProcess): Promise<boolean> {
  const told = worker.ping();
  return Promise.race([told, pause(PATIENCE_MS).then(() => false), worker.ended.then(() => false)]);
}
