/** What the faults of a PostgreSQL server have in common: jobs come and are worked on while it falls and stands up again. */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { harmOften, type Schedule } from "../kit/nemesis.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

const JOBS_PER_SECOND = 50;

export async function underServerFaults(
  trial: Trial,
  schedule: Schedule,
  harm: () => Promise<string | null>,
): Promise<void> {
  const waymark = await trial.open();
  const driver = new Driver(waymark);
  const workers = await trial.startWorkers(trial.scaled({ ci: 2, quick: 3, full: 4 }));
  const order = () => ({ definition: plain, input: { ms: trial.chance.whole(5, 100) } });
  let goesOn = true;

  const sending = driver.enqueueWhile(() => goesOn, JOBS_PER_SECOND, order);
  const faultsMs = performance.now();
  await harmOften(trial, schedule, harm);
  const lastFaultMs = performance.now();
  goesOn = false;
  await sending;
  await drained(waymark, 60_000);
  const drainedMs = performance.now() - lastFaultMs;

  const exits = workers.filter(({ running }) => !running);
  for (const { pid, errors } of exits) trial.violated("no process exit", `worker ${pid} ended: ${errors.slice(-300)}`);
  const { jobs } = await judge(trial, waymark, driver);
  trial.must(
    [...driver.refusals.keys()].every((code) => code === "store_unavailable"),
    "typed errors",
    told(driver),
  );
  trial.figure("jobs", jobs.size);
  trial.figure("faults", trial.faults.length);
  trial.figure("time under faults", (lastFaultMs - faultsMs) / 1_000, "s");
  trial.figure("enqueues refused and sent again", driver.refusals.get("store_unavailable") ?? 0);
  trial.figure("drained after the last fault", drainedMs / 1_000, "s", { atMost: 30 });
}

function told({ refusals }: Driver): string {
  return `a client was told ${[...refusals].map(([code, times]) => `${code} × ${times}`).join(", ")}`;
}
