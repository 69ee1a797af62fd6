/**
 * Jobs that were lost so often that one loss more makes them poisoned. One of them may be what takes its process down,
 * and it must not take innocent ones along for the last time: a worker runs one such job at a time until it has lived
 * for a lease, gives others back uncharged, and claims nothing meanwhile. Fresh neighbours have losses to spare.
 */
import type { Clock } from "../core/clock.js";
import { POISON_LIMIT } from "../core/lifecycle.js";
import type { ClaimedJob } from "../core/store.js";

/** Losses from which on a job is one. */
const SUSPECT = POISON_LIMIT - 1;

export interface Suspects {
  /** One is about to run or has not lived for long: nothing is to be claimed. */
  readonly onProbation: boolean;
  /** Some were given back, and would only come back with the next claim: ask for one job at a time. */
  readonly many: boolean;
  /** What of a claim may run here, suspects first, and what is to be given back. */
  admit(jobs: readonly ClaimedJob[]): { readonly run: readonly ClaimedJob[]; readonly giveBack: readonly ClaimedJob[] };
  /** Its handler begins: the probation runs from now. Nothing happens for others; of jobs never lost it need not be told. */
  begin(job: ClaimedJob): void;
  /** Its attempt has ended, or it was given back. The same holds for others. */
  end(job: ClaimedJob): void;
}

export interface SuspectsOptions {
  readonly clock: Clock;
  readonly probationMs: number;
  /** The probation is over. */
  readonly onFree: () => void;
}

export function createSuspects({ clock, probationMs, onFree }: SuspectsOptions): Suspects {
  let current: ClaimedJob | null = null;
  let many = false;
  let disarm: (() => void) | null = null;

  const free = (): void => {
    disarm?.();
    disarm = current = null;
    onFree();
  };

  return {
    get onProbation() {
      return current !== null;
    },
    get many() {
      return many;
    },
    admit: (jobs) => {
      if (!hasSuspect(jobs)) {
        many = false;
        return { run: jobs, giveBack: [] };
      }
      const suspects = jobs.filter(isSuspect);
      const admitted = current === null ? suspects.slice(0, 1) : [];
      current ??= admitted[0] ?? null;
      const giveBack = suspects.slice(admitted.length);
      many ||= giveBack.length > 0;
      return { run: [...admitted, ...jobs.filter((job) => !isSuspect(job))], giveBack };
    },
    begin: (job) => {
      if (current === job) disarm ??= clock.after(probationMs, free);
    },
    end: (job) => {
      if (current === job) free();
    },
  };
}

/** By number, as it is asked for all jobs. */
function hasSuspect(jobs: readonly ClaimedJob[]): boolean {
  for (let i = 0; i < jobs.length; i++) if (jobs[i]!.lostCount >= SUSPECT) return true;
  return false;
}

function isSuspect({ lostCount }: ClaimedJob): boolean {
  return lostCount >= SUSPECT;
}
