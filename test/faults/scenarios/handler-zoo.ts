/** Handlers that end in every way a handler can, all in one process: each outcome is recorded, and on the right job. */

import { defineJob } from "../../../src/index.js";
import { COMPLETES, EITHER, WAYS } from "../child/handlers/zoo.mjs";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

export const handlerZoo: Scenario = {
  name: "handler-zoo",
  title: "handler zoo: rejects later, never settles, throws null / Symbol / Proxy / 1 MB / NUL / cyclic cause",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const rounds = trial.scaled({ ci: 1, quick: 5, full: 50 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const worker = await trial.startWorker({
      handlers: ["plain", "zoo"],
      // What never settles keeps its slot for ten leases, so there are slots enough for all of them. A megabyte takes its
      // time to be redacted, so the lease is that of production. A forgotten promise that rejects ends
      // the process by default, as Node has it; here it is to be blamed on its job.
      work: { leaseMs: 30_000, concurrency: 200, strayRejections: "record" },
    });
    for (let round = 0; round < rounds; round++) {
      await driver.enqueueAll(
        WAYS.flatMap((way) => [
          { definition: defineJob({ kind: `zoo-${way}`, maxAttempts: 1 }), input: null },
          { definition: plain, input: { ms: 5 } },
        ]),
      );
    }
    await drained(waymark, 60_000);

    const { jobs, count } = await judge(trial, waymark, driver, {
      mayFail: ({ job }) => job.kind.startsWith("zoo-"),
    });
    for (const [jobId, { job }] of jobs) {
      const way = job.kind.slice("zoo-".length);
      if (!job.kind.startsWith("zoo-") || EITHER.includes(way)) continue;
      const wanted = COMPLETES.includes(way) ? "completed" : "failed";
      if (job.status !== wanted) trial.violated("outcome recorded", `${way} is recorded as ${job.status}`, jobId);
    }
    trial.must(worker.running, "process alive", `the worker ended: ${worker.errors}`);
    trial.figure("ways to end", WAYS.length);
    trial.figure("jobs", jobs.size);
    trial.figure("recorded", (100 * (count("completed") + count("failed"))) / jobs.size, "%", { atLeast: 100 });
  },
};
