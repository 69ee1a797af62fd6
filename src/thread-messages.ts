/** What a worker and the thread that keeps its leases tell each other, and what the thread does with it. */
import type { Clock } from "./core/clock.js";
import type { WorkerFacts } from "./core/store.js";
import { leaseReader } from "./lease-board.js";
import { createLeaseBook, type LeaseLot } from "./lease-book.js";
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
  /** Where leases stand that no message tells of. */
  readonly board: SharedArrayBuffer;
}
/** A process that has not been heard of for so many leases is taken for dead, although its thread lives. */
export const BLOCKED_LEASES = 10;

export type ToThread =
  /** That the event loop turns, and where its clock stands; said first of all, and three times a lease. */
  | { readonly type: "alive"; readonly at: number }
  /** @property dropped  ranges, as of `drop` */
  | {
      readonly type: "hold";
      readonly lot: LeaseLot;
      readonly options: HoldOptions;
      readonly dropped: readonly number[];
    }
  /** Of leases that are held already. */
  | { readonly type: "giveUp"; readonly nos: readonly number[]; readonly giveUpInMs: number | null }
  /** The first and the last number of each range. */
  | { readonly type: "drop"; readonly ranges: readonly number[] }
  | { readonly type: "beatSoon" }
  /** The worker has nothing to do. */
  | { readonly type: "idle" }
  | { readonly type: "renewed"; readonly nos: readonly number[]; readonly ageMs: number }
  | { readonly type: "stop" };
export type FromThread =
  | { readonly type: "news"; readonly no: number; readonly news: LeaseNews; readonly presumed: boolean }
  /** The store has answered a heartbeat. */
  | { readonly type: "beaten" }
  | { readonly type: "trouble"; readonly message: string }
  | { readonly type: "stopped" };

export interface ThreadSide {
  /** Opens what the messages are for. @param beforeBeat  to be called before each heartbeat */
  readonly open: (
    beforeBeat: () => void,
  ) => Promise<{ readonly keeper: LeaseKeeper; readonly close: () => Promise<void> }>;
  readonly clock: Clock;
  readonly board: SharedArrayBuffer;
  readonly leaseMs: number;
  readonly tell: (message: FromThread) => void;
}

/**
 * To load and open a store takes a thread as much as a thousand jobs take the worker, who begins in the same moment; and
 * until a heartbeat is due nothing needs it. So it waits until the worker is idle, or somebody asks, or for this share of
 * a lease.
 */
const OPEN_SHARE = 1 / 6;

export function listenInThread({ open, clock, board, leaseMs, tell }: ThreadSide): (message: ToThread) => void {
  let keeper: LeaseKeeper | null = null;
  let opening: ReturnType<ThreadSide["open"]> | null = null;
  const onNews = (no: number, news: LeaseNews, presumed: boolean): void => tell({ type: "news", no, news, presumed });
  const book = createLeaseBook({ clock, leaseMs, board: leaseReader(board), onNews, keeper: () => keeper });

  const opened = (): ReturnType<ThreadSide["open"]> => {
    if (opening !== null) return opening;
    disarm();
    opening = open(book.handOver).then((ready) => {
      keeper = ready.keeper;
      // The store may have taken its time to open.
      book.handOver();
      return ready;
    });
    return opening;
  };
  const disarm = clock.after(leaseMs * OPEN_SHARE, () => void opened());

  return (message) => {
    switch (message.type) {
      case "alive":
        return book.heard(message.at);
      case "hold":
        book.drop(message.dropped);
        book.hold(message.lot, message.options);
        if (message.options.ageMs > leaseMs * OPEN_SHARE) void opened();
        return;
      case "giveUp":
        return book.giveUpIn(message.nos, message.giveUpInMs);
      case "drop":
        return book.drop(message.ranges);
      case "idle":
        return void opened();
      case "beatSoon":
        return void opened().then((ready) => ready.keeper.beatSoon());
      case "renewed": {
        const cameAt = clock.monotonic();
        return void opened().then(() => book.renewed(message.nos, message.ageMs + clock.monotonic() - cameAt));
      }
      case "stop":
        return void opened().then(async (ready) => {
          await ready.keeper.stop();
          await ready.close();
          tell({ type: "stopped" });
        });
    }
  };
}
