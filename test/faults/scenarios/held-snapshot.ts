/** Somebody holds a snapshot open for minutes, so that PostgreSQL may not clean up behind the queue. */
import pg from "pg";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { Load } from "../kit/load.js";
import type { Scenario } from "../kit/scenario.js";
import { judge, judgeByCount } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const RECOVERY_GOAL_S = 60;

export const heldSnapshot: Scenario = {
  name: "held-snapshot",
  title: "a snapshot held open for 5 minutes at load",
  stores: ["postgres"],
  inCi: false,
  run: async (trial) => {
    const { heldMs, lookMs } = trial.scaled({
      ci: { heldMs: 5_000, lookMs: 3_000 },
      quick: { heldMs: 6_000, lookMs: 2_000 },
      full: { heldMs: 300_000, lookMs: 20_000 },
    });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    await trial.startWorkers(2, { work: { leaseMs: 30_000, concurrency: 50 } });
    const load = new Load(trial, driver, () => ({ definition: plain, input: { ms: 0 } }));
    await pause(lookMs);
    const undisturbed = await load.rate(lookMs);

    const holder = new pg.Client(trial.url);
    await holder.connect();
    await holder.query("begin isolation level repeatable read");
    await holder.query("select count(*) from pg_class");
    trial.fault("a snapshot is held");
    await pause(heldMs - lookMs);
    const atTheEnd = await load.rate(lookMs);
    await holder.query("commit");
    await holder.end();
    trial.fault("the snapshot is let go");
    const releasedAt = performance.now();
    let recoveredS = Number.POSITIVE_INFINITY;
    while (performance.now() - releasedAt < 1_000 * RECOVERY_GOAL_S) {
      if ((await load.rate(lookMs / 2)) < 0.9 * undisturbed) continue;
      recoveredS = (performance.now() - releasedAt) / 1_000;
      break;
    }
    await load.stop();
    await drained(waymark, 60_000);

    // Five minutes at load are some million jobs: too many to be known all at once.
    if (trial.size === "full") await judgeByCount(trial, waymark, driver);
    else await judge(trial, waymark, driver, { mayFail: () => false });
    trial.figure("snapshot held", heldMs / 1_000, "s");
    trial.figure("jobs a second before", undisturbed);
    trial.figure("rate at the end of the snapshot", (100 * atTheEnd) / undisturbed, "%", { atLeast: 70 });
    trial.figure("back at nine tenths of the rate after", recoveredS, "s", { atMost: RECOVERY_GOAL_S });
  },
};
