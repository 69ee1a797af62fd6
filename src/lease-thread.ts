/** The thread behind threaded-keeper.ts: opens the store by its address and keeps the leases it is told of. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "./core/clock.js";
import { openStore } from "./open-store.js";
import { type FromThread, listenInThread, type ThreadSetup, type ThreadSide } from "./thread-messages.js";
import { createLeaseKeeper } from "./worker/lease-keeper.js";

const { url, options, leaseMs, worker } = workerData as ThreadSetup;
const tell = (message: FromThread): void => parentPort?.postMessage(message);

async function openKeeper(): Promise<Awaited<ThreadSide["opening"]>> {
  const store = await openStore(url, { ...options, clock: systemClock });
  const onTrouble = (error: unknown): void => tell({ type: "trouble", message: String(error) });
  return {
    keeper: createLeaseKeeper({ store, clock: systemClock, leaseMs, worker, onTrouble }),
    close: () => store.close(),
  };
}

parentPort?.on("message", listenInThread({ opening: openKeeper(), clock: systemClock, tell }));
