/**
 * What Waymark itself costs per job, in µs of CPU and calls of the store: a worker over a store that costs next to
 * nothing and answers in the next turn, and the memory store. CPU time, unlike wall time, hardly minds what else runs.
 * Run: node scripts/build.mjs && node --expose-gc bench/worker-per-job.mjs
 */
import { defineJob, openWaymark } from "waymark";

const COUNT = 100_000;
const ROUNDS = 3;
const job = defineJob({ kind: "measured" });
const work = job.handle(() => ({ ok: 1 }));
const options = { concurrency: 100 };

async function measured(name, prepare, run) {
  for (let round = 0; round < ROUNDS; round++) {
    const prepared = await prepare();
    globalThis.gc?.();
    const before = process.cpuUsage();
    const note = await run(prepared);
    const { user, system } = process.cpuUsage(before);
    console.log(`${name}: ${((user + system) / COUNT).toFixed(2)} µs a job${note}`);
  }
}

/** Hands out `COUNT` jobs and takes their endings. */
function emptyStore() {
  const calls = { claim: 0, settle: 0 };
  const later = (answer) => new Promise((resolve) => setImmediate(() => resolve(answer)));
  let given = 0;
  let ended = 0;
  let onEnd;
  const done = new Promise((resolve) => (onEnd = resolve));
  const claimed = () => {
    const now = Date.now();
    const jobId = `019a0000-0000-7000-8000-${(given++).toString(16).padStart(12, "0")}`;
    const times = { createdAt: now, runAt: now, startedAt: now, leaseExpiresAt: now + 30_000 };
    const counts = { fence: 1, generation: 1, attempt: 1, maxAttempts: 3, lostCount: 0 };
    return {
      jobId,
      kind: "measured",
      queue: "default",
      owner: null,
      payload: '{"i":1}',
      metadata: null,
      ...counts,
      ...times,
    };
  };
  const store = {
    name: "empty",
    durable: true,
    address: null,
    claim: ({ limit }) => {
      calls.claim++;
      const jobs = Array.from({ length: Math.min(limit, COUNT - given) }, claimed);
      return later({ jobs, nextDueInMs: given < COUNT ? 0 : null });
    },
    settle: (settlements) => {
      calls.settle++;
      ended += settlements.length;
      if (ended === COUNT) onEnd();
      return later(settlements.map(() => ({ answer: "settled", status: "completed", late: false })));
    },
    extend: ({ leases }) => later(leases.map(() => "held")),
    sweep: () => later({ rescued: [], expired: [], paused: false }),
    purge: () => later([]),
    learn: () => later(),
    subscribe: () => () => {},
    close: () => later(),
  };
  return { store, calls, done };
}

await measured("worker over an empty store", emptyStore, async ({ store, calls, done }) => {
  const waymark = await openWaymark({ store });
  waymark.work([work], options);
  await done;
  await waymark.close();
  return `, ${calls.claim} claims, ${calls.settle} settles`;
});

const inMemory = () => openWaymark({ store: "memory:", storeOptions: { maxJobs: COUNT } });
const completed = async (waymark) => {
  while ((await waymark.tracker.counts()).completed < COUNT) await new Promise((resolve) => setTimeout(resolve, 5));
};
const filled = async () => {
  const waymark = await inMemory();
  for (let start = 0; start < COUNT; start += 10_000) {
    await waymark.enqueueMany(
      job,
      Array.from({ length: 10_000 }, (_, i) => ({ i: start + i })),
    );
  }
  return waymark;
};
await measured("memory store, drain", filled, async (waymark) => {
  waymark.work([work], options);
  await completed(waymark);
  await waymark.close();
  return "";
});
await measured("memory store, 100 callers enqueue while a worker processes", inMemory, async (waymark) => {
  waymark.work([work], options);
  let next = 0;
  const caller = async () => {
    while (next < COUNT) await waymark.enqueue(job, { i: next++ });
  };
  await Promise.all(Array.from({ length: 100 }, caller));
  await completed(waymark);
  await waymark.close();
  return "";
});
