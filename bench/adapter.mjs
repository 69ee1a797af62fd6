/**
 * Plugs Waymark into the peers harness, which measures job queues side by side:
 *
 *   PEER_ADAPTERS=…/bench/adapter.mjs node run.mjs --peer waymark-postgres,graphile-worker --bench drain
 *
 * It measures what is built (`dist/`), and calls it as a user would. Beyond the API it reads, by SQL, only what the harness
 * asks to know of a store itself: how many jobs are unfinished, how large it is; and it fills in finished jobs.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { defineJob, openWaymark } from "waymark";
import { WORK as TUNED } from "./lib/settings.mjs";
import { memoryPlace } from "./stores/memory.mjs";
import { postgresPlace } from "./stores/postgres.mjs";
import { sqlitePlace } from "./stores/sqlite.mjs";

export const variants = {
  "waymark-postgres": { store: "postgres" },
  "waymark-sqlite": { store: "sqlite" },
  "waymark-sqlite-normal": { store: "sqlite", storeOptions: { synchronous: "NORMAL" } },
  "waymark-memory": { store: "memory", inproc: true },
};

const WORK = { default: {}, tuned: TUNED };
const STORES =
  "postgres: pool of 10; sqlite: WAL, synchronous FULL (waymark-sqlite-normal: NORMAL); memory: maxJobs 4,000,000; " +
  "jobs, trail and fences kept";

export const settings = {
  default: `the worker's own settings; ${STORES}`,
  tuned: `${JSON.stringify(TUNED)}; ${STORES}`,
};

/** Jobs of one `enqueueMany`. */
const BULK = 10_000;

export async function create({ peer, profile, kit }) {
  const variant = variants[peer];
  const place = placeOf(peer, variant, kit);
  const bench = defineJob({ kind: "bench" });
  const seed = defineJob({ kind: "seed" });
  let opened = null;
  /** Whoever works with it keeps what it opened, and does not wait for it anew with each call. */
  let waymark = null;
  const open = async () => {
    opened ??= openWaymark(place.options);
    waymark = await opened;
    return waymark;
  };

  return {
    ...(variant.store === "postgres" ? { tools: kit.pgTools(kit.dbName(peer)) } : {}),
    async setup() {
      await place.empty();
      await open();
    },
    enqueue: (payload) => waymark.enqueue(bench, payload).then(({ jobId }) => jobId),
    async bulk(count) {
      const ids = [];
      for (let first = 0; first < count; first += BULK) {
        const inputs = Array.from({ length: Math.min(BULK, count - first) }, (_, i) => ({ i: first + i }));
        for (const { jobId } of await waymark.enqueueMany(bench, inputs)) ids.push(jobId);
      }
      return ids;
    },
    async startWorker(handler) {
      const run = (payload) => {
        handler(payload);
        return null;
      };
      const worker = (await open()).work([bench.handle(run)], WORK[profile]);
      return () => worker.stop();
    },
    async status(id) {
      return (await waymark.tracker.getStatus(id))?.status;
    },
    async isDone(id) {
      return waymark.tracker.isComplete(id);
    },
    async openRoundtrip() {
      await open();
    },
    async roundtrip(payload) {
      const { enqueue, tracker } = waymark;
      await tracker.awaitCompletion(await enqueue(bench, payload));
    },
    roundtripApi: "enqueue, then tracker.awaitCompletion",
    unfinished: async () => (await place.unfinished()) ?? null,
    async seedDone(count) {
      const { work, enqueue, tracker } = await open();
      const worker = work([seed.handle(() => null)]);
      const { jobId } = await enqueue(seed, { i: 0 });
      await tracker.awaitCompletion(jobId);
      await worker.stop();
      await place.copyFinished(jobId, count - 1);
    },
    ...(place.size === undefined ? {} : { size: place.size }),
    async close() {
      await (await opened)?.close();
      await place.close();
    },
  };
}

function placeOf(peer, { store, storeOptions = {} }, kit) {
  if (store === "memory") return memoryPlace({ storeOptions });
  if (store === "postgres")
    return { ...postgresPlace(kit.pgUrl(kit.dbName(peer))), empty: () => kit.freshDb(kit.dbName(peer)) };
  const folder = path.join(kit.SCRATCH, "sqlite");
  mkdirSync(folder, { recursive: true });
  return sqlitePlace(path.join(folder, `${peer}.db`), { storeOptions });
}
