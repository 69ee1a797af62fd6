/**
 * Eight processes bring one empty store up to date at once, some of them are killed in the middle, and workers of today go
 * on when a later release has added to their schema.
 */
import { loadDriver } from "../../../src/stores/sqlite/driver.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { startProcess } from "../kit/process.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const INSTANCES = 8;
const SPREAD_MS = 150;

export const migrations: Scenario = {
  name: "migrations",
  title: "eight instances migrate at once, kill in mid-migration, old workers on the new schema",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const kills = trial.scaled({ ci: 2, quick: 4, full: 6 });
    const instances = Array.from({ length: INSTANCES }, () => {
      const instance = startProcess("migrator.mjs", { url: trial.url, options: trial.storeOptions });
      trial.adopt(instance);
      return instance;
    });
    await Promise.all(instances.map((instance) => instance.line("opening")));
    for (const instance of instances.slice(0, kills)) {
      await pause(trial.chance.whole(0, SPREAD_MS));
      instance.kill("SIGKILL");
      trial.fault(`kill -9 of instance ${instance.pid}`);
    }
    const ends = await Promise.all(instances.slice(kills).map(({ ended }) => ended));
    for (const [i, { code, signal }] of ends.entries()) {
      const { errors } = instances[kills + i]!;
      trial.must(code === 0, "every instance opens", `instance ${kills + i} ended with ${signal ?? code}: ${errors}`);
    }

    const waymark = await trial.open({ migrate: "check" });
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(2);
    let goesOn = true;
    const sending = driver.enqueueWhile(
      () => goesOn,
      40,
      () => ({ definition: plain, input: { ms: 20 } }),
    );
    await pause(500);
    await addColumn(trial);
    trial.fault("a later release has added a column");
    await pause(1_500);
    goesOn = false;
    await sending;
    await drained(waymark, 30_000);
    for (const { running, pid, errors } of workers) trial.must(running, "no process exit", `${pid}: ${errors}`);
    const { jobs } = await judge(trial, waymark, driver, { mayFail: () => false });
    trial.figure("instances", INSTANCES);
    trial.figure("killed on the way", kills);
    trial.figure("jobs run by old workers, none failed", jobs.size);
  },
};

/** What an additive migration does to tables in use. */
async function addColumn(trial: Trial): Promise<void> {
  if (trial.store === "postgres") {
    const schema = String(trial.storeOptions["schema"]);
    for (const table of ["jobs", "live"]) {
      await trial.server.query(`alter table "${schema}"."${table}" add column of_a_later_release text`);
    }
    return;
  }
  const connection = await (await loadDriver())(trial.file);
  connection.exec("pragma busy_timeout = 5000");
  const tables = connection
    .prepare("select name from sqlite_master where type = 'table' and name like 'waymark_jobs%'")
    .all() as { name: string }[];
  for (const { name } of tables) connection.exec(`alter table "${name}" add column of_a_later_release text`);
  connection.close();
}
