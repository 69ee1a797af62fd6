/** Ten thousand jobs fail at the same moment, as they do when a service they need goes away: they come back spread out. */
import { defineJob } from "../../../src/index.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { until } from "../kit/wait.js";

/** Twenty seconds make twenty counts. */
const WINDOW_S = 20;
const doomed = defineJob({ kind: "doomed", maxAttempts: 50, backoff: { base: `${WINDOW_S}s` } });

export const retryStorm: Scenario = {
  name: "retry-storm",
  title: "10,000 jobs fail in the same second",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const jobs = trial.scaled({ ci: 1_000, quick: 4_000, full: 10_000 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    await driver.enqueueAll(Array.from({ length: jobs }, () => ({ definition: doomed, input: null })));
    const worker = await trial.startWorker({
      handlers: ["doomed"],
      work: { leaseMs: 60_000, concurrency: jobs },
    });
    await until("every job has failed once", 120_000, async () => {
      const counts = await waymark.store.counts({});
      return counts.pending + counts.processing === 0 || trial.ledger.of("acked").length >= jobs;
    });
    worker.kill("SIGKILL");
    await worker.ended;

    const { jobs: stories } = await judge(trial, waymark, driver, { allEnded: false });
    const waits: number[] = [];
    const failedAt: number[] = [];
    for (const { job, events } of stories.values()) {
      const failed = events.find(({ event }) => event === "fail_retry");
      if (failed === undefined || job.attempt !== 1) continue;
      failedAt.push(Date.parse(failed.at));
      waits.push(Date.parse(job.runAt) - Date.parse(failed.at));
    }
    const perSecond = new Array<number>(WINDOW_S).fill(0);
    for (const ms of waits) perSecond[Math.min(WINDOW_S - 1, Math.floor(ms / 1_000))]!++;
    const mean = waits.length / WINDOW_S;
    trial.must(waits.length > 0.5 * jobs, "the fault was felt", `${waits.length} of ${jobs} wait for a retry`);
    trial.figure("jobs", jobs);
    trial.figure("all failed within", (Math.max(...failedAt) - Math.min(...failedAt)) / 1_000, "s");
    trial.figure("retries in the fullest second, over the mean", Math.max(...perSecond) / mean, "×", { atMost: 3 });
  },
};
