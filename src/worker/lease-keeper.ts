/**
 * Keeps the leases of one worker alive: one heartbeat statement for all of them, three times per lease. When the store
 * cannot be reached, it calls a lease lost *before* the store would give it to somebody else.
 */
import type { Clock } from "../core/clock.js";
import type { HoldAnswer, LeaseRef, Store, WorkerFacts } from "../core/store.js";
import { leaseKey } from "./lease-key.js";

/** What the keeper may say of a lease; said at most once each. */
export type LeaseNews = Exclude<HoldAnswer, "held">;

export interface LeaseKeeper {
  /**
   * @param giveUpInMs  stop renewing after this time whatever happens, so that a handler that blocks its process for
   *                    ever loses its job in the end; null = never
   */
  hold(lease: LeaseRef, giveUpInMs: number | null, tell: (news: LeaseNews) => void): void;
  drop(lease: LeaseRef): void;
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
}

interface Held {
  readonly lease: LeaseRef;
  readonly tell: (news: LeaseNews) => void;
  readonly giveUpAt: number;
  renewedAt: number;
  cancelTold: boolean;
}

/** Share of a lease after which silence of the store means that it is lost: we must be first to think so. */
const TRUSTED_SHARE = 0.9;

export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { store, clock, leaseMs, worker, onTrouble } = options;
  const held = new Map<string, Held>();
  let accepting = true;
  let stopped = false;
  let disarm: (() => void) | null = null;
  let beating: Promise<void> | null = null;

  const arm = (ms: number): void => {
    disarm?.();
    disarm = stopped ? null : clock.after(ms, () => void beat());
  };

  const beat = (): Promise<void> => {
    beating ??= send().finally(() => {
      beating = null;
    });
    return beating;
  };

  const send = async (): Promise<void> => {
    const startedAt = clock.monotonic();
    const asked = [...held.values()].filter((one) => one.giveUpAt > startedAt);
    if (asked.length === 0 && worker === null) return arm(leaseMs / 3);
    try {
      const facts = worker === null ? null : { ...worker, running: held.size, accepting };
      const answers = await store.extend({ worker: facts, leaseMs, leases: asked.map(({ lease }) => lease) });
      asked.forEach((one, i) => apply(one, answers[i]!, startedAt));
      arm(leaseMs / 3);
    } catch (error) {
      onTrouble(error);
      for (const one of asked)
        if (clock.monotonic() - one.renewedAt > leaseMs * TRUSTED_SHARE) apply(one, "lost", startedAt);
      arm(Math.min(1_000, leaseMs / 10));
    }
  };

  const apply = (one: Held, answer: HoldAnswer, askedAt: number): void => {
    const key = leaseKey(one.lease);
    if (held.get(key) !== one) return;
    if (answer === "lost") {
      held.delete(key);
      one.tell("lost");
      return;
    }
    one.renewedAt = askedAt;
    if (answer === "cancelRequested" && !one.cancelTold) {
      one.cancelTold = true;
      one.tell("cancelRequested");
    }
  };

  if (worker !== null) void beat();
  else arm(leaseMs / 3);

  return {
    hold: (lease, giveUpInMs, tell) => {
      const now = clock.monotonic();
      const giveUpAt = giveUpInMs === null ? Number.POSITIVE_INFINITY : now + giveUpInMs;
      held.set(leaseKey(lease), { lease, tell, giveUpAt, renewedAt: now, cancelTold: false });
    },
    drop: (lease) => {
      held.delete(leaseKey(lease));
    },
    stop: async () => {
      if (stopped) return;
      await beating;
      accepting = false;
      stopped = true;
      disarm?.();
      if (worker !== null) await beat();
      disarm?.();
    },
  };
}
