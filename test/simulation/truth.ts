/**
 * What really happened: stands right in front of the store, sees every call that was applied and its answer, and notes
 * the runs of handlers, which no store knows of. From both it finds what must never be, while it happens.
 */
import type { JobContext } from "../../src/core/handler.js";
import { POISON_LIMIT } from "../../src/core/lifecycle.js";
import type * as contract from "../../src/core/store.js";
import type { Gate, SimClock } from "./sim-clock.js";

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
  /** Somebody else's queue runs it: there is no handler to be seen. */
  readonly isOutside: boolean;
  readonly concurrencyKey: string | null;
}

export class Truth {
  readonly clock: SimClock;
  /** Nothing fails, hangs or crashes here: then no lease is ever lost. */
  isCalm = false;
  readonly lines: { readonly jobs: readonly string[]; readonly text: string }[] = [];
  readonly violations: { readonly jobId: string | null; readonly message: string }[] = [];
  readonly jobs: Map<string, JobTruth> = new Map();
  readonly runs: Map<string, Run> = new Map();
  readonly #limits = new Map<string, number>();
  readonly #recorded = new Set<string>();

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

  /** The store as `process` reaches it. */
  in(process: string, store: contract.Store): contract.Store {
    const seen = <A extends unknown[], R>(call: (...args: A) => Promise<R>, see: (answer: R, ...args: A) => void) => {
      return async (...args: A): Promise<R> => {
        const answer = await call.apply(store, args);
        see(answer, ...args);
        return answer;
      };
    };
    const { enqueue, claim, start, extend, report, settle, sweep, cancel, retry, remove, purge } = store;
    // A proxy, as the store keeps its data in private fields.
    const own: Partial<contract.Store> = {
      enqueue: seen(enqueue, (answers, jobs) => jobs.forEach((job, i) => this.#enqueued(process, job, answers[i]!))),
      claim: seen(claim, ({ jobs }) => {
        for (const job of jobs) this.#claimed(process, job.jobId, job.fence);
      }),
      start: seen(start, (answers, requests) =>
        requests.forEach(({ jobId }, i) => {
          const answer = answers[i]!;
          if (answer.answer === "started") this.#claimed(process, jobId, answer.fence);
        }),
      ),
      extend: seen(extend, (answers, { leases }) =>
        leases.forEach((l, i) => this.#held(process, "extend", l, answers[i]!)),
      ),
      report: seen(report, (answers, told) =>
        told.forEach((one, i) => this.#held(process, "report", one, answers[i]!)),
      ),
      settle: seen(settle, (answers, told) => told.forEach((one, i) => this.#settled(process, one, answers[i]!))),
      sweep: seen(sweep, (swept) => this.#swept(process, swept)),
      cancel: seen(cancel, (answers, asked) =>
        asked.forEach(({ jobId, force }, i) => {
          const { answer } = answers[i]!;
          this.note(process, `${force ? "force " : ""}cancel ${this.nameOf(jobId)}: ${answer}`, [jobId]);
          const job = this.jobs.get(jobId);
          if (answer === "done" && job !== undefined) job.held = null;
        }),
      ),
      retry: seen(retry, (answers, asked) =>
        asked.forEach(({ jobId }, i) => {
          const { answer } = answers[i]!;
          this.note(process, `retry ${this.nameOf(jobId)}: ${answer}`, [jobId]);
          const job = this.jobs.get(jobId);
          if (answer === "done" && job !== undefined) job.lostInARow = 0;
        }),
      ),
      remove: seen(remove, (answers, asked) =>
        asked.forEach(({ jobId }, i) =>
          this.note(process, `remove ${this.nameOf(jobId)}: ${answers[i]!.answer}`, [jobId]),
        ),
      ),
      purge: seen(purge, (gone) => {
        for (const { jobId } of gone) this.note(process, `purge ${this.nameOf(jobId)}`, [jobId]);
      }),
    };
    return new Proxy(store, {
      get: (target, name) => {
        const found = own[name as keyof contract.Store] ?? target[name as keyof contract.Store];
        return typeof found === "function" ? (found as () => unknown).bind(target) : found;
      },
    });
  }

  #enqueued(process: string, job: contract.NewJob, answer: contract.EnqueueAnswer): void {
    if (answer.answer === "created") {
      const { concurrencyKey, concurrencyLimit } = job;
      const name = `job${this.jobs.size + 1}`;
      this.jobs.set(job.jobId, {
        name,
        held: null,
        lastFence: 0,
        lostInARow: 0,
        isOutside: job.kind === "outside",
        concurrencyKey,
      });
      if (concurrencyKey !== null) this.#limits.set(concurrencyKey, concurrencyLimit ?? 1);
    }
    const named = answer.answer === "full" ? "" : this.nameOf(answer.jobId);
    this.note(process, `enqueue ${job.kind} ${named}: ${answer.answer}`, [job.jobId]);
  }

  #claimed(process: string, jobId: string, fence: number): void {
    this.note(process, `claim ${this.nameOf(jobId)}/${fence}`, [jobId]);
    const job = this.jobs.get(jobId);
    if (job === undefined) return this.violate(jobId, "a job was claimed that nobody enqueued");
    if (job.held !== null) this.violate(jobId, `fence ${fence} was claimed while ${job.held} held the job`);
    if (fence <= job.lastFence) this.violate(jobId, `fence ${fence} was given after ${job.lastFence}`);
    job.held = fence;
    job.lastFence = fence;
    const key = job.concurrencyKey;
    if (key === null) return;
    const holders = [...this.jobs.values()].filter((one) => one.concurrencyKey === key && one.held !== null).length;
    if (holders > this.#limits.get(key)!) this.violate(jobId, `${holders} jobs hold ${key} (I22)`);
  }

  #held(process: string, call: string, { jobId, fence }: contract.LeaseRef, answer: contract.HoldAnswer): void {
    this.note(process, `${call} ${this.nameOf(jobId)}/${fence}: ${answer}`, [jobId]);
    const holds = this.jobs.get(jobId)?.held === fence;
    if ((answer === "lost") === holds) this.violate(jobId, `${call} by fence ${fence} was answered ${answer}`);
  }

  #settled(
    process: string,
    { jobId, fence, outcome }: contract.Settlement,
    { answer, status }: contract.SettleAnswer,
  ): void {
    this.note(process, `settle ${this.nameOf(jobId)}/${fence} ${outcome.type}: ${answer}, ${status}`, [jobId]);
    if (answer === "illegal") this.violate(jobId, `settling fence ${fence} as ${outcome.type} was illegal`);
    if (answer !== "settled") return;
    const job = this.jobs.get(jobId);
    const key = `${jobId}/${fence}`;
    if (job?.held !== fence) this.violate(jobId, `fence ${fence} wrote ${outcome.type} after it was lost`);
    if (this.#recorded.has(key)) this.violate(jobId, `fence ${fence} has two outcomes`);
    this.#recorded.add(key);
    const run = this.runs.get(key);
    if (outcome.type === "completed" && run?.ended !== "returned" && job?.isOutside !== true) {
      this.violate(jobId, `fence ${fence} is completed, and its handler never returned`);
    }
    if (job !== undefined) Object.assign(job, { held: null, lostInARow: 0 });
  }

  #swept(process: string, { rescued, expired }: contract.Swept): void {
    for (const { jobId, fence, to } of rescued) {
      this.note(process, `rescue ${this.nameOf(jobId)}/${fence}: ${to}`, [jobId]);
      const job = this.jobs.get(jobId);
      if (job?.held !== fence) this.violate(jobId, `fence ${fence} was rescued, and did not hold the job`);
      if (job !== undefined) job.held = null;
      const run = this.runs.get(`${jobId}/${fence}`);
      if (run?.gate.isAwake && !run.signal.aborted) {
        const what = run.ended === null ? "runs" : "has ended";
        this.violate(jobId, `fence ${fence} was rescued while its handler ${what} in ${run.process} and was not told`);
      }
      if (this.isCalm && job?.isOutside !== true) this.violate(jobId, `fence ${fence} was rescued in a calm world`);
      if (job !== undefined && ++job.lostInARow >= POISON_LIMIT && to === "retrying") {
        this.violate(jobId, `it was lost ${job.lostInARow} times in a row and goes on`);
      }
    }
    for (const { jobId } of expired) this.note(process, `expire ${this.nameOf(jobId)}`, [jobId]);
  }
}
