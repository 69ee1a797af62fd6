/**
 * What really happened: told of every call that the store applied, and of the runs of handlers, which no store knows of.
 * From both it finds what must never be, while it happens.
 */
import type { JobContext } from "../../src/core/handler.js";
import type { Tombstone } from "../../src/core/job.js";
import { POISON_LIMIT } from "../../src/core/lifecycle.js";
import type * as contract from "../../src/core/store.js";
import type { Gate, SimClock } from "./sim-clock.js";

/** The same in every world, so that it is known what is too late. */
export const LEASE_MS = 10_000;
export const SWEEP_MS = 3_000;

export interface Run {
  readonly process: string;
  readonly gate: Gate;
  readonly signal: AbortSignal;
  ended: "returned" | "threw" | null;
}

interface JobTruth {
  readonly name: string;
  /** The fence that holds the job now. */
  held: number | null;
  lastFence: number;
  lostInARow: number;
  /** When its lease was given or renewed last, monotonic. */
  renewedAt: number;
  /** Somebody else runs it: there is no handler to be seen. */
  readonly isOutside: boolean;
  readonly concurrencyKey: string | null;
}

export interface Acknowledged extends contract.LeaseRef {
  readonly id: string;
}

export class Truth {
  readonly clock: SimClock;
  /** Nothing fails, hangs or crashes here: then no lease is ever lost. */
  isCalm = false;
  /** L2: a lease is taken back this soon after it is over, ms; null where nobody may be there to do it. */
  sweepMs: number | null = null;
  /** When a process was lost last: whoever takes its place begins to sweep anew. */
  bereftAt = 0;
  readonly lines: { readonly jobs: readonly string[]; readonly text: string }[] = [];
  readonly violations: { readonly jobId: string | null; readonly message: string }[] = [];
  readonly jobs: Map<string, JobTruth> = new Map();
  readonly runs: Map<string, Run> = new Map();
  /** Attempts whose result of the outside service was received. */
  readonly received: Set<string> = new Set();
  /** What the outside service was told to be recorded. */
  readonly acknowledged: Acknowledged[] = [];
  readonly #limits = new Map<string, number>();
  readonly #recorded = new Set<string>();
  readonly #applied = new Set<string>();

  constructor(clock: SimClock) {
    this.clock = clock;
  }

  note(process: string, text: string, jobs: readonly string[] = []): void {
    this.lines.push({ jobs, text: `${this.clock.monotonic().toFixed(1)} ${process} ${text}` });
  }
  violate(jobId: string | null, message: string): void {
    this.violations.push({ jobId, message: `${jobId === null ? "" : `${this.nameOf(jobId)}: `}${message}` });
    this.note("!", message, jobId === null ? [] : [jobId]);
  }
  nameOf(jobId: string): string {
    return this.jobs.get(jobId)?.name ?? "unknown";
  }

  /** A handler begins. */
  begin(process: string, gate: Gate, { jobId, fence, signal }: JobContext): Run {
    const run: Run = { process, gate, signal, ended: null };
    this.note(process, `run ${this.nameOf(jobId)}/${fence}`, [jobId]);
    if (this.runs.has(`${jobId}/${fence}`)) this.violate(jobId, `fence ${fence} was run twice`);
    this.runs.set(`${jobId}/${fence}`, run);
    return run;
  }

  enqueued(process: string, job: contract.NewJob, answer: contract.EnqueueAnswer): void {
    if (answer.answer === "created") {
      const { concurrencyKey, concurrencyLimit, kind } = job;
      const name = `job${this.jobs.size + 1}`;
      const isOutside = kind === "outside" || kind === "remote";
      const never = { held: null, lastFence: 0, lostInARow: 0, renewedAt: 0 };
      this.jobs.set(job.jobId, { name, ...never, isOutside, concurrencyKey });
      if (concurrencyKey !== null) this.#limits.set(concurrencyKey, concurrencyLimit ?? 1);
    }
    const named = answer.answer === "full" ? "" : this.nameOf(answer.jobId);
    this.note(process, `enqueue ${job.kind} ${named}: ${answer.answer}`, [job.jobId]);
  }

  claimed(process: string, jobId: string, fence: number): void {
    this.note(process, `claim ${this.nameOf(jobId)}/${fence}`, [jobId]);
    const job = this.jobs.get(jobId);
    if (job === undefined) return this.violate(jobId, "a job was claimed that nobody enqueued");
    if (job.held !== null) this.violate(jobId, `fence ${fence} was claimed while ${job.held} held the job`);
    if (fence <= job.lastFence) this.violate(jobId, `fence ${fence} was given after ${job.lastFence}`);
    Object.assign(job, { held: fence, lastFence: fence, renewedAt: this.clock.monotonic() });
    const key = job.concurrencyKey;
    if (key === null) return;
    const holders = [...this.jobs.values()].filter((one) => one.concurrencyKey === key && one.held !== null).length;
    if (holders > this.#limits.get(key)!) this.violate(jobId, `${holders} jobs hold ${key} (I22)`);
  }

  /** A write that leaves the job in its holder's hands. */
  reached(process: string, call: string, { jobId, fence }: contract.LeaseRef, answer: contract.HoldAnswer): void {
    this.note(process, `${call} ${this.nameOf(jobId)}/${fence}: ${answer}`, [jobId]);
    const job = this.jobs.get(jobId);
    if ((answer === "lost") === (job?.held === fence)) {
      this.violate(jobId, `${call} by fence ${fence} was answered ${answer}`);
    }
    if (job !== undefined && call === "extend" && answer !== "lost") job.renewedAt = this.clock.monotonic();
  }

  settled(process: string, told: contract.Settlement, { answer, status }: contract.SettleAnswer): void {
    const { jobId, fence, outcome } = told;
    this.note(process, `settle ${this.nameOf(jobId)}/${fence} ${outcome.type}: ${answer}, ${status}`, [jobId]);
    if (answer === "illegal") this.violate(jobId, `settling fence ${fence} as ${outcome.type} was illegal`);
    if (answer !== "settled") return;
    const isRun = this.runs.get(`${jobId}/${fence}`)?.ended === "returned";
    if (outcome.type === "completed" && !isRun && this.jobs.get(jobId)?.isOutside !== true) {
      this.violate(jobId, `fence ${fence} is completed, and its handler never returned`);
    }
    this.#ended(told, outcome.type);
  }

  /** What the outside service told. */
  called(process: string, told: contract.CallbackRequest, answer: contract.CallbackAnswer): void {
    const { jobId, fence, id, effect } = told;
    const what = effect.type === "settle" ? effect.outcome.type : effect.type;
    const became = answer.applied ? `applied, ${answer.status}` : answer.reason;
    this.note(process, `callback ${this.nameOf(jobId)}/${fence} ${id} ${what}: ${became}`, [jobId]);
    const job = this.jobs.get(jobId);
    if (!answer.applied) {
      if (answer.reason === "lost" && job?.held === fence) this.violate(jobId, `callback ${id} was answered lost`);
      return;
    }
    if (this.#applied.has(`${jobId}/${id}`)) this.violate(jobId, `callback ${id} was applied twice (I25)`);
    this.#applied.add(`${jobId}/${id}`);
    if (effect.type === "settle") {
      if (effect.outcome.type === "completed" && !this.received.has(`${jobId}/${fence}`)) {
        this.violate(jobId, `fence ${fence} is completed, and its result was never received (E5)`);
      }
      this.#ended(told, what);
    } else if (job?.held !== fence)
      this.violate(jobId, `callback ${id} of fence ${fence} was applied after it was lost`);
  }

  #ended({ jobId, fence }: contract.LeaseRef, as: string): void {
    const job = this.jobs.get(jobId);
    if (job?.held !== fence) this.violate(jobId, `fence ${fence} wrote ${as} after it was lost`);
    if (this.#recorded.has(`${jobId}/${fence}`)) this.violate(jobId, `fence ${fence} has two outcomes`);
    this.#recorded.add(`${jobId}/${fence}`);
    if (job !== undefined) Object.assign(job, { held: null, lostInARow: 0 });
  }

  swept(process: string, { rescued, expired }: contract.Swept): void {
    for (const { jobId, fence, to } of rescued) {
      this.note(process, `rescue ${this.nameOf(jobId)}/${fence}: ${to}`, [jobId]);
      const job = this.jobs.get(jobId);
      if (job === undefined) return this.violate(jobId, "a job was rescued that nobody enqueued");
      if (job.held !== fence) this.violate(jobId, `fence ${fence} was rescued, and did not hold the job`);
      job.held = null;
      const run = this.runs.get(`${jobId}/${fence}`);
      if (run?.gate.isAwake && !run.signal.aborted) {
        const what = run.ended === null ? "runs" : "has ended";
        this.violate(jobId, `fence ${fence} was rescued while its handler ${what} in ${run.process} and was not told`);
      }
      if (this.isCalm && !job.isOutside) this.violate(jobId, `fence ${fence} was rescued in a calm world`);
      const overMs = this.clock.monotonic() - Math.max(job.renewedAt + LEASE_MS, this.bereftAt);
      if (this.sweepMs !== null && !job.isOutside && overMs > this.sweepMs) {
        this.violate(jobId, `fence ${fence} was rescued ${overMs.toFixed(0)} ms after its lease was over (L2)`);
      }
      if (++job.lostInARow >= POISON_LIMIT && to === "retrying") {
        this.violate(jobId, `it was lost ${job.lostInARow} times in a row and goes on`);
      }
    }
    for (const { jobId } of expired) this.note(process, `expire ${this.nameOf(jobId)}`, [jobId]);
  }

  /** What a person asked for. */
  controlled(process: string, call: string, jobId: string, { answer }: contract.ControlAnswer): void {
    this.note(process, `${call} ${this.nameOf(jobId)}: ${answer}`, [jobId]);
    const job = this.jobs.get(jobId);
    if (answer !== "done" || job === undefined) return;
    if (call === "retry") job.lostInARow = 0;
    else job.held = null;
  }

  /** I29: what retention takes has ended, and is older than its rule. */
  purged(process: string, gone: Tombstone, rules: readonly contract.RetentionRule[]): void {
    const { jobId, status, finishedAt } = gone;
    this.note(process, `purge ${this.nameOf(jobId)}`, [jobId]);
    if (this.jobs.get(jobId)?.held != null) this.violate(jobId, "it was purged while somebody held it (I29)");
    const ageMs = this.clock.now() - finishedAt;
    const isOver = rules.some((rule) => rule.status === status && (rule.keep !== null || ageMs > rule.olderThanMs!));
    if (!isOver) this.violate(jobId, `it was purged as ${status}, ${ageMs} ms old, against every rule (I29)`);
  }
}
