/** The thread behind threaded-keeper.ts: opens the store by its address and keeps the leases it is told of. */
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "./core/clock.js";
import { openStore } from "./open-store.js";
import type { FromThread, ThreadSetup, ToThread } from "./threaded-keeper.js";
import { createLeaseKeeper, type LeaseKeeper } from "./worker/lease-keeper.js";

const { address, leaseMs, worker } = workerData as ThreadSetup;
const tell = (message: FromThread): void => parentPort?.postMessage(message);

async function openKeeper(): Promise<{ keeper: LeaseKeeper; close: () => Promise<void> }> {
  // The owner of the process has migrated already; the thread only trusts.
  const store = await openStore(address.url, {
    ...address.options,
    clock: systemClock,
    migrate: "off",
    maxConnections: 1,
  });
  const onTrouble = (error: unknown): void => tell({ type: "trouble", message: String(error) });
  return {
    keeper: createLeaseKeeper({ store, clock: systemClock, leaseMs, worker, onTrouble }),
    close: () => store.close(),
  };
}

const opening = openKeeper();

parentPort?.on("message", (message: ToThread) => {
  const cameAt = systemClock.monotonic();
  void opening.then(async ({ keeper, close }) => {
    switch (message.type) {
      case "hold": {
        // The store may have taken its time to open.
        const ageMs = message.options.ageMs + systemClock.monotonic() - cameAt;
        return keeper.hold(message.lease, { ...message.options, ageMs }, (news) =>
          tell({ type: "news", lease: message.lease, news }),
        );
      }
      case "drop":
        return keeper.drop(message.lease);
      case "stop":
        await keeper.stop();
        await close();
        tell({ type: "stopped" });
    }
  });
});
