/** The thread behind threaded-keeper.ts: opens the store by its address and keeps the leases it is told of. */
import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "./core/clock.js";
import {
  BLOCKED_LEASES,
  type FromThread,
  listenInThread,
  type ThreadSetup,
  type ThreadSide,
  type ToThread,
} from "./thread-messages.js";
import { createLeaseKeeper } from "./worker/lease-keeper.js";

const { url, options, leaseMs, worker, blocked, board } = workerData as ThreadSetup;
const tell = (message: FromThread): void => parentPort?.postMessage(message);
let heardAt = systemClock.monotonic();
const aliveUntil = (): number => heardAt + BLOCKED_LEASES * leaseMs;

const openKeeper: ThreadSide["open"] = async (beforeBeat) => {
  const { openStore } = await import("./open-store.js");
  const store = await openStore(url, { ...options, clock: systemClock });
  const onTrouble = (error: unknown): void => tell({ type: "trouble", message: String(error) });
  const onBeat = (): void => tell({ type: "beaten" });
  return {
    keeper: createLeaseKeeper({
      store,
      clock: systemClock,
      leaseMs,
      worker,
      onTrouble,
      beforeBeat,
      onBeat,
      aliveUntil,
    }),
    close: () => store.close(),
  };
};

const listen = listenInThread({ open: openKeeper, clock: systemClock, board, leaseMs, tell });
parentPort?.on("message", (message: ToThread) => {
  heardAt = systemClock.monotonic();
  listen(message);
});

/** Nothing of the process but this thread can act any more, so its last words go to standard error by hand. */
function endWhenBlocked(): void {
  if (systemClock.monotonic() < aliveUntil()) return void systemClock.after(leaseMs / 3, endWhenBlocked);
  const message = `The event loop stood still for ${BLOCKED_LEASES} leases; this process ends itself.`;
  writeSync(2, `${JSON.stringify({ level: "error", workerId: worker.workerId, message })}\n`);
  process.kill(process.pid, "SIGKILL");
}
if (blocked === "kill") endWhenBlocked();
