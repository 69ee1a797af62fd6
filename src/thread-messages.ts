/** What a worker and the thread that keeps its leases tell each other, and what the thread does with it. */
import type { Clock } from "./core/clock.js";
import type { LeaseRef, WorkerFacts } from "./core/store.js";
import type { HoldOptions, KeptLease, LeaseKeeper, LeaseNews } from "./worker/lease-keeper.js";
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

/**
 * A lease has a number between the two threads, so that most messages are but numbers. Many leases travel as columns, as
 * a thousand small objects would cost both threads several times as much as three arrays.
 */
export interface LeaseColumns {
  readonly nos: readonly number[];
  readonly jobIds: readonly string[];
  readonly fences: readonly number[];
}
export type ToThread =
  /** Nothing, but that the event loop turns; said three times a lease. */
  | { readonly type: "alive" }
  /** Of a lease that is held already only `giveUpInMs` changes. */
  | { readonly type: "hold"; readonly leases: LeaseColumns; readonly options: HoldOptions }
  | { readonly type: "drop"; readonly nos: readonly number[] }
  | { readonly type: "beatSoon" }
  | { readonly type: "renewed"; readonly nos: readonly number[]; readonly ageMs: number }
  | { readonly type: "stop" };
export type FromThread =
  | { readonly type: "news"; readonly no: number; readonly news: LeaseNews; readonly presumed: boolean }
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
  const known = new Map<number, KeptLease>();
  const kept = (no: number, { jobId, fence }: LeaseRef): KeptLease => {
    let lease = known.get(no);
    if (lease === undefined) {
      const tellNews: KeptLease["tell"] = (news, presumed) => {
        if (news === "lost") known.delete(no);
        tell({ type: "news", no, news, presumed });
      };
      lease = { jobId, fence, tell: tellNews };
      known.set(no, lease);
    }
    return lease;
  };
  const each = (nos: readonly number[], act: (lease: KeptLease) => void): void => {
    for (const no of nos) {
      const lease = known.get(no);
      if (lease !== undefined) act(lease);
    }
  };
  return (message) => {
    const cameAt = clock.monotonic();
    void opening.then(async ({ keeper, close }) => {
      // The store may have taken its time to open.
      const waitedMs = clock.monotonic() - cameAt;
      switch (message.type) {
        case "alive":
          return;
        case "hold": {
          const options = { ...message.options, ageMs: message.options.ageMs + waitedMs };
          const { nos, jobIds, fences } = message.leases;
          const leases = nos.map((no, i) => kept(no, { jobId: jobIds[i]!, fence: fences[i]! }));
          return keeper.hold(leases, options);
        }
        case "drop":
          each(message.nos, keeper.drop);
          for (const no of message.nos) known.delete(no);
          return;
        case "beatSoon":
          return keeper.beatSoon();
        case "renewed":
          return each(message.nos, (lease) => keeper.renewed(lease, message.ageMs + waitedMs));
        case "stop":
          await keeper.stop();
          await close();
          tell({ type: "stopped" });
      }
    });
  };
}
