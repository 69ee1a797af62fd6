/** What a handler is and what it is given: the view of one attempt from inside. */
import type { Duration } from "./duration.js";

/** Passed to a handler beside its input. Everything it writes carries the attempt's fence. */
export interface JobContext<Stage extends string = string> {
  readonly jobId: string;
  readonly kind: string;
  readonly owner: string | null;
  /** From 1, within the generation. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** From 1; a manual retry opens the next one. */
  readonly generation: number;
  /** Number of claims ever made for the job. Hand it to outside systems that can refuse a stale writer. */
  readonly fence: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  /**
   * Aborts when the attempt must stop: timeout, cancel request, lost lease or shutdown. `signal.reason` is a
   * `StopReason` that says which.
   */
  readonly signal: AbortSignal;

  /** Enters a declared stage. Stages only go forward; entering the current one again changes nothing. */
  stage(name: Stage): Promise<void>;
  /**
   * Says how far the current stage is (or the job, when it declares none). Free to call in a loop: the last value wins
   * and is written a few times a second. Leave out `total` while it is unknown.
   *
   * @throws {WaymarkError} `attempt_over` after the handler has ended; `invalid_option` for a number that is none
   */
  progress(done: number, total?: number, message?: string): Promise<void>;
  /** Adds a line to the job's log, for operators. Redacted, kept with the job. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Ends this attempt, uncharged, and runs the job again after `delay`. Does not return: it throws to leave the handler. */
  snooze(delay: Duration): never;
}

/** The work itself. What it returns is the job's result. */
export type JobHandler<Input, Output, Stage extends string> = (
  input: Input,
  context: JobContext<Stage>,
) => Output | Promise<Output>;

/** Why an attempt was told to stop: the `reason` of `ctx.signal`. */
export class StopReason extends Error {
  override readonly name = "StopReason";
  readonly why: "timeout" | "cancel" | "lost" | "shutdown";

  constructor(why: StopReason["why"], message: string) {
    super(message);
    this.why = why;
  }
}
