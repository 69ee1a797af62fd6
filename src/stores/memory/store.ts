/**
 * The store in memory: for tests and throw-away work. Bounded, and not durable: it ends with the process. Everything
 * happens in one turn of the event loop, so each call is atomic by itself.
 */
import { type Clock, systemClock } from "../../core/clock.js";
import { assertMaxAttempts } from "../../core/define-job.js";
import { WaymarkError } from "../../core/errors.js";
import { assertOptions, type NamesOf } from "../../core/options.js";
import type * as contract from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import * as attempts from "./attempts.js";
import { callback, callbacks } from "./callback.js";
import * as control from "./control.js";
import { enqueue } from "./enqueue.js";
import { Hints } from "./hints.js";
import * as reading from "./reading.js";
import { trailOf } from "./row.js";
import { State } from "./state.js";
import { Turns } from "./turns.js";

export interface MemoryStoreOptions {
  readonly clock?: Clock;
  /**
   * Jobs kept, finished ones included; default 100,000. Past it the oldest finished jobs make way and leave a tombstone
   * (of which as many are kept); when none has finished, enqueue answers `full`.
   */
  readonly maxJobs?: number;
}

const NAMES: NamesOf<MemoryStoreOptions> = { clock: true, maxJobs: true };

/** A store that says in its type that it does not last. */
export interface MemoryStore extends contract.Store {
  readonly name: "memory";
  readonly durable: false;
  readonly address: null;
}

/** @throws {WaymarkError} `invalid_option` when `maxJobs` is not a whole number of at least 1, or an option is not known */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  assertOptions(options, NAMES);
  const { clock = systemClock, maxJobs = 100_000 } = options;
  if (!Number.isSafeInteger(maxJobs) || maxJobs < 1) {
    throw new WaymarkError("invalid_option", { option: "maxJobs", problem: "it must be a whole number of at least 1" });
  }
  return new MemoryStoreOf(new State(clock, maxJobs));
}

class MemoryStoreOf implements MemoryStore {
  readonly name = "memory";
  readonly durable = false;
  readonly address = null;
  readonly #state: State;
  readonly #turns: Turns;
  readonly #hints = new Hints();
  #closed = false;

  constructor(state: State) {
    this.#state = state;
    this.#turns = new Turns(state.clock);
  }

  /** At once, unless others are to have their turn first: callers enqueue by the hundred thousand. */
  enqueue(
    jobs: readonly contract.NewJob[],
    tx?: unknown,
  ): Promise<contract.EnqueueAnswer[]> | contract.EnqueueAnswer[] {
    try {
      const state = this.#open();
      if (tx !== undefined) {
        throw new WaymarkError("transaction_not_supported", { problem: "the memory store has no transactions" });
      }
      const answers = jobs.length === 1 ? [this.#create(state, jobs[0]!)] : this.#createMany(state, jobs);
      const turn = this.#turns.took(jobs.length);
      return turn === null ? answers : after(turn, answers);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async claim(request: contract.ClaimRequest): Promise<contract.Claim> {
    const claimed = attempts.claim(this.#open(), request);
    this.#hints.tell(idsOf(claimed.jobs), false);
    return claimed;
  }

  async start(requests: readonly contract.StartRequest[]): Promise<contract.StartAnswer[]> {
    const state = this.#open();
    const answers = requests.map((request) => attempts.start(state, request));
    this.#hints.tell(
      idsWhere(requests, (i) => answers[i]?.answer === "started"),
      false,
    );
    return answers;
  }

  async extend(beat: contract.Heartbeat): Promise<contract.HoldAnswer[]> {
    const state = this.#open();
    if (beat.worker !== null) {
      const { workerId, kinds, queues } = beat.worker;
      const seenAt = state.clock.now();
      const startedAt = state.workers.get(workerId)?.startedAt ?? seenAt;
      const own = { kinds: [...kinds], queues: queues === null ? null : [...queues] };
      state.workers.set(workerId, { ...beat.worker, ...own, startedAt, seenAt, leaseMs: beat.leaseMs });
    }
    return beat.leases.map((lease) => attempts.extend(state, lease, beat.leaseMs));
  }

  async report(reports: readonly contract.Report[]): Promise<contract.HoldAnswer[]> {
    const state = this.#open();
    const answers = reports.map((report) => attempts.report(state, report));
    this.#hints.tell(
      idsWhere(reports, (i) => answers[i] !== "lost"),
      false,
    );
    return answers;
  }

  async settle(settlements: readonly contract.Settlement[]): Promise<contract.SettleAnswer[]> {
    const state = this.#open();
    const now = state.clock.now();
    const answers: contract.SettleAnswer[] = [];
    const settled: string[] = [];
    for (let i = 0; i < settlements.length; i++) {
      const settlement = settlements[i]!;
      const answer = attempts.settle(state, settlement, now);
      answers.push(answer);
      if (answer.answer === "settled") settled.push(settlement.jobId);
    }
    // Waiting, since a free slot of a concurrency key may let another job go.
    this.#hints.tell(settled, true);
    return answers;
  }

  async callback(requests: readonly contract.CallbackRequest[]): Promise<contract.CallbackAnswer[]> {
    const state = this.#open();
    const answers = requests.map((request) => callback(state, request));
    const ended = answers.some((answer, i) => answer.applied && requests[i]?.effect.type === "settle");
    this.#hints.tell(
      idsWhere(requests, (i) => answers[i]?.applied === true),
      ended,
    );
    return answers;
  }

  async callbacks(jobIds: readonly string[]): Promise<contract.CallbackRecord[][]> {
    const state = this.#open();
    return jobIds.map((jobId) => callbacks(state, jobId));
  }

  async sweep(limit: number): Promise<contract.Swept> {
    const swept = attempts.sweep(this.#open(), limit);
    this.#hints.tell(
      [...swept.rescued, ...swept.expired].map((job) => job.jobId),
      true,
    );
    return swept;
  }

  async cancel(requests: readonly contract.CancelRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#control(requests, control.cancel);
  }

  async retry(requests: readonly contract.RetryRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#control(requests, control.retry);
  }

  async remove(requests: readonly contract.RemoveRequest[]): Promise<contract.ControlAnswer[]> {
    return this.#control(requests, control.remove);
  }

  async purge(request: contract.PurgeRequest): ReturnType<contract.Store["purge"]> {
    const tombstones = control.purge(this.#open(), request);
    this.#hints.tell(
      tombstones.map((tombstone) => tombstone.jobId),
      false,
    );
    return tombstones.map((tombstone) => ({ ...tombstone }));
  }

  async read(request: contract.ReadRequest): ReturnType<contract.Store["read"]> {
    return reading.read(this.#open(), request);
  }

  async list(query: contract.ListQuery): ReturnType<contract.Store["list"]> {
    return reading.list(this.#open(), query);
  }

  async counts(filter: contract.CountFilter): ReturnType<contract.Store["counts"]> {
    return reading.counts(this.#open(), filter);
  }

  async trail(jobIds: readonly string[]): ReturnType<contract.Store["trail"]> {
    const state = this.#open();
    return jobIds.map((jobId) => toldTrail(state, jobId));
  }

  async tombstones(after: string | null, limit: number): ReturnType<contract.Store["tombstones"]> {
    return reading.tombstones(this.#open(), after, limit);
  }

  async logs(jobId: string): Promise<contract.StoredLogLine[]> {
    return (this.#open().find(jobId)?.extras.logs ?? []).map((line) => ({ ...line }));
  }

  async pauseQueue(queue: string, actor: string): Promise<void> {
    const state = this.#open();
    const pausedAt = state.queues.get(queue)?.pausedAt ?? null;
    // Pausing twice keeps the first: since when, and by whom.
    if (pausedAt === null) state.queues.set(queue, { queue, pausedAt: state.clock.now(), pausedBy: actor });
  }

  async resumeQueue(queue: string): Promise<void> {
    this.#open().queues.set(queue, { queue, pausedAt: null, pausedBy: null });
    this.#hints.tell("any", true);
  }

  async queues(): Promise<contract.QueueFacts[]> {
    return [...this.#open().queues.values()]
      .sort((a, b) => (a.queue < b.queue ? -1 : 1))
      .map((queue) => ({ ...queue }));
  }

  async workers(): Promise<contract.WorkerRecord[]> {
    return reading.recentWorkers(this.#open());
  }

  async saveKinds(kinds: readonly contract.KindFacts[]): Promise<void> {
    const state = this.#open();
    for (const kind of kinds) state.kinds.set(kind.kind, structuredClone(kind));
  }

  async kinds(): Promise<contract.KindFacts[]> {
    return structuredClone([...this.#open().kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1)));
  }

  async learn(samples: readonly contract.DurationSample[]): Promise<void> {
    const state = this.#open();
    state.learned.add(samples, state.clock.now());
  }

  async learned(kinds: readonly string[]): Promise<contract.LearnedDurations[]> {
    const state = this.#open();
    return kinds.map((kind) => state.learned.of(kind, state.clock.now()));
  }

  subscribe(listener: (hint: contract.Hint) => void): () => void {
    return this.#hints.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#hints.close();
  }

  #createMany(state: State, jobs: readonly contract.NewJob[]): contract.EnqueueAnswer[] {
    jobs.forEach(({ maxAttempts }) => {
      assertMaxAttempts(maxAttempts);
    });
    return jobs.map((job) => this.#create(state, job));
  }

  #create(state: State, job: contract.NewJob): contract.EnqueueAnswer {
    assertMaxAttempts(job.maxAttempts);
    const answer = enqueue(state, job);
    if (answer.answer === "created") this.#hints.add(answer.jobId, true);
    return answer;
  }

  #open(): State {
    if (this.#closed) throw new WaymarkError("closed");
    return this.#state;
  }

  #control<R extends { readonly jobId: string }>(
    requests: readonly R[],
    act: (state: State, request: R) => contract.ControlAnswer,
  ): contract.ControlAnswer[] {
    const state = this.#open();
    const answers = requests.map((request) => act(state, request));
    const changed = (i: number): boolean => answers[i]?.answer === "done" || answers[i]?.answer === "requested";
    this.#hints.tell(idsWhere(requests, changed), true);
    return answers;
  }
}

function after<T>(turn: Promise<void>, answer: T): Promise<T> {
  return turn.then(() => answer);
}

/** By number, as what is below: they are of every claim, and until it is compiled a function costs a call for each job. */
function idsOf(jobs: readonly { readonly jobId: string }[]): string[] {
  const jobIds: string[] = [];
  for (let i = 0; i < jobs.length; i++) jobIds.push(jobs[i]!.jobId);
  return jobIds;
}

function idsWhere(requests: readonly { readonly jobId: string }[], holds: (index: number) => boolean): string[] {
  const jobIds: string[] = [];
  for (let i = 0; i < requests.length; i++) if (holds(i)) jobIds.push(requests[i]!.jobId);
  return jobIds;
}

function toldTrail(state: State, jobId: string): TrailEvent[] {
  const row = state.find(jobId);
  return row === undefined ? [] : structuredClone(trailOf(row));
}
