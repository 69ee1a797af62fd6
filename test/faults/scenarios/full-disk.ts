/** The disk under SQLite's file fills up, and is given room again. Needs a small file system of its own, so root. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isWaymarkError } from "../../../src/core/errors.js";
import { loadDriver } from "../../../src/stores/sqlite/driver.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

const DISK = "16m";
const BALLAST_BYTES = 6_000_000;

export const fullDisk: Scenario = {
  name: "full-disk",
  title: "SQLite: disk full",
  stores: ["sqlite"],
  inCi: true,
  run: async (trial) => {
    const disk = join(trial.folder, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", disk], { stdio: "ignore" });
    } catch {
      trial.figure("skipped, as no small file system may be mounted here", 1);
      return;
    }
    trial.atEnd(() => void execFileSync("umount", ["--lazy", disk]));
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
    const file = join(disk, "jobs.db");
    const waymark = await trial.open({ store: `sqlite:${file}` });
    const driver = new Driver(waymark);
    const worker = await trial.startWorker({ url: `sqlite:${file}` });

    const told = new Set<string>();
    const padding = "x".repeat(20_000);
    for (let sent = 0; told.size === 0 && sent < 10_000; sent++) {
      try {
        const { jobId, kind } = await waymark.enqueue(plain, { ms: 1, padding });
        driver.acknowledged.push({ jobId, kind, key: "", sentAt: Date.now(), acknowledgedAt: Date.now(), tries: 1 });
      } catch (error) {
        told.add(isWaymarkError(error) ? error.code : String(error));
      }
    }
    trial.fault(`the disk is full: ${[...told].join()}`);
    trial.must([...told].join() === "storage_full", "typed storage_full", `the client was told ${[...told].join()}`);
    const before = driver.acknowledged.length;
    rmSync(ballast);
    trial.fault("there is room again");
    await driver.enqueueAll(Array.from({ length: 20 }, () => ({ definition: plain, input: { ms: 1 } })));
    await drained(waymark, 60_000);

    await judge(trial, waymark, driver);
    trial.must(worker.running, "no process exit", `the worker ended: ${worker.errors}`);
    const look = await (await loadDriver())(file);
    const [{ integrity_check: integrity }] = look.prepare("pragma integrity_check").all() as [
      { integrity_check: string },
    ];
    look.close();
    trial.must(integrity === "ok", "integrity_check ok", integrity);
    trial.figure("jobs acknowledged before the disk was full", before);
    trial.figure("jobs acknowledged after", driver.acknowledged.length - before);
  },
};
