/** Limits of concurrency keys, while workers that hold their slots are killed. */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import type { LedgerLine } from "../kit/ledger.js";
import { harmOften } from "../kit/nemesis.js";
import type { Scenario } from "../kit/scenario.js";
import { judge, type Verdict } from "../kit/verdict.js";
import { plain } from "./definitions.js";

const LIMITS = [
  { key: "one", limit: 1 },
  { key: "five", limit: 5 },
];

export const concurrencyLimits: Scenario = {
  name: "concurrency-limits",
  title: "concurrency limit 1 and 5 under kills",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { jobs, kills, gapMs } = trial.scaled({
      ci: { jobs: 40, kills: 3, gapMs: [200, 400] as const },
      quick: { jobs: 150, kills: 8, gapMs: [300, 600] as const },
      full: { jobs: 1_000, kills: 50, gapMs: [400, 1_000] as const },
    });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(3);
    await driver.enqueueAll(
      LIMITS.flatMap((concurrencyKey) =>
        Array.from({ length: jobs * concurrencyKey.limit }, () => ({
          definition: plain,
          input: { ms: trial.chance.whole(10, 60) },
          options: { concurrencyKey },
        })),
      ),
    );
    await harmOften(trial, { times: kills, gapMs }, async () => {
      const holders = atWork(trial.ledger.read());
      const holding = workers.filter(({ pid }) => holders.has(pid));
      const victim = trial.chance.pick(holding.length > 0 ? holding : workers);
      victim.kill("SIGKILL");
      await victim.ended;
      workers[workers.indexOf(victim)] = await trial.startWorker();
      return `kill -9 of worker ${victim.workerId}`;
    });
    await drained(waymark, 240_000);

    // I22 of the auditor: never more than the limit at any instant of the trail.
    const { jobs: stories } = await judge(trial, waymark, driver, { mayFail: () => true });
    for (const { key, limit } of LIMITS) {
      const most = mostAtOnce(trial.ledger.read(), stories, key);
      trial.must(most <= limit, "the limit holds in the ledger", `${most} handlers of key ${key} ran at once`);
      trial.figure(`most handlers of key ${key} at once`, most, "", { atMost: limit });
    }
    const lost = [...stories.values()].flatMap(({ attempts }) => attempts).filter(({ outcome }) => outcome === "lost");
    trial.figure("jobs", stories.size);
    trial.figure("kills", kills);
    trial.figure("attempts lost with their slot", lost.length);
    trial.must(lost.length > 0, "the fault was felt", "no slot was ever lost");
  },
};

/** The processes whose handlers have begun and not ended, and so hold slots: one worker may hold them all. */
function atWork(ledger: readonly LedgerLine[]): ReadonlySet<number> {
  const running = new Map<string, number>();
  for (const { what, jobId, fence, pid } of ledger) {
    if (what === "begin") running.set(`${jobId} ${fence}`, pid);
    else if (what === "end") running.delete(`${jobId} ${fence}`);
  }
  return new Set(running.values());
}

/** How many handlers of a key really ran at once. One that was killed counts until its last sign of life, its beginning. */
function mostAtOnce(ledger: readonly LedgerLine[], stories: Verdict["jobs"], key: string): number {
  const ended = new Set(ledger.flatMap(({ what, jobId, fence }) => (what === "end" ? [`${jobId} ${fence}`] : [])));
  const steps = ledger.flatMap(({ what, jobId = "", fence, upMs }) => {
    const counts = stories.get(jobId)?.job.concurrencyKey === key && ended.has(`${jobId} ${fence}`);
    return counts && (what === "begin" || what === "end") ? [{ upMs, step: what === "begin" ? 1 : -1 }] : [];
  });
  let [most, now] = [0, 0];
  for (const { step } of steps.toSorted((a, b) => a.upMs - b.upMs || a.step - b.step))
    most = Math.max(most, (now += step));
  return most;
}
