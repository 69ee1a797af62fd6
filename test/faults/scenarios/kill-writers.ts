/** Producers on one SQLite file are killed in the middle of writes and checkpoints; what they acknowledged is there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadDriver } from "../../../src/stores/sqlite/driver.js";
import { startProcess } from "../kit/process.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";

export const killWriters: Scenario = {
  name: "kill-writers",
  title: "SQLite: `kill -9` in write and checkpoint",
  stores: ["sqlite"],
  inCi: true,
  run: async (trial) => {
    const kills = trial.scaled({ ci: 6, quick: 20, full: 100 });
    const waymark = await trial.open();
    const notes = join(trial.folder, "acknowledged");
    for (let turn = 0; turn < kills; turn++) {
      const writer = startProcess("writer.mjs", { url: trial.url, notes });
      trial.adopt(writer);
      await writer.line("ready");
      await pause(trial.chance.whole(1, 250));
      writer.kill("SIGKILL");
      await writer.ended;
      trial.fault(`kill -9 of producer ${writer.pid}`);
    }
    // The last line of a killed producer may be cut.
    const ids = readFileSync(notes, "utf8")
      .split("\n")
      .filter((line) => line.length === 36);
    const acknowledged = ids.map((jobId) => ({
      jobId,
      kind: "plain",
      key: "",
      sentAt: 0,
      acknowledgedAt: 0,
      tries: 1,
    }));
    const verdict = await judge(trial, waymark, { acknowledged }, { allEnded: false, unheard: true });
    const look = await (await loadDriver())(trial.file);
    const [{ integrity_check: integrity }] = look.prepare("pragma integrity_check").all() as [
      { integrity_check: string },
    ];
    look.close();
    trial.must(integrity === "ok", "integrity_check ok", integrity);
    trial.figure("kills", kills);
    trial.figure("jobs acknowledged", ids.length);
    trial.figure("jobs there", verdict.jobs.size);
    trial.figure("acknowledged and lost", ids.filter((jobId) => !verdict.jobs.has(jobId)).length, "", { atMost: 0 });
  },
};
