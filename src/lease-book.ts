/**
 * The leases that a thread has been told of. Most jobs are over long before their lease would have to be renewed, so a lot
 * of leases stays the text it came as until the next heartbeat; only what is left of it by then becomes objects. Of those on
 * the board nothing is told: the board is looked at before each heartbeat.
 */
import type { Clock } from "./core/clock.js";
import type { LeaseRef } from "./core/store.js";
import type { LeaseReader, PostedLease } from "./lease-board.js";
import type { HoldOptions, KeptLease, LeaseKeeper, LeaseNews } from "./worker/lease-keeper.js";

/** Leases held together. They have numbers between the two threads, one after the other. */
export interface LeaseLot {
  readonly firstNo: number;
  /** One a line. */
  readonly jobIds: string;
  /** A number when all have the same. */
  readonly fences: number | readonly number[];
}

export interface LeaseBook {
  hold(lot: LeaseLot, options: HoldOptions): void;
  /** From now on these are renewed for so long at most; null = while the process is taken to be alive. */
  giveUpIn(nos: readonly number[], giveUpInMs: number | null): void;
  /** @param ranges  first and last number of the first range, of the second … */
  drop(ranges: readonly number[]): void;
  renewed(nos: readonly number[], ageMs: number): void;
  /** The clock of the thread that claims stood there a moment ago. */
  heard(at: number): void;
  /** To be called before each heartbeat: hands over what has to be renewed. */
  handOver(): void;
}

export interface LeaseBookOptions {
  readonly clock: Clock;
  readonly board: LeaseReader;
  /** Null until the store is open; everything waits for it. */
  readonly keeper: () => LeaseKeeper | null;
  readonly leaseMs: number;
  readonly onNews: (no: number, news: LeaseNews, presumed: boolean) => void;
}

interface Waiting extends LeaseLot {
  readonly options: HoldOptions;
  readonly cameAt: number;
  /** 1 for those that were dropped. */
  readonly gone: Uint8Array;
  left: number;
  /** When to give up, by number, where that was said later. */
  readonly giveUps: Map<number, number | null>;
  readonly count: number;
}

/** Asked for longer ago than this share of a lease, it cannot wait for the next heartbeat, which comes after a third. */
const OLD_SHARE = 0.25;

export function createLeaseBook({ clock, board, keeper, leaseMs, onNews }: LeaseBookOptions): LeaseBook {
  let lots: Waiting[] = [];
  const handed = new Map<number, KeptLease>();
  /** How far our clock is ahead of the other thread's: as the quickest of its messages made it seem. */
  let aheadMs = Number.POSITIVE_INFINITY;

  const handOver = (): void => {
    const to = keeper();
    if (to === null) return;
    const ready = lots;
    lots = [];
    for (const lot of ready) handOverLot(to, lot);
    const { posted, changed, removed } = board.look();
    for (const { no } of removed) forget(no);
    for (const lease of posted) to.hold([made(lease)], optionsOf(lease));
    for (const lease of changed) {
      const known = handed.get(lease.no);
      if (known !== undefined) to.hold([known], optionsOf(lease));
    }
  };

  const optionsOf = ({ askedAt, giveUpAt }: PostedLease): HoldOptions => {
    const there = clock.monotonic() - aheadMs;
    return { ageMs: there - askedAt, giveUpInMs: giveUpAt === Number.POSITIVE_INFINITY ? null : giveUpAt - there };
  };

  const made = ({ no, jobId, fence }: LeaseRef & { readonly no: number }): KeptLease => {
    const tell: KeptLease["tell"] = (news, presumed) => {
      if (news === "lost") handed.delete(no);
      onNews(no, news, presumed);
    };
    const lease = { jobId, fence, tell };
    handed.set(no, lease);
    return lease;
  };

  const forget = (no: number): void => {
    const lease = handed.get(no);
    if (lease === undefined) return;
    handed.delete(no);
    keeper()?.drop(lease);
  };

  const handOverLot = (to: LeaseKeeper, { firstNo, jobIds, fences, options, cameAt, gone, giveUps }: Waiting): void => {
    const now = clock.monotonic();
    const waitedMs = now - cameAt;
    const leases = jobIds.split("\n").flatMap((jobId, i) => {
      if (gone[i] === 1) return [];
      return [made({ no: firstNo + i, jobId, fence: typeof fences === "number" ? fences : fences[i]! })];
    });
    const giveUpInMs = options.giveUpInMs === null ? null : options.giveUpInMs - waitedMs;
    to.hold(leases, { giveUpInMs, ageMs: options.ageMs + waitedMs });
    for (const [no, giveUpAt] of giveUps) {
      const lease = handed.get(no);
      if (lease !== undefined) to.hold([lease], { giveUpInMs: giveUpAt === null ? null : giveUpAt - now, ageMs: 0 });
    }
  };

  const lotOf = (no: number): Waiting | undefined =>
    lots.find(({ firstNo, count }) => no >= firstNo && no < firstNo + count);

  const dropRange = (first: number, last: number): void => {
    for (const lot of lots) {
      const end = Math.min(last, lot.firstNo + lot.count - 1);
      for (let no = Math.max(first, lot.firstNo); no <= end; no++) {
        if (lot.gone[no - lot.firstNo] === 0) lot.left--;
        lot.gone[no - lot.firstNo] = 1;
      }
    }
    if (handed.size === 0) return;
    for (let no = first; no <= last; no++) forget(no);
  };

  return {
    handOver,
    heard: (at) => {
      aheadMs = Math.min(aheadMs, clock.monotonic() - at);
    },
    hold: (lot, options) => {
      const count = lineCount(lot.jobIds);
      const cameAt = clock.monotonic();
      lots.push({ ...lot, options, cameAt, count, gone: new Uint8Array(count), left: count, giveUps: new Map() });
      if (options.ageMs > leaseMs * OLD_SHARE) handOver();
    },
    giveUpIn: (nos, giveUpInMs) => {
      for (const no of nos) {
        const lease = handed.get(no);
        if (lease !== undefined) keeper()?.hold([lease], { giveUpInMs, ageMs: 0 });
        else lotOf(no)?.giveUps.set(no, giveUpInMs === null ? null : clock.monotonic() + giveUpInMs);
      }
    },
    drop: (ranges) => {
      for (let i = 0; i < ranges.length; i += 2) dropRange(ranges[i]!, ranges[i + 1]!);
      lots = lots.filter(({ left }) => left > 0);
    },
    renewed: (nos, ageMs) => {
      handOver();
      for (const no of nos) {
        const lease = handed.get(no);
        if (lease !== undefined) keeper()?.renewed(lease, ageMs);
      }
    },
  };
}

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
