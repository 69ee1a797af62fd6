/**
 * A lease keeper in a thread of its own, with a store connection of its own: a handler that keeps the event loop busy
 * for minutes cannot stop its heartbeats. For stores that another thread can open; null for others, and when running
 * from sources, where the compiled thread is not there.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import type { LeaseRef, Store, StoreAddress, WorkerFacts } from "./core/store.js";
import type { HoldOptions, LeaseKeeper, LeaseNews } from "./worker/lease-keeper.js";
import { leaseKey } from "./worker/lease-key.js";

/** What the thread is started with. */
export interface ThreadSetup {
  readonly address: StoreAddress;
  readonly leaseMs: number;
  readonly worker: Omit<WorkerFacts, "running" | "accepting">;
}
export type ToThread =
  | { readonly type: "hold"; readonly lease: LeaseRef; readonly options: HoldOptions }
  | { readonly type: "drop"; readonly lease: LeaseRef }
  | { readonly type: "stop" };
export type FromThread =
  | { readonly type: "news"; readonly lease: LeaseRef; readonly news: LeaseNews }
  | { readonly type: "trouble"; readonly message: string }
  | { readonly type: "stopped" };

export interface ThreadedKeeperOptions {
  readonly store: Store;
  readonly leaseMs: number;
  readonly worker: Omit<WorkerFacts, "running" | "accepting">;
  readonly onTrouble: (error: unknown) => void;
  /** Takes over, in this thread, when the other one has died. */
  readonly openSubstitute: () => LeaseKeeper;
}

interface Held {
  readonly lease: LeaseRef;
  readonly options: HoldOptions;
  readonly tell: (news: LeaseNews) => void;
}

const THREAD_FILE = new URL("./lease-thread.js", import.meta.url);

export function openThreadedKeeper(options: ThreadedKeeperOptions): LeaseKeeper | null {
  const { store, leaseMs, worker, onTrouble, openSubstitute } = options;
  if (store.address === null || !existsSync(fileURLToPath(THREAD_FILE))) return null;
  const setup: ThreadSetup = { address: store.address, leaseMs, worker };
  const thread = new Thread(THREAD_FILE, { workerData: setup });
  thread.unref();
  // The thread needs a moment to load; until then a status would say that nobody works on this kind.
  void store.extend({ worker: { ...worker, running: 0, accepting: true }, leaseMs, leases: [] }).catch(onTrouble);
  const held = new Map<string, Held>();
  let substitute: LeaseKeeper | null = null;
  let stopped: Promise<void> | null = null;
  let onStopped = (): void => {};

  const send = (message: ToThread): void => thread.postMessage(message);
  thread.on("message", (message: FromThread) => {
    if (message.type === "trouble") onTrouble(new Error(message.message));
    if (message.type === "stopped") onStopped();
    if (message.type !== "news") return;
    const one = held.get(leaseKey(message.lease));
    if (message.news === "lost") held.delete(leaseKey(message.lease));
    one?.tell(message.news);
  });
  thread.on("error", onTrouble);
  thread.on("exit", () => {
    onStopped();
    if (stopped !== null) return;
    substitute = openSubstitute();
    // The thread renewed a third of a lease ago at most, as far as we know.
    const ageMs = leaseMs / 3;
    for (const { lease, options, tell } of held.values()) substitute.hold(lease, { ...options, ageMs }, tell);
  });

  const endThread = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      onStopped = resolve;
      thread.ref();
      send({ type: "stop" });
    });
    await thread.terminate();
  };

  return {
    hold: ({ jobId, fence }, options, tell) => {
      const lease = { jobId, fence };
      held.set(leaseKey(lease), { lease, options, tell });
      if (substitute === null) send({ type: "hold", lease, options });
      else substitute.hold(lease, options, tell);
    },
    drop: ({ jobId, fence }) => {
      const lease = { jobId, fence };
      held.delete(leaseKey(lease));
      if (substitute === null) send({ type: "drop", lease });
      else substitute.drop(lease);
    },
    stop: () => {
      stopped ??= substitute?.stop() ?? endThread();
      return stopped;
    },
  };
}
