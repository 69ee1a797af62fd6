/** What is measured with, in one place: the worker's options, and how much of everything. */

/** Options of every measured worker; the adapter's `tuned` profile has the same. */
export const WORK = { concurrency: 100, prefetch: 2_000 };

/** How many callers call at once where many do. */
export const CALLERS = 100;

export const FULL = {
  boxMs: 1_200,
  bulk: 10_000,
  drain: 20_000,
  longDrain: 100_000,
  endToEnd: 10_000,
  samples: 250,
  stored: 100_000,
  /** Ids asked for in one go. */
  manyIds: 1_000,
  reporters: 1_000,
  viewers: 10_000,
  /** Jobs drained beside something that is switched on and off: see lib/windows.mjs. */
  besideJobs: 500_000,
  besideWarmUpMs: 1_000,
  windowMs: 400,
  reportingMs: 3_000,
  windowPairs: 8,
  someFinished: 100_000,
  manyFinished: 1_000_000,
  manyWaiting: 1_000_000,
  queues: 50,
  /** PostgreSQL counts what a connection did up to 10 s after it fell idle. */
  settleMs: 12_000,
  idleMs: 20_000,
  snapshot: 50_000,
  longSnapshot: 200_000,
  footprint: 50_000,
  heap: 100_000,
};

/** Enough to see that a row works; its figures mean nothing. */
export const QUICK = {
  boxMs: 40,
  bulk: 100,
  drain: 200,
  longDrain: 300,
  endToEnd: 150,
  samples: 5,
  stored: 200,
  manyIds: 50,
  reporters: 5,
  viewers: 20,
  besideJobs: 60_000,
  besideWarmUpMs: 50,
  windowMs: 100,
  reportingMs: 300,
  windowPairs: 1,
  someFinished: 50,
  manyFinished: 100,
  manyWaiting: 300,
  queues: 3,
  settleMs: 50,
  idleMs: 300,
  snapshot: 200,
  longSnapshot: 300,
  footprint: 100,
  heap: 200,
};
