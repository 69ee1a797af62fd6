/**
 * The work nobody asks for: takes back lost leases, ends jobs whose time is over, removes what retention allows. Any
 * number of processes may do it at once; each step is a guarded statement of the store.
 */
import type { Clock } from "../core/clock.js";
import type { RetentionPlan } from "../core/retention.js";
import type { Runtime } from "../runtime.js";
import { createHearingWatch } from "./hearing-watch.js";

export interface Maintenance {
  /**
   * Looks for lost leases and expired jobs every `sweepMs` (at least 100 ms) from now on; the shortest interval asked for
   * rules.
   */
  sweepEvery(sweepMs: number): void;
  /** True when the sweep should have turned long ago: one never answered, or a timer never fired. */
  readonly stalled: boolean;
  /** One round of retention now, without rests. @returns how many jobs were removed */
  purge(): Promise<number>;
  stop(): Promise<void>;
}

/** Jobs of one statement: small enough to hold no lock for long. */
const BATCH = 500;
/** Retention is in no hurry: after each batch it rests so many times as long as that took, and workers have the store. */
const RESTS = 4;
/** A round that has gone on for so long is behind what finishes, and rests less and less … */
const UNHURRIED_MS = 15 * 60_000;
/** … until, after so long, it does not rest at all. So it keeps up with whatever the store can finish. */
const HURRIED_MS = 60 * 60_000;
/** A sweep that has not ended for two rounds and this is stalled. */
const STALLED_MS = 30_000;
/** Looking more often than this would only wear out the store. */
const LEAST_SWEEP_MS = 100;

export function createMaintenance(runtime: Runtime, retention: RetentionPlan): Maintenance {
  const { store, clock, events } = runtime;
  const trouble = (part: string) => (error: unknown) => events.emit({ type: "trouble", part, error });
  const lookForHints = createHearingWatch(store, trouble("listen"));
  let sweepMs = Number.POSITIVE_INFINITY;
  let stopped = false;
  let endRest = (): void => {};

  const sweep = async (): Promise<void> => {
    lookForHints();
    for (;;) {
      const { rescued, expired } = await store.sweep(BATCH);
      for (const { jobId, kind, fence, to } of rescued)
        events.emit({ type: "rescued", jobId, kind, fence, status: to });
      for (const { jobId, kind, fence, to } of expired)
        events.emit({ type: "expired", jobId, kind, fence, status: to });
      if (stopped || (rescued.length < BATCH && expired.length < BATCH)) return;
    }
  };
  const purge = async (restsAfter: (roundMs: number) => number): Promise<number> => {
    const { rules, tombstoneMs } = retention;
    const beganAt = clock.monotonic();
    for (let removed = 0; ; ) {
      const askedAt = clock.monotonic();
      const gone = await store.purge({ rules, tombstoneMs, limit: BATCH, actor: "retention" });
      for (const { jobId, status } of gone) events.emit({ type: "purged", jobId, status, actor: "retention" });
      removed += gone.length;
      const now = clock.monotonic();
      if (gone.length === BATCH) await rest(restsAfter(now - beganAt) * (now - askedAt));
      if (stopped || gone.length < BATCH) return removed;
    }
  };
  /** Ends early when all of it stops; keeps no process alive. */
  const rest = (ms: number): Promise<void> => {
    if (ms <= 0 || stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const disarm = clock.after(ms, resolve);
      endRest = () => {
        disarm();
        resolve();
      };
    });
  };

  const sweeping = repeat(clock, sweep, trouble("sweep"));
  const purging = repeat(clock, async () => void (await purge(rests)), trouble("retention"));
  if (retention.rules.length > 0) purging.every(retention.everyMs);

  return {
    sweepEvery: (asked) => {
      const ms = Math.max(LEAST_SWEEP_MS, asked);
      if (stopped || ms >= sweepMs) return;
      sweepMs = ms;
      sweeping.every(ms);
    },
    get stalled() {
      return sweeping.sinceTurnMs() > 2 * sweepMs + STALLED_MS;
    },
    purge: () => purge(() => 0),
    stop: async () => {
      stopped = true;
      endRest();
      await Promise.all([sweeping.stop(), purging.stop()]);
    },
  };
}

/** How many times as long as its last batch retention rests, in a round that has gone on for so long. */
function rests(roundMs: number): number {
  const hurry = (roundMs - UNHURRIED_MS) / (HURRIED_MS - UNHURRIED_MS);
  return RESTS * (1 - Math.min(1, Math.max(0, hurry)));
}

/** Runs `task` again and again, never twice at once, with a little jitter so that processes do not march in step. */
function repeat(clock: Clock, task: () => Promise<void>, onError: (error: unknown) => void) {
  let everyMs: number | null = null;
  let disarm: (() => void) | null = null;
  let running: Promise<void> | null = null;
  let turnedAt = clock.monotonic();
  const arm = (): void => {
    disarm?.();
    disarm = null;
    if (everyMs === null || running !== null) return;
    disarm = clock.after(everyMs * (0.9 + 0.1 * clock.random()), () => {
      running = task()
        .catch(onError)
        .then(() => {
          running = null;
          turnedAt = clock.monotonic();
          arm();
        });
    });
  };
  return {
    /** Ms since a round ended, or since rounds are wanted; 0 while none are. */
    sinceTurnMs: (): number => (everyMs === null ? 0 : clock.monotonic() - turnedAt),
    every: (ms: number): void => {
      if (everyMs === null) turnedAt = clock.monotonic();
      everyMs = ms;
      arm();
    },
    stop: async (): Promise<void> => {
      everyMs = null;
      disarm?.();
      await running;
    },
  };
}
