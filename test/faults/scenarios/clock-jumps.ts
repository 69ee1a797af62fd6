/**
 * The wall clock jumps by an hour and by a day, forward and back, under running workers. On SQLite it is the store's clock,
 * and that of the whole machine, that jumps; on PostgreSQL it is the workers' alone, each one's by itself, or, in a trial
 * of its own, the server's.
 */
import { systemClock } from "../../../src/core/clock.js";
import type { Waymark } from "../../../src/waymark.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { FAKETIME, openTurnedClock, type TurnedClock } from "../kit/faketime.js";
import { startPostgresServer } from "../kit/postgres-server.js";
import type { Scenario } from "../kit/scenario.js";
import { LEASE_MS, SWEEP_MS, type Trial, type WorkerProcess } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const HOUR_MS = 3_600_000;
const JUMPS_MS = [HOUR_MS, 0, -HOUR_MS, 0, 24 * HOUR_MS, 0, -24 * HOUR_MS, 0];
const WORKERS = 3;
const SIZES = {
  ci: { jumps: JUMPS_MS.slice(0, 4), restMs: 3_000 },
  quick: { jumps: JUMPS_MS, restMs: 3_000 },
  full: { jumps: [...JUMPS_MS, ...JUMPS_MS, ...JUMPS_MS], restMs: 8_000 },
};

export const clockJumps: Scenario = {
  name: "clock-jumps",
  title: "wall clock ±1 h, ±1 day on workers; on SQLite that is the store's own clock",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const isShared = trial.store === "sqlite";
    const clocks = clocksOf(trial, isShared ? 1 : WORKERS);
    let offMs = 0;
    const waymark = await trial.open(isShared ? { clock: { ...systemClock, now: () => Date.now() + offMs } } : {});
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, (_, i) => trial.startWorker(clocks[i % clocks.length]!.surroundings)),
    );
    const jump = (ms: number): void => {
      const clock = trial.chance.pick(clocks);
      if (isShared) offMs = ms;
      clock.turn(ms);
      trial.fault(`the clock of ${isShared ? "the machine" : `worker ${clocks.indexOf(clock)}`} is ${ms} ms off`);
    };
    const how = FAKETIME === null ? "jumps of Date.now (libfaketime is not installed)" : "jumps";
    await underJumps({ trial, waymark, workers, jump, how });
  },
};

export const serverClock: Scenario = {
  name: "server-clock",
  title: "the wall clock of the PostgreSQL server ±1 h, ±1 day",
  stores: ["postgres"],
  inCi: true,
  run: async (trial) => {
    if (FAKETIME === null) return trial.skipped("libfaketime is not installed: apt-get install faketime");
    const [clock] = clocksOf(trial, 1);
    const server = await startPostgresServer(clock!.surroundings.env);
    trial.atEnd(() => server.stop());
    const waymark = await trial.open({ store: server.url });
    const workers = await trial.startWorkers(WORKERS, { url: server.url });
    const jump = (ms: number): void => {
      clock!.turn(ms);
      trial.fault(`the server's clock is ${ms} ms off`);
    };
    await underJumps({ trial, waymark, workers, jump, how: "jumps" });
  },
};

function clocksOf(trial: Trial, count: number): TurnedClock[] {
  const clocks = Array.from({ length: count }, openTurnedClock);
  for (const clock of clocks) trial.atEnd(clock.remove);
  return clocks;
}

interface Jumping {
  readonly trial: Trial;
  readonly waymark: Waymark;
  readonly workers: readonly WorkerProcess[];
  readonly jump: (offMs: number) => void;
  /** The name of the figure that counts them. */
  readonly how: string;
}

async function underJumps({ trial, waymark, workers, jump, how }: Jumping): Promise<void> {
  const { jumps, restMs } = trial.scaled(SIZES);
  const driver = new Driver(waymark);
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
    jump(ms);
    await pause(restMs);
  }
  goesOn = false;
  await sending;
  await drained(waymark, 30_000);

  const { jobs } = await judge(trial, waymark, driver, { mayFail: () => false, checkLimits: false });
  const rescues = [...jobs].filter(([, { attempts }]) => attempts.some(({ outcome }) => outcome === "lost"));
  for (const [jobId] of rescues) trial.violated("no false rescue", "its lease was taken while its worker lived", jobId);
  const waits = trial.ledger.of("begin").map(({ jobId, upMs: began }) => began - (sentUpMs.get(jobId!) ?? began));
  for (const { running, pid, errors } of workers) trial.must(running, "no process exit", `${pid}: ${errors}`);
  trial.figure("jobs", jobs.size);
  trial.figure(how, jumps.length);
  trial.figure("false rescues", rescues.length, "", { atMost: 0 });
  trial.figure("longest wait of a job", Math.max(...waits), "ms", { atMost: LEASE_MS + SWEEP_MS });
}

function upMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
