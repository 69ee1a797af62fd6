/** What may be asked of a worker, with its defaults. */
import { type Duration, toMs } from "../core/duration.js";
import { WaymarkError } from "../core/errors.js";
import { assertName } from "../core/names.js";
import { assertOptions, type NamesOf } from "../core/options.js";

/** What becomes of a process whose event loop stands still. */
export type Blocked = "wait" | "kill";

export interface WorkOptions {
  /** Handlers running at once. Default 10. */
  readonly concurrency?: number;
  /** Take jobs from these queues only. Default: all. */
  readonly queues?: readonly string[];
  /** A worker silent for this long has lost its jobs. Default 30 s. */
  readonly leaseMs?: Duration;
  /** How often to look for work although no hint came. Default 5 s. */
  readonly pollMs?: Duration;
  /**
   * Jobs to hold ready beyond `concurrency`; those not begun are given back on stop. Default: as many as end in about
   * 50 ms at the rate of the last second, at most 2,000: none while jobs are slow, hundreds while they are fast.
   */
  readonly prefetch?: number;
  /** How often lost leases and expired jobs are looked for. Default 10 s. */
  readonly sweepMs?: Duration;
  /** How long `stop` lets running handlers finish before it tells them to. Default 30 s. */
  readonly shutdownGraceMs?: Duration;
  /**
   * What becomes of a process whose event loop has stood still for ten leases, as in an endless loop. Its leases run out
   * in any case. "kill" also ends it, by SIGKILL, so that whoever supervises it starts a new one. Default "wait". Not with
   * the memory store.
   */
  readonly blocked?: Blocked;
  /**
   * What a promise does that a handler forgot and that rejects with nobody waiting. "crash": what Node does, which ends the
   * process unless it has a listener of its own; every job that runs there is taken back when its lease runs out.
   * "record": it is traced to its job, told as trouble and in the job's log, and the process goes on; that costs a few
   * microseconds a job. Default "crash": whether a process is still sound after such a slip, only its owner can know.
   */
  readonly strayRejections?: "crash" | "record";
}

const NAMES: NamesOf<WorkOptions> = {
  concurrency: true,
  queues: true,
  leaseMs: true,
  pollMs: true,
  prefetch: true,
  sweepMs: true,
  shutdownGraceMs: true,
  blocked: true,
  strayRejections: true,
};

/** The options as numbers of milliseconds and jobs. */
export interface CheckedOptions {
  readonly concurrency: number;
  /** Null: adaptive. */
  readonly prefetch: number | null;
  readonly queues: readonly string[] | null;
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly shutdownGraceMs: number;
  readonly blocked: Blocked;
  readonly strayRejections: "crash" | "record";
}

/** @throws {WaymarkError} `invalid_option`, `invalid_duration` */
export function checkedOptions(options: WorkOptions): CheckedOptions {
  if ((options as { isolation?: unknown }).isolation !== undefined) {
    // Told apart from a misspelled one: whoever asks for it relies on it. See docs/decisions/0011-no-thread-isolation.md.
    const problem =
      "handlers cannot move into a thread; run them in a process of their own, as waymark work MODULE does";
    throw new WaymarkError("invalid_option", { option: "isolation", problem });
  }
  assertOptions(options, NAMES);
  const { concurrency = 10, prefetch = null, blocked = "wait", strayRejections = "crash" } = options;
  wholeNumber("concurrency", concurrency, 1);
  if (prefetch !== null) wholeNumber("prefetch", prefetch, 0);
  oneOf("blocked", blocked, ["wait", "kill"]);
  oneOf("strayRejections", strayRejections, ["crash", "record"]);
  for (const queue of options.queues ?? []) assertName("queue", queue);
  const leaseMs = toMs(options.leaseMs ?? "30s", "leaseMs");
  // Used elsewhere; refused here, before anything has begun.
  toMs(options.sweepMs ?? "10s", "sweepMs");
  if (leaseMs < 100) throw new WaymarkError("invalid_option", { option: "leaseMs", problem: "it is at least 100 ms" });
  return {
    concurrency,
    prefetch,
    queues: options.queues === undefined ? null : [...new Set(options.queues)],
    leaseMs,
    pollMs: Math.max(1, toMs(options.pollMs ?? "5s", "pollMs")),
    shutdownGraceMs: toMs(options.shutdownGraceMs ?? "30s", "shutdownGraceMs"),
    blocked,
    strayRejections,
  };
}

function wholeNumber(option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= 100_000) return;
  throw new WaymarkError("invalid_option", { option, problem: `it is a whole number from ${least}` });
}

function oneOf(option: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new WaymarkError("invalid_option", {
    option,
    problem: `it is ${known.map((each) => `"${each}"`).join(" or ")}`,
  });
}
