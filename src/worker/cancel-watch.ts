/**
 * Makes a cancel reach a handler that reports nothing long before the next heartbeat would: when the store hints that a
 * running job may have changed, it looks, and only when there is something to hear of asks for a heartbeat out of turn.
 * Looking writes nothing, so it causes no further hints, here or in another process.
 */
import type { Clock } from "../core/clock.js";
import type { Hint, LeaseRef, Store } from "../core/store.js";
import type { StopSwitch } from "./stop-switch.js";

/** At least this long between two looks: a busy store hints all the time, mostly of what its own worker did. */
const GAP_MS = 500;

/** A running attempt, known by its identity. */
export interface Watched extends LeaseRef {
  readonly stopSwitch: StopSwitch;
}

export interface CancelWatch {
  begin(attempt: Watched): void;
  end(attempt: Watched): void;
  hinted(hint: Hint): void;
  stop(): void;
}

export interface CancelWatchOptions {
  readonly store: Pick<Store, "read">;
  readonly clock: Clock;
  /** Something happened to a job: asks for a heartbeat. */
  readonly onChange: () => void;
}

export function createCancelWatch({ store, clock, onChange }: CancelWatchOptions): CancelWatch {
  const watched = new Map<string, Watched>();
  let disarm: (() => void) | null = null;
  let lookAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const look = async (): Promise<void> => {
    disarm = null;
    lookAt = clock.monotonic() + GAP_MS;
    const asked = [...watched].filter(([, { stopSwitch }]) => stopSwitch.why() === null);
    if (asked.length === 0) return;
    try {
      const records = await store.read({ jobIds: asked.map(([jobId]) => jobId), view: "status" });
      const changed = asked.some(([jobId, one], i) => watched.get(jobId) === one && !isOurs(records[i] ?? null, one));
      if (changed && !stopped) onChange();
    } catch {
      // The next heartbeat tells it anyway.
    }
  };

  return {
    begin: (attempt) => {
      watched.set(attempt.jobId, attempt);
    },
    end: (attempt) => {
      if (watched.get(attempt.jobId) === attempt) watched.delete(attempt.jobId);
    },
    hinted: ({ jobs }) => {
      if (stopped || disarm !== null || watched.size === 0) return;
      if (jobs !== "any" && !jobs.some((jobId) => watched.get(jobId)?.stopSwitch.why() === null)) return;
      const waitMs = lookAt - clock.monotonic();
      if (waitMs <= 0) void look();
      else disarm = clock.after(waitMs, () => void look());
    },
    stop: () => {
      stopped = true;
      disarm?.();
    },
  };
}

function isOurs(record: Awaited<ReturnType<Store["read"]>>[number], { fence }: Watched): boolean {
  if (record === null || !("fence" in record)) return false;
  return record.fence === fence && record.status === "processing" && record.cancelRequestedAt === null;
}
