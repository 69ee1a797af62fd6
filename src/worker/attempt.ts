/**
 * One attempt, from its claim to the store's answer to its ending. There may be a hundred thousand of these a second, so
 * it is one small object: what only some attempts need is made when it is needed.
 */
import type { AnyJobDefinition, BoundHandler } from "../core/define-job.js";
import { isA } from "../core/is-a.js";
import type { ClaimedJob, Outcome, SettleAnswer } from "../core/store.js";
import type { Runtime } from "../runtime.js";
import { badEnd } from "./bad-end.js";
import type { AttemptTimes, DurationLog, StageStart } from "./duration-log.js";
import { HandedOver } from "./handed-over.js";
import { AttemptContext, type Reporting } from "./job-context.js";
import type { KeptLease, LeaseNews } from "./lease-keeper.js";
import type { ReportBuffer } from "./report-buffer.js";
import { runHandler } from "./run-handler.js";
import type { Settler, Settling } from "./settler.js";
import { type Leaver, type Loss, StopSwitch } from "./stop-switch.js";

/** What the attempts of one worker share, and who hears of them. */
export interface AttemptDesk {
  readonly runtime: Runtime;
  readonly reports: ReportBuffer<Attempt>;
  readonly settler: Settler;
  readonly durations: DurationLog;
  /** How long a handler may go on whose lease is presumed lost, in ms. */
  readonly presumedGraceMs: number;
  /** The handler has begun, and waits for something: from now on others get their turns, and time may pass. */
  onWait(attempt: Attempt): void;
  /** The wait is over, one way or another. */
  onWaitOver(attempt: Attempt): void;
  /** The handler has ended, or `left` settles when it does: what kept its slot is the attempt no more. */
  onHandlerEnd(attempt: Attempt, left: Promise<unknown> | null): void;
  /** Nothing more will happen: the lease may go. */
  onOver(attempt: Attempt): void;
}

const REASON = { cancelRequested: "cancel", lost: "lost" } as const;
/** What most handlers answer that answer nothing. */
const DONE: Outcome = { type: "completed", result: null };

export class Attempt implements AttemptTimes, KeptLease, Leaver, Loss, Reporting, Settling {
  readonly jobId: string;
  readonly fence: number;
  readonly claimed: ClaimedJob;
  readonly handler: BoundHandler;
  readonly takenAt: number;
  stages: StageStart[] | null = null;
  leaseNo = 0;
  isOver = false;
  /** When its handler began and ended; monotonic, 0 before it did. */
  begunAt = 0;
  endedAt = 0;
  /** Once it is over. */
  outcome: Outcome = DONE;
  readonly #desk: AttemptDesk;
  #stopSwitch: StopSwitch | null = null;
  /** While the handler runs; afterwards only if it has reported anything. */
  #context: AttemptContext | null = null;
  #working: Promise<unknown> | null = null;
  #onGivenBack: (() => void) | null = null;
  #isLeft = false;

  constructor(desk: AttemptDesk, claimed: ClaimedJob, handler: BoundHandler, takenAt: number) {
    this.jobId = claimed.jobId;
    this.fence = claimed.fence;
    this.claimed = claimed;
    this.handler = handler;
    this.takenAt = takenAt;
    this.#desk = desk;
  }

  /** Runs the handler; once. Never throws. */
  begin(now: number): void {
    const { runtime, reports } = this.#desk;
    const { claimed, handler, jobId, fence } = this;
    this.begunAt = now;
    if (runtime.events.heard.has("started")) {
      runtime.events.emit({ type: "started", jobId, kind: claimed.kind, fence, attempt: claimed.attempt });
    }
    // Told to stop while it waited for its turn: there is nothing to interrupt.
    if (this.#stopSwitch !== null) {
      const why = this.why();
      if (why === "lost") return this.#end(null);
      if (why === "cancel") return this.#end({ type: "cancelled" });
    }
    this.#context = new AttemptContext(this, reports, runtime);
    try {
      const result = runHandler(handler, claimed, this.#context, runtime.limits);
      if (result === null || typeof result === "string") return this.#returned(result);
      this.#waitFor(result);
    } catch (error) {
      this.#threw(error);
    }
  }

  /** Apart from `begin`, since each function in there would cost an object a job, also where it is not made. */
  #waitFor(result: Promise<string | null>): void {
    this.#working = result.then(
      (ready) => this.#returned(ready),
      (error: unknown) => this.#threw(error),
    );
    this.#desk.onWait(this);
  }

  /** Gives the job back, uncharged: its handler has not begun. Resolves when the store has it, or the lease is over. */
  giveBack(): Promise<void> {
    this.stopSwitch.end();
    this.stopSwitch.stop("shutdown");
    return new Promise((resolve) => {
      this.#onGivenBack = resolve;
      this.#settle({ type: "released" });
    });
  }

  get loss(): Loss {
    return this;
  }
  get definition(): AnyJobDefinition {
    return this.handler.definition;
  }
  onStage(name: string): void {
    this.stages ??= [];
    this.stages.push({ name, at: this.#desk.runtime.clock.monotonic() });
  }

  /** Made when somebody asks for it: most attempts are never told to stop, and never look. */
  get stopSwitch(): StopSwitch {
    if (this.#stopSwitch === null) {
      this.#stopSwitch = new StopSwitch(this.#desk.runtime.clock, this, this.#desk.presumedGraceMs);
      if (this.isOver) this.#stopSwitch.end();
    }
    return this.#stopSwitch;
  }
  /** The strongest reason to stop so far. */
  why(): ReturnType<StopSwitch["why"]> {
    return this.#stopSwitch === null ? null : this.#stopSwitch.why();
  }
  get aborted(): boolean {
    return this.#stopSwitch?.aborted === true;
  }
  get presumed(): boolean {
    return this.#stopSwitch?.presumed === true;
  }
  addEventListener(type: "abort", listener: () => void): void {
    this.stopSwitch.addEventListener(type, listener);
  }
  removeEventListener(type: "abort", listener: () => void): void {
    this.#stopSwitch?.removeEventListener(type, listener);
  }
  tell(news: LeaseNews, presumed: boolean): void {
    this.stopSwitch.stop(REASON[news], presumed);
  }

  leaveBehind(): void {
    this.#isLeft = true;
    this.#threw(null);
  }

  #returned(result: string | null): void {
    if (this.isOver) return;
    if (this.#stopSwitch?.saidLost === true) return this.#end(null);
    this.#end(result === null ? DONE : { type: "completed", result });
  }

  #threw(error: unknown): void {
    if (this.isOver) return;
    const { runtime } = this.#desk;
    let outcome: Outcome | null = null;
    try {
      if (isA(error, HandedOver)) return this.#endSilently();
      outcome = badEnd(runtime, this, error);
    } catch (trouble) {
      // Nothing is told: the lease runs out, and the job is tried again elsewhere.
      runtime.events.emit({ type: "trouble", part: "attempt", error: trouble, jobId: this.jobId });
    }
    this.#end(outcome);
  }

  /** The attempt goes on elsewhere: there is nothing to settle. */
  #endSilently(): void {
    this.#close();
    this.#desk.onOver(this);
  }

  #end(outcome: Outcome | null): void {
    this.#close();
    if (this.#context !== null) void this.#settleReported(outcome);
    else this.#settle(outcome);
  }

  async #settleReported(outcome: Outcome | null): Promise<void> {
    await this.#desk.reports.flush(this);
    this.#settle(outcome);
  }

  #close(): void {
    const { clock } = this.#desk.runtime;
    this.isOver = true;
    this.endedAt = clock.monotonic();
    if (this.#context?.hasReported === false) this.#context = null;
    this.#stopSwitch?.end();
    if (this.#working !== null) this.#desk.onWaitOver(this);
    this.#desk.onHandlerEnd(this, this.#isLeft ? this.#working : null);
  }

  #settle(outcome: Outcome | null): void {
    if (outcome === null) return this.#endLost("run");
    this.outcome = outcome;
    this.#desk.settler.tell(this);
  }

  settled(answer: SettleAnswer | null): void {
    const { reports, durations, runtime } = this.#desk;
    if (this.#onGivenBack !== null) {
      this.#desk.onOver(this);
      return this.#onGivenBack();
    }
    if (answer === null || answer.answer === "lost") return this.#endLost(this.outcome.type);
    if (this.#context !== null) reports.drop(this);
    if (answer.answer === "settled" && answer.status === "completed") durations.succeeded(this.claimed, this);
    if (runtime.events.heard.has("ended")) this.#tellEnd(answer);
    this.#desk.onOver(this);
  }

  #endLost(during: Outcome["type"] | "run"): void {
    const { reports, runtime } = this.#desk;
    const { jobId, fence, claimed } = this;
    if (this.#context !== null) reports.drop(this);
    runtime.events.emit({ type: "lease_lost", jobId, kind: claimed.kind, fence, during });
    this.#desk.onOver(this);
  }

  #tellEnd(answer: Exclude<SettleAnswer, { readonly answer: "lost" }>): void {
    const { jobId, fence } = this;
    const failure = this.outcome.type === "failed" ? this.outcome.failure.public : null;
    this.#desk.runtime.events.emit({
      type: "ended",
      jobId,
      kind: this.claimed.kind,
      fence,
      status: answer.status,
      durationMs: this.endedAt - this.begunAt,
      errorCode: failure?.code ?? null,
      reference: failure?.reference ?? null,
      late: answer.answer === "settled" && answer.late,
    });
  }
}
