/** What a worker and the thread that keeps its leases tell each other, and what the thread does with it. */
import type { Clock } from "./core/clock.js";
import type { LeaseRef, WorkerFacts } from "./core/store.js";
import type { HoldOptions, LeaseKeeper, LeaseNews } from "./worker/lease-keeper.js";
import type { Blocked } from "./worker/work-options.js";

/** What the thread is started with. */
export interface ThreadSetup {
  /** Where the store is, and how to open it. */
  readonly url: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly leaseMs: number;
  readonly worker: Omit<WorkerFacts, "running" | "accepting">;
  readonly blocked: Blocked;
}
/** A process that has not been heard of for so many leases is taken for dead, although its thread lives. */
export const BLOCKED_LEASES = 10;

export type ToThread =
  /** Nothing, but that the event loop turns; said three times a lease. */
  | { readonly type: "alive" }
  | { readonly type: "hold"; readonly lease: LeaseRef; readonly options: HoldOptions }
  | { readonly type: "drop"; readonly lease: LeaseRef }
  | { readonly type: "beatSoon" }
  | { readonly type: "renewed"; readonly leases: readonly LeaseRef[]; readonly ageMs: number }
  | { readonly type: "stop" };
export type FromThread =
  | { readonly type: "news"; readonly lease: LeaseRef; readonly news: LeaseNews; readonly presumed: boolean }
  /** The store has answered a heartbeat. */
  | { readonly type: "beaten" }
  | { readonly type: "trouble"; readonly message: string }
  | { readonly type: "stopped" };

export interface ThreadSide {
  /** What the messages are for; they wait until the store is open. */
  readonly opening: Promise<{ readonly keeper: LeaseKeeper; readonly close: () => Promise<void> }>;
  readonly clock: Clock;
  readonly tell: (message: FromThread) => void;
}

export function listenInThread({ opening, clock, tell }: ThreadSide): (message: ToThread) => void {
  return (message) => {
    const cameAt = clock.monotonic();
    void opening.then(async ({ keeper, close }) => {
      // The store may have taken its time to open.
      const waitedMs = clock.monotonic() - cameAt;
      switch (message.type) {
        case "alive":
          return;
        case "hold": {
          const { lease } = message;
          const options = { ...message.options, ageMs: message.options.ageMs + waitedMs };
          return keeper.hold(lease, options, (news, presumed) => tell({ type: "news", lease, news, presumed }));
        }
        case "drop":
          return keeper.drop(message.lease);
        case "beatSoon":
          return keeper.beatSoon();
        case "renewed":
          for (const lease of message.leases) keeper.renewed(lease, message.ageMs + waitedMs);
          return;
        case "stop":
          await keeper.stop();
          await close();
          tell({ type: "stopped" });
      }
    });
  };
}
