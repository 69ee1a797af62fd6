/**
 * Workers are frozen for three leases, and wake before anybody rescued their jobs, while the next attempt runs, or after
 * it has ended. What they then write is refused, unless nobody has taken the job from them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { Scenario } from "../kit/scenario.js";
import type { Trial, WorkerProcess } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause, until } from "../kit/wait.js";
import { nap } from "./definitions.js";

const LEASE_MS = 1_000;
const JOBS_EACH = 3;
const WAKINGS = ["before the rescue", "while the next attempt runs", "after the next attempt ended"] as const;

export const freezeWorkers: Scenario = {
  name: "freeze-workers",
  title: "SIGSTOP for three leases, resumed before and after the rescue and after the other finished",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { victims, rounds } = trial.scaled({
      ci: { victims: 3, rounds: 3 },
      quick: { victims: 5, rounds: 6 },
      full: { victims: 15, rounds: 21 },
    });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const queues = Array.from({ length: victims }, (_, i) => `victim-${i}`);
    const workers = await Promise.all(
      queues.map((queue) =>
        // Only the helper sweeps, so that the nemesis decides when a job is rescued.
        trial.startWorker({ handlers: ["naps"], work: { leaseMs: LEASE_MS, sweepMs: "1h", queues: [queue] } }),
      ),
    );
    let lockedOut = 0;
    const wakingOf = new Map<string, (typeof WAKINGS)[number]>();
    for (let round = 0; round < rounds; round++) {
      const waking = WAKINGS[round % WAKINGS.length]!;
      const awake = join(trial.folder, `awake-${round}`);
      const sent = await driver.enqueueAll(
        queues.flatMap((queue) =>
          Array.from({ length: JOBS_EACH }, () => ({
            definition: nap,
            input: { holdUntil: waking === WAKINGS[1] ? awake : null },
            options: { queue },
          })),
        ),
      );
      for (const { jobId } of sent) wakingOf.set(jobId, waking);
      await begun(
        trial,
        sent.map(({ jobId }) => jobId),
        1,
      );
      await freeze(trial, workers, waking, async () => {
        await pause(3 * LEASE_MS);
        if (waking === WAKINGS[0]) return;
        const helper = await trial.startWorker({
          handlers: ["naps"],
          work: { leaseMs: 10 * LEASE_MS, sweepMs: 200, concurrency: 100 },
        });
        const ids = sent.map(({ jobId }) => jobId);
        const taken = await begun(trial, ids, 2).then(
          () => true,
          () => false,
        );
        if (!taken && trial.store === "sqlite") {
          // One of them was stopped in the middle of a write: it holds the file's lock, and nobody can write until it wakes.
          for (const jobId of ids) wakingOf.delete(jobId);
          lockedOut++;
          return helper;
        }
        trial.must(taken, "rescued", `fence 2 of ${ids.length} frozen jobs never began`);
        if (waking === WAKINGS[2]) await drained(waymark, 20_000);
        else void letGo(awake);
        return helper;
      });
      await drained(waymark, 20_000);
    }

    const { jobs } = await judge(trial, waymark, driver);
    let late = 0;
    for (const [jobId, { job, attempts, events }] of jobs) {
      if (!wakingOf.has(jobId)) continue;
      const unrescued = wakingOf.get(jobId) === WAKINGS[0];
      const fence = (job.result?.value as { fence?: number } | undefined)?.fence;
      // Whoever wakes on a busy machine may itself give up a lease that was over, before the store could renew it: then the
      // helper of a later round runs the job once more. Whose result counts is the last one's in any case.
      const asItShould = fence === attempts.length && (fence === 2 || (unrescued && fence === 1));
      if (!asItShould) {
        const story = `woken ${wakingOf.get(jobId)}: ${attempts.length} attempts, the result of fence ${fence}`;
        trial.violated("no late write takes effect", story, jobId);
      }
      if (unrescued && events.at(-1)?.reason === "late") late++;
    }
    trial.figure("freezes", victims * rounds);
    trial.figure("jobs frozen", jobs.size);
    if (trial.store === "sqlite") trial.figure("rounds in which a frozen process held the file's lock", lockedOut);
    trial.figure("unrescued results accepted as late", late);
    trial.figure("writes of woken workers refused", trial.ledger.of("lost").length);
  },
};

async function freeze(
  trial: Trial,
  workers: readonly WorkerProcess[],
  waking: string,
  meanwhile: () => Promise<WorkerProcess | undefined>,
): Promise<void> {
  for (const { pid } of workers) process.kill(pid, "SIGSTOP");
  trial.fault(`SIGSTOP of ${workers.length} workers`);
  const helper = await meanwhile();
  for (const { pid } of workers) process.kill(pid, "SIGCONT");
  trial.fault(`SIGCONT ${waking}`);
  if (helper === undefined) return;
  // It ends what it has begun, and takes nothing more.
  await pause(2 * LEASE_MS);
  helper.kill("SIGTERM");
  await helper.ended;
}

/** The next attempts go on for a while after the sleepers woke. */
async function letGo(file: string): Promise<void> {
  await pause(LEASE_MS);
  writeFileSync(file, "");
}

async function begun(trial: Trial, jobIds: readonly string[], fence: number): Promise<void> {
  await until(`fence ${fence} of ${jobIds.length} jobs has begun`, 20_000, () => {
    const begins = new Set(trial.ledger.of("begin").flatMap((line) => (line.fence === fence ? [line.jobId] : [])));
    return jobIds.every((jobId) => begins.has(jobId));
  });
}
