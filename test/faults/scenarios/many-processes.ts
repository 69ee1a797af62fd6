/** Several processes work on one SQLite file as fast as it lets them. */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

const PROCESSES = 4;

export const manyProcesses: Scenario = {
  name: "many-processes",
  title: "SQLite: 4 processes, one file",
  stores: ["sqlite"],
  inCi: true,
  run: async (trial) => {
    const jobs = trial.scaled({ ci: 1_000, quick: 4_000, full: 20_000 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(PROCESSES, { work: { leaseMs: 10_000, concurrency: 20 } });
    const startedAt = performance.now();
    await driver.enqueueAll(Array.from({ length: jobs }, () => ({ definition: plain, input: { ms: 1 } })));
    await drained(waymark, 240_000);
    const seconds = (performance.now() - startedAt) / 1_000;
    for (const worker of workers) worker.kill("SIGTERM");
    const lags = await Promise.all(workers.map(async (worker) => (await worker.line("stopped"))["lagMs"]));

    const { jobs: stories } = await judge(trial, waymark, driver, { mayFail: () => false });
    const begins = new Map<string, number>();
    for (const { jobId, fence } of trial.ledger.of("begin")) {
      const claim = `${jobId} ${fence}`;
      begins.set(claim, (begins.get(claim) ?? 0) + 1);
    }
    for (const [claim, times] of begins) {
      if (times > 1)
        trial.violated("never claimed twice", `fence ${claim} was run ${times} times`, claim.split(" ")[0]);
    }
    const busy = trial.ledger
      .of("trouble")
      .filter(({ error }) => /SQLITE_BUSY|database is locked/i.test(String(error)));
    trial.must(busy.length === 0, "no SQLITE_BUSY reaches a user", JSON.stringify(busy[0]));
    trial.must(driver.refusals.size === 0, "no SQLITE_BUSY reaches a user", [...driver.refusals.keys()].join());
    trial.figure("jobs", stories.size);
    trial.figure("jobs a second, enqueue to end", jobs / seconds);
    trial.figure("claims run twice", [...begins.values()].filter((times) => times > 1).length, "", { atMost: 0 });
    const p99 = Math.max(...lags.map((lag) => (lag as { p99: number }).p99));
    trial.figure("event loop, p99 of its stalls", p99, "ms", { atMost: 50 });
  },
};
