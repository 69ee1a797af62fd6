/** What a test of the store suite lives in: one store, one clock, and makers for what most tests need. */
import { expect } from "vitest";
import { currentStatus, type JobRecord, type Tombstone } from "../../core/job.js";
import type { JobStatus } from "../../core/lifecycle.js";
import type * as contract from "../../core/store.js";
import type { TrailEvent } from "../../core/trail.js";
import type { FakeClock } from "../fake-clock.js";

export const LEASE_MS = 30_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Registers one rule of the contract. Every test gets a world of its own. */
export type Rule = (title: string, test: (world: World) => Promise<void>) => void;

export type NewJobParts = Partial<contract.NewJob>;
export interface FailParts {
  readonly code?: string;
  readonly retryable?: boolean;
  readonly retryInMs?: number | null;
}

let made = 0;

/** A UUID of version 7 by the test's clock; later ones sort after earlier ones. */
export function newId(clock: FakeClock): string {
  const time = clock.now().toString(16).padStart(12, "0");
  const count = (made++ & 0xffffff).toString(16).padStart(6, "0");
  const tail = Array.from({ length: 12 }, () => Math.floor(clock.random() * 16).toString(16)).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.slice(0, 3)}-8${count.slice(3)}-${tail}`;
}

export function failed({ code = "broken", retryable = true, retryInMs = null }: FailParts = {}): contract.Outcome {
  const failure = {
    public: { code, message: `It is ${code}.`, category: "temporary", retryable, reference: `ref-${code}` },
    detail: JSON.stringify({ name: "Error", message: code }),
  } as const;
  return { type: "failed", failure, retryInMs };
}
export const COMPLETED: contract.Outcome = { type: "completed", result: '{"ok":true}' };
export const RELEASED: contract.Outcome = { type: "released" };
export const CANCELLED: contract.Outcome = { type: "cancelled" };
export const snoozed = (inMs: number): contract.Outcome => ({ type: "snoozed", inMs });

export class World {
  readonly store: contract.Store;
  readonly clock: FakeClock;

  constructor(store: contract.Store, clock: FakeClock) {
    this.store = store;
    this.clock = clock;
  }

  newJob(parts: NewJobParts = {}): contract.NewJob {
    return {
      jobId: newId(this.clock),
      kind: "kind",
      queue: "queue",
      owner: null,
      priority: 0,
      runAt: null,
      expiresInMs: null,
      maxAttempts: 3,
      payload: '{"n":1}',
      metadata: null,
      uniqueKey: null,
      idempotencyKey: null,
      concurrencyKey: null,
      concurrencyLimit: null,
      parentId: null,
      rerunOf: null,
      recorded: false,
      ...parts,
    };
  }

  /** Enqueues one job and returns its id; fails the test unless it was created. */
  async add(parts: NewJobParts = {}): Promise<string> {
    const job = this.newJob(parts);
    expect(await this.enqueue(job)).toMatchObject({ answer: "created", jobId: job.jobId });
    return job.jobId;
  }

  async enqueue(job: contract.NewJob): Promise<contract.EnqueueAnswer> {
    return only(await this.store.enqueue([job]));
  }

  claim(parts: Partial<contract.ClaimRequest> = {}): Promise<contract.Claim> {
    return this.store.claim({
      workerId: "w1",
      kinds: ["kind"],
      queues: null,
      limit: 1,
      leaseMs: LEASE_MS,
      ...parts,
    });
  }

  async claimIds(parts: Partial<contract.ClaimRequest> = {}): Promise<string[]> {
    return (await this.claim({ limit: 100, ...parts })).jobs.map((job) => job.jobId);
  }

  /** Claims exactly one job. */
  async claimOne(parts: Partial<contract.ClaimRequest> = {}): Promise<contract.ClaimedJob> {
    return only((await this.claim(parts)).jobs);
  }

  /** Enqueues and claims a job. */
  async running(parts: NewJobParts = {}): Promise<contract.ClaimedJob> {
    const jobId = await this.add(parts);
    const claimed = await this.claimOne({ kinds: [parts.kind ?? "kind"] });
    expect(claimed.jobId).toBe(jobId);
    return claimed;
  }

  async settle(lease: contract.LeaseRef, outcome: contract.Outcome): Promise<contract.SettleAnswer> {
    return only(await this.store.settle([{ jobId: lease.jobId, fence: lease.fence, outcome }]));
  }

  async extend(lease: contract.LeaseRef, leaseMs: number = LEASE_MS): Promise<contract.HoldAnswer> {
    const { jobId, fence } = lease;
    return only(await this.store.extend({ worker: null, leaseMs, leases: [{ jobId, fence }] }));
  }

  async report(
    lease: contract.LeaseRef,
    parts: Omit<contract.Report, "jobId" | "fence">,
  ): Promise<contract.HoldAnswer> {
    return only(await this.store.report([{ jobId: lease.jobId, fence: lease.fence, ...parts }]));
  }

  async cancel(jobId: string, parts: Partial<contract.CancelRequest> = {}): Promise<contract.ControlAnswer> {
    const request = { jobId, actor: "user:ann", requestId: null, reason: null, force: false, ...parts };
    return only(await this.store.cancel([request]));
  }

  async retry(jobId: string, parts: Partial<contract.RetryRequest> = {}): Promise<contract.ControlAnswer> {
    const nobody = { requestId: null, onlyRetryable: false, maxGenerations: null };
    return only(await this.store.retry([{ jobId, actor: "user:ann", ...nobody, ...parts }]));
  }

  async remove(jobId: string, parts: Partial<contract.RemoveRequest> = {}): Promise<contract.ControlAnswer> {
    return only(await this.store.remove([{ jobId, actor: "user:ann", requestId: null, ...parts }]));
  }

  /** Lets the lease run out and takes the job back. */
  async lose(leaseMs: number = LEASE_MS): Promise<contract.Swept> {
    await this.clock.advance(leaseMs + 1);
    return this.store.sweep(100);
  }

  async find(jobId: string, parts: Partial<contract.ReadRequest> = {}): Promise<JobRecord | Tombstone | null> {
    return only(await this.store.read({ jobIds: [jobId], view: "full", ...parts }));
  }

  /** The record of a job that is there. */
  async read(jobId: string, view: contract.ReadView = "full"): Promise<JobRecord> {
    const found = await this.find(jobId, { view });
    if (found === null || "purgedAt" in found) throw new Error(`job ${jobId} is not there`);
    return found;
  }

  async status(jobId: string): Promise<JobStatus> {
    return currentStatus(await this.read(jobId, "status"));
  }

  async trail(jobId: string): Promise<TrailEvent[]> {
    return only(await this.store.trail([jobId]));
  }

  async events(jobId: string): Promise<string[]> {
    return (await this.trail(jobId)).map((row) => row.event);
  }

  /** All that must stay as it is when a call is refused. */
  async picture(jobId: string): Promise<unknown> {
    const { readAt: _readAt, waiting: _waiting, ...facts } = await this.read(jobId);
    return { facts, trail: await this.trail(jobId), logs: await this.store.logs(jobId) };
  }
}

/** The only item of an array; fails the test when there is another number of them. */
export function only<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1);
  return items[0] as T;
}
