/** A stranger holds SQLite's write lock for half a minute: nobody can write, and nothing is lost. */
import { loadDriver } from "../../../src/stores/sqlite/driver.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

export const strangerLock: Scenario = {
  name: "stranger-lock",
  title: "SQLite: a stranger holds the write lock 30 s",
  stores: ["sqlite"],
  inCi: true,
  run: async (trial) => {
    const heldMs = trial.scaled({ ci: 4_000, quick: 12_000, full: 30_000 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(2);
    let goesOn = true;
    const sending = driver.enqueueWhile(
      () => goesOn,
      30,
      () => ({ definition: plain, input: { ms: trial.chance.whole(5, 300) } }),
    );
    await pause(1_000);
    const stranger = await (await loadDriver())(trial.file);
    stranger.exec("pragma busy_timeout = 5000");
    stranger.exec("begin immediate");
    trial.fault("a stranger takes the write lock");
    await pause(heldMs);
    stranger.exec("rollback");
    stranger.close();
    trial.fault("the stranger lets go");
    const releasedMs = performance.now();
    await pause(500);
    goesOn = false;
    await sending;
    await drained(waymark, 60_000);

    const { jobs } = await judge(trial, waymark, driver);
    for (const { running, pid, errors } of workers) {
      trial.must(running, "no process exit", `worker ${pid} ended: ${errors}`);
    }
    const raw = trial.ledger.of("trouble").filter(({ code }) => String(code).startsWith("SQLITE"));
    trial.must(raw.length === 0, "no SQLITE_BUSY reaches a user", JSON.stringify(raw[0]));
    trial.must(
      [...driver.refusals.keys()].every((code) => code === "store_unavailable"),
      "typed errors",
      "untyped",
    );
    trial.figure("jobs", jobs.size);
    trial.figure("lock held", heldMs / 1_000, "s");
    trial.figure("enqueues refused, typed, and sent again", driver.refusals.get("store_unavailable") ?? 0);
    trial.figure("drained after the lock was free", (performance.now() - releasedMs) / 1_000, "s", { atMost: 30 });
  },
};
