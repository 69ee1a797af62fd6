/**
 * The wall clock jumps by an hour and by a day, forward and back, under running workers. On SQLite it is the store's clock,
 * and that of the whole machine, that jumps; on PostgreSQL it is the workers' alone, each one's by itself.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../../src/core/clock.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import { LEASE_MS, SWEEP_MS } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const HOUR_MS = 3_600_000;
const JUMPS_MS = [HOUR_MS, 0, -HOUR_MS, 0, 24 * HOUR_MS, 0, -24 * HOUR_MS, 0];
const PRELOAD = fileURLToPath(new URL("../child/turned-clock.cjs", import.meta.url));
const WORKERS = 3;

export const clockJumps: Scenario = {
  name: "clock-jumps",
  title: "wall clock ±1 h, ±1 day on workers; jumps of the store's own clock",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { jumps, restMs } = trial.scaled({
      ci: { jumps: JUMPS_MS.slice(0, 4), restMs: 3_000 },
      quick: { jumps: JUMPS_MS, restMs: 3_000 },
      full: { jumps: [...JUMPS_MS, ...JUMPS_MS, ...JUMPS_MS], restMs: 8_000 },
    });
    const shared = trial.store === "sqlite";
    let offset = 0;
    const files = Array.from({ length: shared ? 1 : WORKERS }, (_, i) => join(trial.folder, `clock-${i}`));
    const turn = (file: string, ms: number): void => writeFileSync(file, String(ms));
    for (const file of files) turn(file, 0);
    const waymark = await trial.open(shared ? { clock: { ...systemClock, now: () => Date.now() + offset } } : {});
    const driver = new Driver(waymark);
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, (_, i) =>
        trial.startWorker({
          nodeOptions: ["--require", PRELOAD],
          env: { WAYMARK_FAULTS_CLOCK: files[i % files.length]! },
        }),
      ),
    );
    const sentUpMs = new Map<string, number>();
    let goesOn = true;
    const order = () => ({ definition: plain, input: { ms: trial.chance.whole(5, 1_500) } });
    const noting = async (): Promise<void> => {
      while (goesOn) {
        const { jobId } = await driver.enqueue(order());
        sentUpMs.set(jobId, upMs());
        await pause(40);
      }
    };
    const sending = noting();
    await pause(1_000);
    for (const ms of jumps) {
      const file = trial.chance.pick(files);
      if (shared) offset = ms;
      turn(file, ms);
      trial.fault(`the clock of ${shared ? "the machine" : `worker ${files.indexOf(file)}`} is ${ms} ms off`);
      await pause(restMs);
    }
    goesOn = false;
    await sending;
    await drained(waymark, 30_000);

    const { jobs } = await judge(trial, waymark, driver, { mayFail: () => false, checkLimits: false });
    const rescues = [...jobs].filter(([, { attempts }]) => attempts.some(({ outcome }) => outcome === "lost"));
    for (const [jobId] of rescues)
      trial.violated("no false rescue", "its lease was taken while its worker lived", jobId);
    const waits = trial.ledger.of("begin").map(({ jobId, upMs: began }) => began - (sentUpMs.get(jobId!) ?? began));
    for (const { running, pid, errors } of workers) trial.must(running, "no process exit", `${pid}: ${errors}`);
    trial.figure("jobs", jobs.size);
    trial.figure("jumps", jumps.length);
    trial.figure("false rescues", rescues.length, "", { atMost: 0 });
    trial.figure("longest wait of a job", Math.max(...waits), "ms", { atMost: LEASE_MS + SWEEP_MS });
  },
};

function upMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
