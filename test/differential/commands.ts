/** What the differential test does to a store: every call of the contract, as plain data, so that it shrinks and prints. */
import fc from "fast-check";
import type { DurationSample } from "../../src/core/store.js";

/** A job so far, by its number; taken modulo how many there are. */
type Pick = number;
/** Fences back from the newest: 0 = that of the holder, if there is one. */
type Back = number;

export interface EnqueuePart {
  readonly queue: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly priority: number;
  readonly inMs: number | null;
  readonly expiresInMs: number | null;
  readonly maxAttempts: number;
  readonly uniqueKey: string | null;
  readonly idempotencyKey: string | null;
  readonly limit: number | null;
  readonly recorded: boolean;
  readonly payload: string;
  readonly metadata: string | null;
}
export interface SettlePart {
  readonly job: Pick;
  readonly back: Back;
  readonly how: "completed" | "failed" | "released" | "snoozed" | "cancelled";
  readonly inMs: number | null;
  readonly retryable: boolean;
}
export interface CallbackPart {
  readonly job: Pick;
  readonly back: Back;
  readonly id: string;
  readonly seq: number;
  readonly how: "started" | "progress" | "completed" | "failed";
}

export type Command =
  | { readonly do: "enqueue"; readonly jobs: readonly EnqueuePart[] }
  | {
      readonly do: "claim";
      readonly kinds: readonly string[];
      readonly queues: readonly string[] | null;
      readonly limit: number;
    }
  | { readonly do: "start"; readonly job: Pick; readonly startKnown: boolean }
  | {
      readonly do: "extend";
      readonly worker: { readonly name: string; readonly running: number; readonly accepting: boolean } | null;
      readonly leases: readonly { readonly job: Pick; readonly back: Back }[];
    }
  | {
      readonly do: "report";
      readonly reports: readonly {
        readonly job: Pick;
        readonly back: Back;
        readonly stage: string | undefined;
        readonly percent: number | null | undefined;
        readonly log: string | null;
      }[];
    }
  | { readonly do: "settle"; readonly endings: readonly SettlePart[] }
  | { readonly do: "callback"; readonly callbacks: readonly CallbackPart[] }
  | { readonly do: "sweep"; readonly limit: number }
  | { readonly do: "cancel"; readonly job: Pick; readonly force: boolean; readonly owner: string | null }
  | {
      readonly do: "retry";
      readonly job: Pick;
      readonly requestId: string | null;
      readonly onlyRetryable: boolean;
      readonly most: number | null;
    }
  | { readonly do: "remove"; readonly job: Pick; readonly owner: string | null }
  | {
      readonly do: "purge";
      readonly keep: number | null;
      readonly olderThanMs: number | null;
      readonly limit: number;
      readonly tombstoneMs: number;
    }
  | { readonly do: "learn"; readonly samples: readonly DurationSample[] }
  | { readonly do: "pause" | "resume"; readonly queue: string }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "look"; readonly owner: string | null; readonly limit: number };

export const KINDS = ["mail", "report"] as const;
const QUEUES = ["default", "slow"] as const;
const OWNERS = [null, "ann", "bob"] as const;

const job: fc.Arbitrary<Pick> = fc.nat(7);
const back: fc.Arbitrary<Back> = fc.constantFrom(0, 0, 0, 0, 1, 2);
const owner = fc.constantFrom<string | null>(...OWNERS);
const queue = fc.constantFrom<string>(...QUEUES);
const lease = { job, back };

const enqueued: fc.Arbitrary<EnqueuePart> = fc
  .record({
    queue,
    kind: fc.constantFrom<string>(...KINDS),
    owner,
    priority: fc.constantFrom(-1, 0, 0, 0, 5),
    inMs: fc.constantFrom(null, null, null, 0, 1_000, 60_000),
    expiresInMs: fc.constantFrom(null, null, null, 5_000, 45_000),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    uniqueKey: fc.constantFrom(null, null, null, "u"),
    idempotencyKey: fc.constantFrom(null, null, null, "i", "j"),
    limit: fc.constantFrom(null, null, null, 1, 2),
    recorded: fc.constantFrom(false, false, false, false, true),
    payload: fc.constantFrom("{}", '{"n":1}', '"\\u0000 Grüße 🎈"', "[1.5,null,true]"),
    metadata: fc.constantFrom(null, null, '{"file":"a.csv"}'),
  })
  // Left open by the contract: whether a job that was refused as a duplicate decides the limit of its key all the same.
  .map((one) => (one.uniqueKey === null && one.idempotencyKey === null ? one : { ...one, limit: null }));

const settled: fc.Arbitrary<SettlePart> = fc.record({
  ...lease,
  how: fc.constantFrom("completed", "completed", "failed", "failed", "released", "snoozed", "cancelled"),
  inMs: fc.constantFrom(null, 0, 1_000, 20_000),
  retryable: fc.boolean(),
});

const reported = fc.record({
  ...lease,
  stage: fc.constantFrom(undefined, "one", "two"),
  percent: fc.constantFrom(undefined, null, 0, 10, 33.5, 99),
  log: fc.constantFrom(null, "a line"),
});

const called: fc.Arbitrary<CallbackPart> = fc.record({
  ...lease,
  id: fc.constantFrom("m1", "m2", "m3", "m4"),
  seq: fc.integer({ min: 1, max: 4 }),
  how: fc.constantFrom("started", "progress", "completed", "failed"),
});

const beating = fc.record({
  name: fc.constantFrom("w1", "w2"),
  running: fc.nat(2),
  accepting: fc.boolean(),
});
const sample: fc.Arbitrary<DurationSample> = fc.record({
  kind: fc.constantFrom<string>(...KINDS),
  measure: fc.constantFrom("run", "wait"),
  stage: fc.constant(null),
  size: fc.nat(2),
  bucket: fc.nat(2),
  count: fc.integer({ min: 1, max: 3 }),
});

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
const some = (all: readonly string[]): fc.Arbitrary<string[]> => fc.subarray([...all], { minLength: 1 });
const tells = <K extends Command["do"]>(name: K) => fc.constant(name);

const enqueue = fc.record({ do: tells("enqueue"), jobs: few(enqueued) });
const claim = fc.record({
  do: tells("claim"),
  kinds: some(KINDS),
  queues: fc.option(some(QUEUES)),
  limit: fc.integer({ min: 1, max: 4 }),
});
const settle = fc.record({ do: tells("settle"), endings: few(settled) });

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: enqueue },
  { weight: 4, arbitrary: claim },
  { weight: 1, arbitrary: fc.record({ do: tells("start"), job, startKnown: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: tells("extend"), worker: fc.option(beating), leases: few(fc.record(lease)) }),
  },
  { weight: 2, arbitrary: fc.record({ do: tells("report"), reports: few(reported) }) },
  { weight: 5, arbitrary: settle },
  { weight: 2, arbitrary: fc.record({ do: tells("callback"), callbacks: few(called) }) },
  { weight: 2, arbitrary: fc.record({ do: tells("sweep"), limit: fc.constantFrom(1, 100) }) },
  { weight: 2, arbitrary: fc.record({ do: tells("cancel"), job, force: fc.boolean(), owner }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: tells("retry"),
      job,
      requestId: fc.constantFrom(null, null, "r1", "r2"),
      onlyRetryable: fc.boolean(),
      most: fc.constantFrom(null, null, 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: tells("remove"), job, owner }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: tells("purge"),
      keep: fc.constantFrom(null, 1, 3),
      olderThanMs: fc.constantFrom(null, 1_000, 60_000),
      limit: fc.constantFrom(1, 100),
      tombstoneMs: fc.constantFrom(1_000, 86_400_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: tells("learn"), samples: few(sample) }) },
  { weight: 1, arbitrary: fc.record({ do: tells("pause"), queue }) },
  { weight: 1, arbitrary: fc.record({ do: tells("resume"), queue }) },
  { weight: 3, arbitrary: fc.record({ do: tells("advance"), ms: fc.constantFrom(1, 1_000, 20_000, 30_000, 61_000) }) },
  { weight: 1, arbitrary: fc.record({ do: tells("look"), owner, limit: fc.constantFrom(2, 50) }) },
);
