/** Retention takes away a great many finished jobs while workers work: it holds nobody up and removes nothing that lives. */

import type { Store } from "../../../src/core/store.js";
import type { Waymark } from "../../../src/waymark.js";
import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { Load } from "../kit/load.js";
import type { Scenario } from "../kit/scenario.js";
import { seedEnded, seedLive } from "../kit/seeding.js";
import type { Trial } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

const WORKERS = 4;
/** Retention rests between its batches, so that a million takes it far longer than anybody wants to watch. */
const WATCHED_MS = 120_000;
const READ_AT_ONCE = 1_000;

export const retentionLoad: Scenario = {
  name: "retention-load",
  title: "retention over 1,000,000 finished + 50,000 live while 4 workers run",
  stores: ["sqlite", "postgres"],
  inCi: false,
  run: async (trial) => {
    const { ended, live, lookMs } = trial.scaled({
      ci: { ended: 2_000, live: 500, lookMs: 2_000 },
      quick: { ended: 10_000, live: 1_000, lookMs: 2_000 },
      full: { ended: 1_000_000, live: 50_000, lookMs: 15_000 },
    });
    const waymark = await trial.open({ retention: { default: false } });
    const { store } = waymark;
    const seeded = await seedEnded(store, ended);
    const living = await seedLive(store, live);
    const seededAt = performance.now();
    const driver = new Driver(waymark);
    await trial.startWorkers(WORKERS, { retention: { default: false }, work: { leaseMs: 30_000, concurrency: 20 } });
    const load = new Load(trial, driver, () => ({ definition: plain, input: { ms: 0 } }));
    await pause(lookMs);
    const undisturbed = await load.rate(lookMs);

    const retention = await startRetention(trial, Math.ceil(performance.now() - seededAt));
    const startedAt = performance.now();
    const rates: number[] = [];
    while (retention.removed() < ended && performance.now() - startedAt < WATCHED_MS) {
      rates.push(await load.rate(1_000));
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    await load.stop();
    await retention.stop();
    await drained(waymark, 120_000, { kind: plain.kind });

    // An export of millions would be the longest part of it, and tells nothing that these look-ups do not.
    const kept = await waiting(store, living);
    const missing = living.filter((jobId) => !kept.has(jobId));
    for (const jobId of missing.slice(0, 5)) trial.violated("nothing live deleted", "it is gone", jobId);
    if (trial.size !== "full") await judgeAll(trial, waymark, driver, [...seeded, ...living]);
    const disturbed = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
    trial.figure("finished jobs, of which retention may take", ended);
    trial.figure("removed", retention.removed(), "", { atLeast: 1 });
    trial.figure("watched for", seconds, "s");
    trial.figure("live jobs kept", live - missing.length, "", { atLeast: live });
    trial.figure("jobs a second undisturbed", undisturbed);
    trial.figure("rate while it removes", (100 * disturbed) / undisturbed, "%", { atLeast: 80 });
    trial.figure("longest call of retention", retention.slowestMs(), "ms", { atMost: 500 });
  },
};

/** Those of the jobs that still wait. */
async function waiting(store: Store, jobIds: readonly string[]): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (let from = 0; from < jobIds.length; from += READ_AT_ONCE) {
    const records = await store.read({ jobIds: jobIds.slice(from, from + READ_AT_ONCE), view: "status" });
    for (const record of records) if (record?.status === "scheduled") kept.add(record.jobId);
  }
  return kept;
}

async function judgeAll(trial: Trial, waymark: Waymark, driver: Driver, seeded: readonly string[]): Promise<void> {
  const facts = { kind: "seeded", key: "", sentAt: 0, acknowledgedAt: 0, tries: 1 };
  const acknowledged = [...driver.acknowledged, ...seeded.map((jobId) => ({ ...facts, jobId }))];
  await judge(trial, waymark, { acknowledged }, { allEnded: false, mayFail: () => false, ran: false });
}

/** The retention that every process has, over a store whose calls are timed. */
async function startRetention(trial: Trial, olderThanMs: number) {
  let slowestMs = 0;
  let removed = 0;
  const { store } = await trial.open();
  const purge: Store["purge"] = async (request) => {
    const askedAt = performance.now();
    const gone = await store.purge(request);
    slowestMs = Math.max(slowestMs, performance.now() - askedAt);
    removed += gone.length;
    return gone;
  };
  const timed = new Proxy(store, {
    get: (target, name) => {
      if (name === "purge") return purge;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  const keeper = await trial.open({ store: timed, retention: { default: false, completed: olderThanMs, every: "1s" } });
  trial.fault("retention begins");
  return { removed: () => removed, slowestMs: () => slowestMs, stop: () => keeper.close() };
}
