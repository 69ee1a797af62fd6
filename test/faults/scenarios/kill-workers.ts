/** Workers are killed in the middle of their work, again and again, while jobs keep coming. */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { harmOften } from "../kit/nemesis.js";
import type { Scenario } from "../kit/scenario.js";
import { LEASE_MS, SWEEP_MS } from "../kit/trial.js";
import { type JobStory, judge } from "../kit/verdict.js";
import { plain } from "./definitions.js";

export const killWorkers: Scenario = {
  name: "kill-workers",
  title: "`kill -9` of workers at work",
  stores: ["sqlite", "postgres"],
  inCi: true,
  run: async (trial) => {
    const { jobs, kills, processes, gapMs } = trial.scaled({
      ci: { jobs: 300, kills: 6, processes: 3, gapMs: [500, 900] as const },
      quick: { jobs: 1_500, kills: 20, processes: 4, gapMs: [500, 900] as const },
      full: { jobs: 20_000, kills: 200, processes: 8, gapMs: [400, 800] as const },
    });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const workers = await trial.startWorkers(processes);
    const killed = new Map<string, number>();
    const orders = Array.from({ length: jobs }, () => ({
      definition: plain,
      input: { ms: trial.chance.whole(5, 150) },
    }));

    const sending = driver.enqueueOver(kills * ((gapMs[0] + gapMs[1]) / 2), orders);
    await harmOften(trial, { times: kills, gapMs }, async () => {
      const place = trial.chance.whole(0, processes - 1);
      const victim = workers[place]!;
      victim.kill("SIGKILL");
      killed.set(victim.workerId, Date.now());
      await victim.ended;
      workers[place] = await trial.startWorker();
      return `kill -9 of worker ${victim.workerId}, process ${victim.pid}`;
    });
    await sending;
    await drained(waymark, 60_000);

    const { jobs: stories, count } = await judge(trial, waymark, driver);
    const { rescuedMs, againMs } = recoveries(stories.values(), killed);
    const lost = [...stories.values()].flatMap(({ attempts }) => attempts).filter(({ outcome }) => outcome === "lost");
    trial.figure("jobs", stories.size);
    trial.figure("kills", killed.size);
    trial.figure("attempts lost", lost.length);
    trial.figure("given up after three losses", count("failed"));
    trial.figure("slowest rescue", Math.max(0, ...rescuedMs), "ms", { atMost: 1.5 * LEASE_MS + SWEEP_MS });
    trial.figure("slowest start of the next attempt", Math.max(0, ...againMs), "ms");
    trial.must(lost.length > 0, "the fault was felt", "no attempt was ever lost");
  },
};

/** Ms from the kill of a worker until its job was taken back, and until somebody ran it again. */
function recoveries(stories: Iterable<JobStory>, killed: ReadonlyMap<string, number>) {
  const rescuedMs: number[] = [];
  const againMs: number[] = [];
  for (const { attempts } of stories) {
    for (const [i, { workerId, outcome, endedAt }] of attempts.entries()) {
      const killedAt = killed.get(workerId);
      if (killedAt === undefined || outcome !== "lost" || endedAt === null) continue;
      rescuedMs.push(Date.parse(endedAt) - killedAt);
      const next = attempts[i + 1]?.startedAt;
      if (next != null) againMs.push(Date.parse(next) - killedAt);
    }
  }
  return { rescuedMs, againMs };
}
