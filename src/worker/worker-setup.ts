/** What a worker is made of, and what it offers to whoever started it. */
import type { BoundHandler } from "../core/define-job.js";
import type { WorkerFacts } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import type { LeaseKeeper } from "./lease-keeper.js";
import type { Blocked, WorkOptions } from "./work-options.js";

export interface Worker {
  readonly workerId: string;
  /** Handlers running now, those included that run on although their attempt was ended without them. */
  readonly running: number;
  /** True when one of its loops should have turned long ago. */
  readonly stalled: boolean;
  /**
   * Which: `claim`, when a claim was never answered or a timer never fired; `heartbeat`, when the store has answered none
   * for so long that every lease is over.
   */
  readonly stalledLoops: readonly ("claim" | "heartbeat")[];
  /**
   * Takes no more work, gives back what has not begun, lets running handlers finish within the grace, then tells them to
   * stop and gives their jobs back, uncharged. Safe to call twice.
   */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How the leases are kept: in this thread, or in one of their own. */
export type OpenKeeper = (
  leaseMs: number,
  worker: Omit<WorkerFacts, "running" | "accepting">,
  blocked: Blocked,
) => LeaseKeeper;

/** What differs when handlers only hand their attempts over to somebody outside, who then holds the lease. */
export interface Outside {
  /** The `workerId` of their attempts. */
  readonly holder: string;
  /** The lease they begin with. No heartbeat renews it: only the holder can. */
  readonly leaseMs: number;
}

export interface WorkerSetup {
  readonly runtime: Runtime;
  readonly handlers: readonly BoundHandler[];
  /** Null: the handlers do the work themselves. */
  readonly outside: Outside | null;
  readonly options: WorkOptions;
  readonly identity: { readonly host: string; readonly pid: number };
  readonly openKeeper: OpenKeeper;
}
