/**
 * One job, two workers, one rescuer, one person, and the time. Each may make a few calls, in any order: workers go on
 * with leases they have lost long ago and tell endings twice. What every call must answer is said here anew, from the
 * job as it stood before the call.
 */
import { createAuditor } from "../../src/core/audit.js";
import type { Clock } from "../../src/core/clock.js";
import type { JobRecord } from "../../src/core/job.js";
import { isTerminalStatus, isWaitingStatus } from "../../src/core/lifecycle.js";
import type { LeaseRef, Outcome, Settlement, Store } from "../../src/core/store.js";
import { exportStore } from "../../src/export.js";
import { COMPLETED, failed, RELEASED } from "../../src/testing/store-suite/world.js";
import type { Move, SmallWorld } from "./explore.js";

/** How often each may act. */
export interface Chances {
  /** Calls of each worker. */
  readonly worker: number;
  readonly sweeps: number;
  /** Cancels, forced or not, and retries, in all. */
  readonly person: number;
  /** Steps of the time, half a lease each. */
  readonly steps: number;
}

const LEASE_MS = 10_000;
const MAX_ATTEMPTS = 2;
const JOB_ID = "01900000-0000-7000-8000-000000000001";

/** Time that only this world turns. */
class HandClock implements Clock {
  passedMs = 0;
  now(): number {
    return 1_893_456_000_000 + this.passedMs;
  }
  monotonic(): number {
    return this.passedMs;
  }
  after(): () => void {
    return () => {};
  }
  turn(): () => void {
    return () => {};
  }
  random(): number {
    return 0.5;
  }
}

interface Holder {
  readonly name: string;
  left: number;
  lease: LeaseRef | null;
  isTold: boolean;
  /** What it told last; it may tell it again. */
  told: Settlement | null;
}

const OUTCOMES: readonly (readonly [string, Outcome])[] = [
  ["completes", COMPLETED],
  ["fails", failed({ retryInMs: 0 })],
  ["gives up", failed()],
  ["releases", RELEASED],
];

export async function oneJob(open: (clock: Clock) => Store, chances: Chances): Promise<SmallWorld> {
  const clock = new HandClock();
  const world = new OneJob(open(clock), clock, chances);
  await world.begin();
  return world;
}

class OneJob implements SmallWorld {
  readonly #store: Store;
  readonly #clock: HandClock;
  readonly #holders: readonly Holder[];
  readonly #left: { sweeps: number; person: number; steps: number };
  #isChecked = true;

  constructor(store: Store, clock: HandClock, { worker, sweeps, person, steps }: Chances) {
    this.#store = store;
    this.#clock = clock;
    this.#holders = ["A", "B"].map((name) => ({ name, left: worker, lease: null, isTold: false, told: null }));
    this.#left = { sweeps, person, steps };
  }

  async begin(): Promise<void> {
    const none = {
      uniqueKey: null,
      idempotencyKey: null,
      concurrencyKey: null,
      concurrencyLimit: null,
      parentId: null,
    };
    const facts = { kind: "kind", queue: "queue", owner: null, priority: 0, payload: "{}", metadata: null };
    const job = { jobId: JOB_ID, ...facts, ...none, rerunOf: null, recorded: false, runAt: null, expiresInMs: null };
    await this.#store.enqueue([{ ...job, maxAttempts: MAX_ATTEMPTS }]);
  }

  moves(): Move[] {
    const moves: Move[] = [];
    const add = (name: string, make: () => Promise<string | null>): void => void moves.push(this.#move(name, make));
    for (const holder of this.#holders) if (holder.left > 0) moves.push(...this.#workerMoves(holder));
    const { sweeps, person, steps } = this.#left;
    if (sweeps > 0) add("sweep", () => this.#sweep());
    if (person > 0) {
      add("cancel", () => this.#control("cancel"));
      add("force cancel", () => this.#control("force cancel"));
      add("retry", () => this.#control("retry"));
    }
    if (steps > 0) add("step", () => this.#step());
    return moves;
  }

  #move(name: string, make: () => Promise<string | null>): Move {
    return {
      name,
      make: (check) => {
        this.#isChecked = check;
        return make();
      },
    };
  }

  #workerMoves(holder: Holder): Move[] {
    const { name, lease, told } = holder;
    const by = (what: string, make: () => Promise<string | null>): Move =>
      this.#move(`${name} ${what}`, () => {
        holder.left--;
        return make();
      });
    const again = told === null ? [] : [by("tells again", () => this.#settle(holder, told))];
    if (lease === null) return [by("claims", () => this.#claim(holder)), ...again];
    const outcomes = holder.isTold ? [...OUTCOMES, ["cancels", { type: "cancelled" }] as const] : OUTCOMES;
    const endings = outcomes.map(([what, outcome]) => by(what, () => this.#settle(holder, { ...lease, outcome })));
    return [
      by("extends", () => this.#hold(holder, "extend")),
      by("reports", () => this.#hold(holder, "report")),
      ...endings,
    ];
  }

  async #claim(holder: Holder): Promise<string | null> {
    const before = await this.#before();
    const claim = { workerId: holder.name, kinds: ["kind"], queues: null, limit: 2, leaseMs: LEASE_MS };
    const { jobs } = await this.#store.claim(claim);
    const [taken] = jobs;
    if (taken !== undefined)
      Object.assign(holder, { lease: { jobId: taken.jobId, fence: taken.fence }, isTold: false });
    if (before === null) return null;
    const isFree = isWaitingStatus(before.status) && before.runAt <= this.#clock.now();
    if (jobs.length !== (isFree ? 1 : 0)) return `${jobs.length} jobs were claimed of one that was ${before.status}`;
    return taken === undefined || taken.fence === before.fence + 1
      ? null
      : `fence ${taken.fence} was given after ${before.fence}`;
  }

  async #hold(holder: Holder, call: "extend" | "report"): Promise<string | null> {
    const [before, lease] = [await this.#before(), holder.lease!];
    const [answer] =
      call === "extend"
        ? await this.#store.extend({ worker: null, leaseMs: LEASE_MS, leases: [lease] })
        : await this.#store.report([{ ...lease, percent: 50 }]);
    if (answer === "cancelRequested") holder.isTold = true;
    if (before === null) return null;
    const right = !holds(before, lease) ? "lost" : before.cancelRequestedAt === null ? "held" : "cancelRequested";
    if (answer !== right) return `${call} was answered ${answer}, and it is ${right}`;
    return answer === "lost" ? this.#unchanged(before) : null;
  }

  async #settle(holder: Holder, settlement: Settlement): Promise<string | null> {
    const before = await this.#before();
    const [answer] = await this.#store.settle([settlement]);
    holder.lease = null;
    holder.told = settlement;
    if (before === null) return null;
    const isRight = holds(before, settlement);
    if ((answer?.answer === "settled") !== isRight) return `settling was answered ${answer?.answer}`;
    if (answer?.answer === "settled") {
      const isLate = (before.leaseExpiresAt ?? 0) <= this.#clock.now();
      return answer.late === isLate ? null : `it was called ${answer.late ? "" : "not "}late`;
    }
    return answer?.answer === "conflict" ? null : this.#unchanged(before);
  }

  async #sweep(): Promise<string | null> {
    this.#left.sweeps--;
    const before = await this.#before();
    const { rescued } = await this.#store.sweep(10);
    if (before === null) return null;
    const isOver = before.status === "processing" && before.leaseExpiresAt! <= this.#clock.now();
    if (rescued.length !== (isOver ? 1 : 0))
      return `${rescued.length} jobs were rescued of one that was ${before.status}`;
    return isOver ? null : this.#unchanged(before);
  }

  async #step(): Promise<null> {
    this.#left.steps--;
    this.#clock.passedMs += LEASE_MS / 2;
    return null;
  }

  async #control(call: "cancel" | "force cancel" | "retry"): Promise<string | null> {
    this.#left.person--;
    const before = await this.#before();
    const person = { jobId: JOB_ID, actor: "ann", requestId: null };
    const [answer] =
      call === "retry"
        ? await this.#store.retry([{ ...person, onlyRetryable: false, maxGenerations: null }])
        : await this.#store.cancel([{ ...person, reason: null, force: call === "force cancel" }]);
    if (before === null) return null;
    const may = call === "retry" ? isTerminalStatus(before.status) && before.status !== "completed" : isLive(before);
    const isRepeated = call === "cancel" && before.status === "processing" && before.cancelRequestedAt !== null;
    const did = answer?.answer === "done" || answer?.answer === "requested";
    if (did !== (may && !isRepeated))
      return `${call} of a job that was ${before.status} was answered ${answer?.answer}`;
    return did ? null : this.#unchanged(before);
  }

  /** A call that was refused left no trace. */
  async #unchanged(before: JobRecord): Promise<string | null> {
    const after = await this.#job();
    return JSON.stringify(after) === JSON.stringify(before) ? null : "a call that was refused changed the job";
  }

  /** Which of the two workers is which does not matter: of a world and its mirror image one face stands for both. */
  async face(): Promise<string> {
    const [trail] = await this.#store.trail([JOB_ID]);
    const story = JSON.stringify([await this.#job(), trail, this.#left]);
    const [a, b] = this.#holders.map(({ name: _name, ...holder }) => JSON.stringify(holder));
    const mirrored = story.replaceAll(/\b[AB]\b/g, (name) => (name === "A" ? "B" : "A"));
    const [plain, mirror] = [`${story} ${a} ${b}`, `${mirrored} ${b} ${a}`];
    return plain < mirror ? plain : mirror;
  }

  async audit(): Promise<string[]> {
    const auditor = createAuditor({ ledger: { acknowledged: [JOB_ID], sent: [] } });
    for await (const line of exportStore(this.#store)) auditor.feed(line);
    return auditor.finish().map(({ invariant, message }) => `${message} (${invariant})`);
  }

  /** L1: rescued when its worker is silent, and worked on, the job ends. */
  async end(): Promise<string | null> {
    const finisher: Holder = { name: "C", left: 0, lease: null, isTold: false, told: null };
    for (let round = 0; round <= MAX_ATTEMPTS; round++) {
      if (isTerminalStatus((await this.#job()).status)) return null;
      this.#clock.passedMs += LEASE_MS;
      await this.#store.sweep(10);
      await this.#claim(finisher);
      if (finisher.lease !== null) await this.#settle(finisher, { ...finisher.lease, outcome: COMPLETED });
    }
    const { status } = await this.#job();
    return isTerminalStatus(status) ? null : `it stays ${status} for ever (L1)`;
  }

  /** The job as it stands before a call whose answer is to be judged. */
  async #before(): Promise<JobRecord | null> {
    return this.#isChecked ? this.#job() : null;
  }

  async #job(): Promise<JobRecord> {
    const [job] = await this.#store.read({ jobIds: [JOB_ID], view: "full" });
    if (job == null || "purgedAt" in job) throw new Error("the job is gone");
    return job;
  }
}

function holds({ status, fence }: JobRecord, lease: LeaseRef): boolean {
  return status === "processing" && fence === lease.fence;
}

function isLive({ status }: JobRecord): boolean {
  return !isTerminalStatus(status);
}
