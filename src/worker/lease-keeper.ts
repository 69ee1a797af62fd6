/**
 * Keeps the leases of one worker alive: one heartbeat statement for all of them, three times per lease. A lease that no
 * answer has renewed in time, because the store fails, hangs or answers late, it calls lost *before* the store would
 * give it to somebody else.
 */
import type { Clock } from "../core/clock.js";
import type { HoldAnswer, LeaseRef, Store, WorkerFacts } from "../core/store.js";

/** What the keeper may say of a lease; said at most once each. */
export type LeaseNews = Exclude<HoldAnswer, "held">;
/** A lease to keep, known by its identity: whoever holds it passes the same object again. */
export interface KeptLease extends LeaseRef {
  /** For a keeper that numbers its leases, and for it alone. */
  leaseNo?: number;
  /** @param presumed  not the store said so, but it has not renewed the lease in time */
  tell(news: LeaseNews, presumed: boolean): void;
}

export interface HoldOptions {
  /**
   * Stop renewing after this time whatever happens, so that a handler that blocks its process for ever loses its job in
   * the end; null = when the process is taken for dead.
   */
  readonly giveUpInMs: number | null;
  /** Ms since the lease was asked for: the store may have given it right then, however late its answer came. */
  readonly ageMs: number;
}

export interface LeaseKeeper {
  /** Ms since the store last answered a heartbeat, or since the beginning. */
  readonly silentMs: number;
  /** Of a lease that is held already only `giveUpInMs` changes. */
  hold(leases: readonly KeptLease[], options: HoldOptions): void;
  drop(lease: KeptLease): void;
  /** Asks the store out of turn, now or in a moment: something may have happened to a lease. Cheap to call often. */
  beatSoon(): void;
  /** The worker has nothing to do: a good moment for what would otherwise disturb its work. Cheap to call often. */
  idle(): void;
  /** Somebody else has renewed this lease, `ageMs` ago at most. */
  renewed(lease: KeptLease, ageMs: number): void;
  /** Says that the worker takes no more work, and lets go. */
  stop(): Promise<void>;
}

export interface LeaseKeeperOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** `running` and `accepting` are filled in. Null for leases without a worker behind them. */
  readonly worker: Omit<WorkerFacts, "running" | "accepting"> | null;
  readonly onTrouble: (error: unknown) => void;
  /** Until when the process that holds the leases is taken to be alive, by the monotonic clock. Default: for ever. */
  readonly aliveUntil?: () => number;
  /** Called before each heartbeat: the last moment to hold what it is to renew. */
  readonly beforeBeat?: () => void;
  /** Told each time the store has answered a heartbeat. */
  readonly onBeat?: () => void;
}

/** Shared by leases that were taken or renewed together. */
interface Trust {
  /** When we must think them lost, unless an answer renews them. Monotonic, like all times here. */
  until: number;
}

/** Share of a lease after which silence of the store means that it is lost: we must be first to think so. */
const TRUSTED_SHARE = 0.9;
/** At least this long between two heartbeats out of turn. */
const SOON_GAP_MS = 250;

export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { store, clock, leaseMs, worker, onTrouble, aliveUntil = () => Number.POSITIVE_INFINITY } = options;
  const shortMs = leaseMs / 10;
  const held = new Map<KeptLease, Trust>();
  /** When to stop renewing those that are not held for as long as the process lives. */
  const giveUps = new Map<KeptLease, number>();
  const cancelTold = new Set<KeptLease>();
  const beating = new Set<Promise<void>>();
  let accepting = true;
  let stopped = false;
  let beatenAt = clock.monotonic();
  /** Heartbeats that failed since the last one that was answered. */
  let failed = 0;
  let disarm: (() => void) | null = null;
  let disarmWatch: (() => void) | null = null;
  let watchAt = Number.POSITIVE_INFINITY;
  let disarmSoon: (() => void) | null = null;
  let soonAt = Number.NEGATIVE_INFINITY;

  const arm = (ms: number): void => {
    disarm?.();
    disarm = stopped ? null : clock.after(ms, () => void beat());
  };

  /** A beat whose answer is overdue does not hold up the next one. */
  const beat = (): Promise<void> => {
    arm(leaseMs / 3);
    const beaten = send().finally(() => beating.delete(beaten));
    beating.add(beaten);
    return beaten;
  };

  const send = async (): Promise<void> => {
    options.beforeBeat?.();
    const askedAt = clock.monotonic();
    const isAlive = aliveUntil() > askedAt;
    const asked = [...held.keys()].filter((lease) => {
      const giveUpAt = giveUps.get(lease);
      return giveUpAt === undefined ? isAlive : giveUpAt > askedAt;
    });
    const present = isAlive ? worker : null;
    if (asked.length === 0 && present === null) return;
    try {
      const facts = present === null ? null : { ...present, running: held.size, accepting };
      const answers = await store.extend({ worker: facts, leaseMs, leases: asked.map(refOf) });
      beatenAt = clock.monotonic();
      failed = 0;
      options.onBeat?.();
      const renewed: Trust = { until: askedAt + leaseMs * TRUSTED_SHARE };
      asked.forEach((lease, i) => apply(lease, answers[i]!, renewed));
    } catch (error) {
      failed++;
      onTrouble(error);
      // A store that comes back is not asked by every process in the same moment.
      arm(Math.min(1_000, shortMs) * (0.5 + 0.5 * clock.random()));
    }
  };

  const apply = (lease: KeptLease, answer: HoldAnswer, renewed: Trust): void => {
    if (!held.has(lease)) return;
    if (answer === "lost") {
      forget(lease);
      lease.tell("lost", false);
      return;
    }
    trust(lease, renewed);
    if (answer === "cancelRequested" && !cancelTold.has(lease)) {
      cancelTold.add(lease);
      lease.tell("cancelRequested", false);
    }
  };

  /** Does not shorten what it is trusted for already. */
  const trust = (lease: KeptLease, renewed: Trust): void => {
    const known = held.get(lease);
    if (known !== undefined && known.until < renewed.until) held.set(lease, renewed);
  };

  const forget = (lease: KeptLease): void => {
    held.delete(lease);
    if (giveUps.size > 0) giveUps.delete(lease);
    if (cancelTold.size > 0) cancelTold.delete(lease);
  };

  /** One timer for all leases. Renewing only moves their ends away, so it may ring too early, never too late. */
  const watch = (until: number): void => {
    if (until >= watchAt || stopped) return;
    watchAt = until;
    disarmWatch?.();
    disarmWatch = clock.after(until - clock.monotonic(), endUntrusted);
  };

  const endUntrusted = (): void => {
    const now = clock.monotonic();
    // This process slept through its own alarm: then its heartbeat, overdue as well, asks first. But not a store that has
    // been silent to several: to them it has had its time, and somebody else may have the job in a moment.
    const silent = failed > 0 || beating.size > 1;
    const overslept = now - watchAt > shortMs && !silent;
    if (overslept) void beat();
    for (const [lease, trust] of [...held]) {
      if (trust.until > now) continue;
      if (overslept) {
        trust.until = now + shortMs;
        continue;
      }
      forget(lease);
      lease.tell("lost", true);
    }
    watchAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of held.values()) next = Math.min(next, until);
    watch(next);
  };

  if (worker !== null) void beat();
  else arm(leaseMs / 3);

  return {
    get silentMs() {
      return clock.monotonic() - beatenAt;
    },
    hold: (leases, { giveUpInMs, ageMs }) => {
      const now = clock.monotonic();
      const trust: Trust = { until: now - ageMs + leaseMs * TRUSTED_SHARE };
      for (let i = 0; i < leases.length; i++) {
        const lease = leases[i]!;
        if (!held.has(lease)) held.set(lease, trust);
        if (giveUpInMs !== null) giveUps.set(lease, now + giveUpInMs);
        else if (giveUps.size > 0) giveUps.delete(lease);
      }
      if (leases.length > 0) watch(trust.until);
    },
    drop: forget,
    beatSoon: () => {
      if (stopped || disarmSoon !== null) return;
      const now = clock.monotonic();
      const beatNow = (): void => {
        disarmSoon = null;
        soonAt = clock.monotonic() + SOON_GAP_MS;
        void beat();
      };
      if (now >= soonAt) beatNow();
      else disarmSoon = clock.after(soonAt - now, beatNow);
    },
    idle: () => {},
    renewed: (lease, ageMs) => {
      trust(lease, { until: clock.monotonic() - ageMs + leaseMs * TRUSTED_SHARE });
    },
    stop: async () => {
      if (stopped) return;
      stopped = true;
      accepting = false;
      disarm?.();
      disarmWatch?.();
      disarmSoon?.();
      // The last word is the one that says good-bye.
      await Promise.all(beating);
      if (worker !== null) await beat();
    },
  };
}

/** Only what the store must know: the lease itself may be a large thing. */
function refOf({ jobId, fence }: KeptLease): LeaseRef {
  return { jobId, fence };
}
