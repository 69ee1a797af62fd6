/**
 * NOTIFY is only a hint. Its connection is killed again and again, hears nothing while it looks healthy, or leads through a
 * pooler that hands connections round: jobs are picked up within the poll interval all the same, and nobody runs in circles.
 */

import { drained } from "../kit/drain.js";
import { Driver } from "../kit/driver.js";
import { startPgBouncer } from "../kit/pgbouncer.js";
import { Proxy } from "../kit/proxy.js";
import type { Scenario } from "../kit/scenario.js";
import { POLL_MS, type Trial, type WorkerOptions } from "../kit/trial.js";
import { judge } from "../kit/verdict.js";
import { pause } from "../kit/wait.js";
import { plain } from "./definitions.js";

/** A poll may be jittered by a tenth, and a claim takes its time. */
const PICK_UP_MS = 1.1 * POLL_MS + 250;
/** Statements a second of an idle worker at a poll of 500 ms: claims, beats, sweeps, probes. */
const BUSY_PER_SECOND = 30;

export const listenLost: Scenario = {
  name: "listen-lost",
  title: "LISTEN killed, black-holed, or behind a transaction pooler",
  stores: ["postgres"],
  inCi: true,
  run: async (trial) => {
    const seconds = trial.scaled({ ci: 4, quick: 10, full: 60 });
    const waymark = await trial.open();
    const driver = new Driver(waymark);
    const proxy = await Proxy.open(trial.url);
    trial.atEnd(() => proxy.close());
    const under = async (way: string, options: WorkerOptions, harm: () => Promise<void> | void): Promise<void> => {
      const worker = await trial.startWorker(options);
      await pickUps(trial, driver, { way, seconds, harm });
      trial.must(worker.running, "no process exit", `the worker ended: ${worker.errors}`);
      worker.kill("SIGTERM");
      await worker.ended;
    };

    await under("killed", {}, killListeners(trial));
    proxy.deaf = true;
    const before = proxy.count(/./);
    await under("deaf", { url: proxy.url }, () => {});
    trial.figure("deaf: requests a second", (proxy.count(/./) - before) / seconds, "", { atMost: BUSY_PER_SECOND });

    const pooler = await startPgBouncer(trial);
    if (pooler === null) trial.figure("pooler: skipped, as pgbouncer is not installed", 1);
    else await under("behind a transaction pooler", { url: pooler, options: { prepare: false } }, () => {});

    await drained(waymark, 30_000);
    await judge(trial, waymark, driver);
  },
};

async function pickUps(
  trial: Trial,
  driver: Driver,
  { way, seconds, harm }: { way: string; seconds: number; harm: () => Promise<void> | void },
): Promise<void> {
  const sent: { jobId: string; acknowledgedAt: number }[] = [];
  for (const end = Date.now() + 1_000 * seconds; Date.now() < end; ) {
    await harm();
    sent.push(await driver.enqueue({ definition: plain, input: { ms: 1 } }));
    await pause(trial.chance.whole(100, 400));
  }
  await pause(2 * POLL_MS);
  const began = new Map(trial.ledger.of("begin").map(({ jobId, at }) => [jobId, at]));
  const waits = sent.map(
    ({ jobId, acknowledgedAt }) => (began.get(jobId) ?? Number.POSITIVE_INFINITY) - acknowledgedAt,
  );
  trial.figure(`${way}: jobs`, sent.length);
  trial.figure(`${way}: slowest pick-up`, Math.max(...waits), "ms", { atMost: PICK_UP_MS });
}

function killListeners(trial: Trial): () => Promise<void> {
  return async () => {
    const ended = await trial.server.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and pid <> pg_backend_pid()",
    );
    if (ended.length > 0) trial.fault("the listening connection is ended");
  };
}
