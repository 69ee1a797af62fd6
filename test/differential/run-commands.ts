/** Does a list of commands to one store and notes every answer, and in the end all that the store exports. */
import type { JobRecord, Tombstone } from "../../src/core/job.js";
import { TERMINAL_STATUSES } from "../../src/core/lifecycle.js";
import type {
  CallbackEffect,
  EnqueueAnswer,
  LearnedDurations,
  LeaseRef,
  NewJob,
  Outcome,
  Store,
  SweptJob,
  WorkerFacts,
} from "../../src/core/store.js";
import { exportStore } from "../../src/export.js";
import type { FakeClock } from "../../src/testing/fake-clock.js";
import { CANCELLED, COMPLETED, failed, LEASE_MS, RELEASED, snoozed } from "../../src/testing/store-suite/world.js";
import { type Command, type EnqueuePart, KINDS } from "./commands.js";

/** One for each command, and the lines of the export as the last. */
export type Answers = readonly unknown[];

export async function runCommands(store: Store, clock: FakeClock, commands: readonly Command[]): Promise<Answers> {
  const run = new Run(store, clock);
  const answers: unknown[] = [];
  for (const command of commands) answers.push(plain(await run.command(command)));
  const lines: unknown[] = [];
  for await (const line of exportStore(store, { includePayload: true })) lines.push(line);
  return [...answers, plain(lines)];
}

class Run {
  readonly #store: Store;
  readonly #clock: FakeClock;
  /** Every id that was ever sent, with the newest fence that was given for it. */
  readonly #jobs: { readonly jobId: string; fence: number }[] = [];
  /** Queues that a job was taken for, or that were paused. Whether one that only refused a job is listed is left open. */
  readonly #queues = new Set<string>();
  /** Whether any job can run out of time: then much is left open of those that wait until a sweep has met them. */
  #mayExpire = false;

  constructor(store: Store, clock: FakeClock) {
    this.#store = store;
    this.#clock = clock;
  }

  async command(command: Command): Promise<unknown> {
    switch (command.do) {
      case "enqueue":
        return this.#enqueue(command.jobs);
      case "claim": {
        const { kinds, queues, limit } = command;
        const claim = await this.#store.claim({ workerId: "w1", kinds, queues, limit, leaseMs: LEASE_MS });
        for (const { jobId, fence } of claim.jobs) this.#given(jobId, fence);
        // Left open by the contract: whether a job that will expire before it is due counts as the next that is due.
        return this.#mayExpire ? claim.jobs : claim;
      }
      case "start": {
        const { jobId } = this.#picked(command.job);
        const { startKnown } = command;
        const answers = await this.#store.start([{ jobId, workerId: "outside", leaseMs: LEASE_MS, startKnown }]);
        for (const answer of answers) if (answer.answer === "started") this.#given(jobId, answer.fence);
        return answers;
      }
      case "extend":
        return this.#store.extend({
          worker: command.worker === null ? null : workerOf(command.worker),
          leaseMs: LEASE_MS,
          leases: command.leases.map((one) => this.#lease(one)),
        });
      case "report":
        return this.#store.report(
          command.reports.map(({ stage, percent, log, ...lease }) => ({
            ...this.#lease(lease),
            ...(stage === undefined ? {} : { stage }),
            ...(percent === undefined ? {} : { percent }),
            ...(log === null ? {} : { logs: [{ message: log, fields: null }] }),
          })),
        );
      case "settle":
        return this.#store.settle(
          command.endings.map(({ how, inMs, retryable, ...lease }) => ({
            ...this.#lease(lease),
            outcome: outcomeOf(how, inMs, retryable),
          })),
        );
      case "callback":
        return this.#store.callback(
          command.callbacks.map(({ id, seq, how, ...lease }) => ({
            ...this.#lease(lease),
            id,
            seq,
            effect: effectOf(how),
            leaseMs: LEASE_MS,
          })),
        );
      case "sweep":
        return this.#sweep(command.limit);
      case "cancel":
      case "retry":
      case "remove":
        return this.#asked(command);
      case "purge": {
        const { keep, olderThanMs, limit, tombstoneMs } = command;
        const rules = TERMINAL_STATUSES.map((status) => ({ status, keep, olderThanMs }));
        return this.#store.purge({ rules, limit, tombstoneMs, actor: "retention" });
      }
      case "learn":
        return this.#store.learn(command.samples);
      case "pause":
        this.#queues.add(command.queue);
        return this.#store.pauseQueue(command.queue, "ann");
      case "resume":
        return this.#store.resumeQueue(command.queue, "ann");
      case "advance":
        return this.#clock.advance(command.ms);
      case "look":
        return this.#look(command.owner, command.limit);
    }
  }

  #asked(command: Extract<Command, { do: "cancel" | "retry" | "remove" }>): Promise<unknown> {
    const person = { jobId: this.#picked(command.job).jobId, actor: "ann" };
    if (command.do === "retry") {
      const { requestId, onlyRetryable, most } = command;
      return this.#store.retry([{ ...person, requestId, onlyRetryable, maxGenerations: most }]);
    }
    const scope = command.owner === null ? {} : { owner: command.owner };
    const request = { ...person, ...scope, requestId: null };
    if (command.do === "remove") return this.#store.remove([request]);
    return this.#store.cancel([{ ...request, reason: "no more", force: command.force }]);
  }

  async #enqueue(parts: readonly EnqueuePart[]): Promise<EnqueueAnswer[]> {
    const answers = await this.#store.enqueue(parts.map((part) => this.#newJob(part)));
    for (const [i, { queue, expiresInMs }] of parts.entries()) {
      if (answers[i]?.answer !== "created") continue;
      this.#queues.add(queue);
      this.#mayExpire ||= expiresInMs !== null;
    }
    return answers;
  }

  /** Until nothing is left: which comes first is left open. */
  async #sweep(limit: number): Promise<unknown> {
    const rescued: SweptJob[] = [];
    const expired: SweptJob[] = [];
    for (;;) {
      const swept = await this.#store.sweep(limit);
      rescued.push(...swept.rescued);
      expired.push(...swept.expired);
      if (swept.rescued.length + swept.expired.length === 0) break;
    }
    const byId = (a: SweptJob, b: SweptJob): number => (a.jobId < b.jobId ? -1 : 1);
    return { rescued: rescued.sort(byId), expired: expired.sort(byId) };
  }

  async #look(owner: string | null, limit: number): Promise<unknown> {
    const filter = owner === null ? {} : { owner };
    const jobIds = this.#jobs.map(({ jobId }) => jobId);
    return {
      list: await this.#store.list({ ...filter, limit }),
      active: await this.#store.list({ ...filter, status: ["pending", "processing"], limit }),
      counts: await this.#store.counts(filter),
      records: (await this.#store.read({ jobIds, view: "info", ...filter })).map(leftOpen),
      logs: await Promise.all(jobIds.map((jobId) => this.#store.logs(jobId))),
      queues: (await this.#store.queues()).filter(({ queue }) => this.#queues.has(queue)),
      waiting: await this.#waiting(jobIds),
      workers: await this.#store.workers(),
      learned: (await this.#store.learned([...KINDS, "unknown"])).map(inOrder),
    };
  }

  /** In the view that leaves nothing out. */
  async #waiting(jobIds: readonly string[]): Promise<unknown> {
    const records = await this.#store.read({ jobIds, view: "full" });
    return records.map((record) => {
      if (record === null || !("waiting" in record) || record.waiting === null) return null;
      const { ahead, keyHolders } = record.waiting;
      return { inLine: this.#mayExpire ? "left open" : ahead, keyHolders, payloadBytes: record.payloadBytes };
    });
  }

  #newJob({ inMs, limit, ...part }: EnqueuePart): NewJob {
    const number = this.#jobs.length;
    const jobId = `01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
    this.#jobs.push({ jobId, fence: 0 });
    return {
      ...part,
      jobId,
      runAt: inMs === null ? null : { inMs },
      concurrencyKey: limit === null ? null : "k",
      concurrencyLimit: limit,
      parentId: null,
      rerunOf: null,
    };
  }

  #given(jobId: string, fence: number): void {
    const job = this.#jobs.find((one) => one.jobId === jobId);
    if (job !== undefined) job.fence = fence;
  }

  /** Before anything was enqueued, a job that nobody knows. */
  #picked(pick: number): { readonly jobId: string; readonly fence: number } {
    const unknown = { jobId: "01900000-0000-7000-8000-ffffffffffff", fence: 1 };
    return this.#jobs[pick % Math.max(1, this.#jobs.length)] ?? unknown;
  }

  #lease({ job, back }: { readonly job: number; readonly back: number }): LeaseRef {
    const { jobId, fence } = this.#picked(job);
    return { jobId, fence: fence - back };
  }
}

function workerOf({ name, ...facts }: { name: string; running: number; accepting: boolean }): WorkerFacts {
  return { workerId: name, host: "media-1", pid: 7, kinds: KINDS, queues: null, concurrency: 2, ...facts };
}

/** Counts have no order of their own. */
function inOrder({ kind, counts }: LearnedDurations): unknown {
  const text = JSON.stringify;
  return { kind, counts: counts.map((one) => text(one, Object.keys(one).sort())).sort() };
}

function outcomeOf(how: Outcome["type"], inMs: number | null, retryable: boolean): Outcome {
  switch (how) {
    case "completed":
      return COMPLETED;
    case "failed":
      return failed({ retryable, retryInMs: inMs });
    case "released":
      return RELEASED;
    case "snoozed":
      return snoozed(inMs ?? 0);
    case "cancelled":
      return CANCELLED;
  }
}

function effectOf(how: "started" | "progress" | "completed" | "failed"): CallbackEffect {
  if (how === "started") return { type: "started" };
  if (how === "progress") return { type: "progress", report: { stage: "one", percent: 40 } };
  return { type: "settle", outcome: how === "completed" ? COMPLETED : failed({ retryInMs: 1_000 }) };
}

/** What the view "info" may leave out while nobody works there. */
function leftOpen(record: JobRecord | Tombstone | null): unknown {
  if (record === null || !("waiting" in record) || record.waiting?.liveWorkers !== 0) return record;
  return { ...record, payloadBytes: "left open", waiting: { ...record.waiting, keyHolders: [] } };
}

/**
 * As it would travel: what is undefined is not there. Left open are the order of the holders of a key, and whether jobs past
 * their expiry that no sweep has met yet still stand ahead of others.
 */
function plain(value: unknown): unknown {
  const told = (key: string, inner: unknown): unknown => {
    if (key === "ahead") return "left open";
    return key === "keyHolders" ? (inner as string[]).toSorted((a, b) => (a < b ? -1 : 1)) : inner;
  };
  return value === undefined ? null : (JSON.parse(JSON.stringify(value, told)) as unknown);
}
