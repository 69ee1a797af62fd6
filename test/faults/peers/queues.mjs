/**
 * Three queues behind the few calls that the tests of peers.mjs need. `open` is for whoever looks from outside, `work` for a
 * worker in a process of its own. A queue is given the same advantages everywhere: its own way to notice a dead worker.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Seconds after which pg-boss takes a silent attempt for lost, and the lease of Waymark. */
const LEASE_S = 4;

/** @param {string} folder  where the peers are installed */
export async function queues(folder, url) {
  const load = (name) => import(pathToFileURL(createRequire(join(folder, "package.json")).resolve(name)).href);
  return {
    "pg-boss": await pgBoss(load, url),
    "graphile-worker": await graphile(load, url),
    waymark: await waymark(url),
  };
}

async function pgBoss(load, url) {
  const { PgBoss } = await load("pg-boss");
  const start = async () => {
    const boss = new PgBoss({ connectionString: url, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 });
    boss.on("error", (error) => console.error(`pg-boss: ${error.message}`));
    await boss.start();
    return boss;
  };
  return {
    open: async () => {
      const boss = await start();
      for (const name of ["nap", "nul"]) await boss.createQueue(name);
      const options = { expireInSeconds: LEASE_S, retryLimit: 2, retryDelay: 0 };
      return {
        enqueue: (name) => boss.send(name, {}, name === "nul" ? { ...options, retryLimit: 0 } : options),
        // Its supervisor looks by itself; asked now, it need not be waited for.
        declareLost: async (name) => void (await boss.supervise(name)),
        state: async (name, id) => {
          const [job] = await boss.findJobs(name, { id });
          return job === undefined ? "gone" : `${job.state}, output ${JSON.stringify(job.output)}`;
        },
        close: () => boss.stop({ graceful: false }),
      };
    },
    work: async (handlers) => {
      const boss = await start();
      for (const [name, handle] of Object.entries(handlers)) {
        await boss.work(name, { pollingIntervalSeconds: 0.5 }, async ([job]) => handle(job.id));
      }
    },
  };
}

async function graphile(load, url) {
  const { run, makeWorkerUtils, Logger } = await load("graphile-worker");
  const logger = new Logger(() => (level, message) => {
    if (level === "error") console.error(`graphile-worker: ${message}`);
  });
  return {
    open: async () => {
      const utils = await makeWorkerUtils({ connectionString: url, logger });
      await utils.migrate();
      const row = (id) =>
        utils.withPgClient(async (client) => {
          const text = "select locked_by, attempts, max_attempts, last_error from graphile_worker.jobs where id = $1";
          return (await client.query(text, [id])).rows[0];
        });
      return {
        enqueue: async (name) => (await utils.addJob(name, {}, { maxAttempts: name === "nul" ? 1 : 3 })).id,
        // A lock ends after four hours. Sooner, an operator ends those of a worker that is taken for dead.
        declareLost: async (_name, id) => utils.forceUnlockWorkers([(await row(id)).locked_by]),
        state: async (_name, id) => {
          const job = await row(id);
          if (job === undefined) return "gone (completed jobs are deleted)";
          const held = job.locked_by === null ? "waiting or failed" : "locked by a worker";
          return `${held}, attempt ${job.attempts} of ${job.max_attempts}, last_error ${JSON.stringify(job.last_error)}`;
        },
        close: () => utils.release(),
      };
    },
    work: async (handlers) => {
      const taskList = Object.fromEntries(
        Object.entries(handlers).map(([name, handle]) => [name, async (_payload, { job }) => handle(job.id)]),
      );
      await run({ connectionString: url, logger, concurrency: 2, pollInterval: 500, noHandleSignals: true, taskList });
    },
  };
}

async function waymark(url) {
  const { defineJob, openWaymark } = await import("waymark");
  const logger = { debug() {}, info() {}, warn() {}, error: (message) => console.error(`waymark: ${message}`) };
  const start = () => openWaymark({ store: url, logger });
  return {
    open: async () => {
      const opened = await start();
      const rescuer = opened.work([defineJob({ kind: "none" }).handle(() => {})], { sweepMs: 500 });
      return {
        enqueue: async (name) =>
          (await opened.enqueue(defineJob({ kind: name, maxAttempts: name === "nul" ? 1 : 3 }), {})).jobId,
        // The rescuer looks by itself.
        declareLost: async () => {},
        state: async (_name, id) => {
          const job = await opened.tracker.getStatus(id);
          return `${job.status}, result ${JSON.stringify(job.result)}, error ${JSON.stringify(job.error?.code)}`;
        },
        close: async () => {
          await rescuer.stop();
          await opened.close();
        },
      };
    },
    work: async (handlers) => {
      const opened = await start();
      const bound = Object.entries(handlers).map(([kind, handle]) =>
        defineJob({ kind, maxAttempts: kind === "nul" ? 1 : 3 }).handle((_input, { jobId }) => handle(jobId)),
      );
      opened.work(bound, { leaseMs: LEASE_S * 1_000, sweepMs: "1h", pollMs: 500 });
    },
  };
}
