/** Every status × every move: exactly the table of the lifecycle, and nothing changes when a move is refused. */
import { describe, expect } from "vitest";
import { JOB_STATUSES, type JobStatus, LIFECYCLE, type MoveName } from "../../core/lifecycle.js";
import type { NewJobParts, Rule, World } from "./world.js";
import { CANCELLED, COMPLETED, DAY_MS, failed, HOUR_MS, LEASE_MS, MINUTE_MS, RELEASED, snoozed } from "./world.js";

/** A job brought into a status; `fence` is that of its newest claim (0 = never claimed). */
export interface Built {
  readonly jobId: string;
  readonly fence: number;
}

export interface BuildParts {
  readonly job?: NewJobParts;
  readonly leaseMs?: number;
}

/** Brings a new job into `status` on the shortest way. */
export async function build(
  world: World,
  status: JobStatus,
  { job = {}, leaseMs = LEASE_MS }: BuildParts = {},
): Promise<Built> {
  const kinds = [job.kind ?? "kind"];
  const begin = async (parts: NewJobParts = {}): Promise<Built> => {
    await world.add({ ...job, ...parts });
    const { jobId, fence } = await world.claimOne({ kinds, leaseMs });
    return { jobId, fence };
  };
  switch (status) {
    case "scheduled":
      return { jobId: await world.add({ ...job, runAt: { inMs: HOUR_MS } }), fence: 0 };
    case "pending":
      return { jobId: await world.add(job), fence: 0 };
    case "processing":
      return begin();
    case "retrying": {
      const built = await begin({ maxAttempts: 3 });
      await world.settle(built, failed({ retryInMs: HOUR_MS }));
      return built;
    }
    case "completed": {
      const built = await begin();
      await world.settle(built, COMPLETED);
      return built;
    }
    case "failed": {
      const built = await begin();
      await world.settle(built, failed());
      return built;
    }
    case "cancelled": {
      const jobId = await world.add(job);
      await world.cancel(jobId);
      return { jobId, fence: 0 };
    }
    case "expired": {
      const jobId = await world.add({ ...job, expiresInMs: MINUTE_MS });
      await world.clock.advance(MINUTE_MS);
      await world.store.sweep(100);
      return { jobId, fence: 0 };
    }
  }
}

interface Action extends BuildParts {
  /** The moves this action may cause: at most one of them is legal from any status. */
  readonly moves: readonly MoveName[];
  readonly cancelAsked?: boolean;
  /** What it answers when the move was made; "" for calls that answer nothing about the job. */
  readonly accepted: readonly string[];
  act(world: World, job: Built, kind: string): Promise<string>;
}

const ACCEPTED_SETTLE = ["settled"];
const ACCEPTED_CONTROL = ["done", "requested"];
const settling = (outcome: Parameters<World["settle"]>[1]) => async (world: World, job: Built) =>
  (await world.settle(job, outcome)).answer;
const sweepAfter = (ms: number) => async (world: World) => {
  await world.clock.advance(ms);
  await world.store.sweep(100);
  return "";
};

const ACTIONS: Readonly<Record<string, Action>> = {
  "claim when due": {
    moves: ["claim"],
    accepted: ["claimed"],
    async act(world, _job, kind) {
      await world.clock.advance(2 * HOUR_MS);
      return (await world.claim({ kinds: [kind] })).jobs.length > 0 ? "claimed" : "nothing";
    },
  },
  succeed: { moves: ["complete"], accepted: ACCEPTED_SETTLE, act: settling(COMPLETED) },
  "fail with retry": { moves: ["fail_retry"], accepted: ACCEPTED_SETTLE, act: settling(failed({ retryInMs: 1_000 })) },
  "fail for good": { moves: ["fail"], accepted: ACCEPTED_SETTLE, act: settling(failed()) },
  "fail while cancel is asked": {
    moves: ["fail_cancel"],
    cancelAsked: true,
    accepted: ACCEPTED_SETTLE,
    act: settling(failed({ retryInMs: 1_000 })),
  },
  release: { moves: ["release"], accepted: ACCEPTED_SETTLE, act: settling(RELEASED) },
  snooze: { moves: ["snooze"], accepted: ACCEPTED_SETTLE, act: settling(snoozed(1_000)) },
  "confirm a cancel": {
    moves: ["confirm_cancel"],
    cancelAsked: true,
    accepted: ACCEPTED_SETTLE,
    act: settling(CANCELLED),
  },
  "lose the lease": { moves: ["lose_retry"], accepted: [""], act: sweepAfter(LEASE_MS) },
  "lose the last attempt": {
    moves: ["lose_fail"],
    job: { maxAttempts: 1 },
    accepted: [""],
    act: sweepAfter(LEASE_MS),
  },
  "lose the lease while cancel is asked": {
    moves: ["lose_cancel"],
    cancelAsked: true,
    accepted: [""],
    act: sweepAfter(LEASE_MS),
  },
  cancel: {
    moves: ["cancel", "request_cancel"],
    accepted: ACCEPTED_CONTROL,
    act: async (world, job) => (await world.cancel(job.jobId)).answer,
  },
  "force cancel": {
    moves: ["cancel", "force_cancel"],
    accepted: ACCEPTED_CONTROL,
    act: async (world, job) => (await world.cancel(job.jobId, { force: true })).answer,
  },
  "pass the expiry": {
    moves: ["expire"],
    job: { expiresInMs: DAY_MS },
    leaseMs: 3 * DAY_MS,
    accepted: [""],
    act: sweepAfter(DAY_MS),
  },
  "retry by hand": {
    moves: ["retry"],
    accepted: ACCEPTED_CONTROL,
    act: async (world, job) => (await world.retry(job.jobId)).answer,
  },
  "enqueue the id again": {
    moves: ["enqueue"],
    accepted: ["created"],
    act: async (world, job, kind) => (await world.enqueue(world.newJob({ jobId: job.jobId, kind }))).answer,
  },
  "enqueue the id again for later": {
    moves: ["enqueue_later"],
    accepted: ["created"],
    act: async (world, job, kind) =>
      (await world.enqueue(world.newJob({ jobId: job.jobId, kind, runAt: { inMs: 1_000 } }))).answer,
  },
};

export function movesTheme(rule: Rule): void {
  describe("status × move", () => {
    rule("A6 every move of the table is tried from every status", async () => {
      const tried = new Set(Object.values(ACTIONS).flatMap((action) => action.moves));
      expect([...tried].sort()).toEqual(Object.keys(LIFECYCLE).sort());
    });

    for (const status of JOB_STATUSES) {
      const legal = Object.entries(LIFECYCLE).flatMap(([name, move]) => (move.from.includes(status) ? [name] : []));
      rule(`A6 a ${status} job makes exactly these moves: ${legal.join(", ") || "none"}`, async (world) => {
        for (const [name, action] of Object.entries(ACTIONS)) await tryAction(world, status, name, action);
      });
    }
  });
}

async function tryAction(world: World, status: JobStatus, name: string, action: Action): Promise<void> {
  const pair = `${name} from ${status}`;
  const kind = pair.replaceAll(" ", "-");
  const job = await build(world, status, { ...action, job: { ...action.job, kind } });
  if (action.cancelAsked && status === "processing") await world.cancel(job.jobId);
  const before = await world.read(job.jobId);
  const picture = await world.picture(job.jobId);
  expect(before.status, pair).toBe(status);
  await world.clock.advance(1);

  const answer = await action.act(world, job, kind);

  const move = action.moves.find((candidate) => LIFECYCLE[candidate].from.includes(status));
  const last = (await world.trail(job.jobId)).at(-1);
  if (move !== undefined) {
    expect(action.accepted, pair).toContain(answer);
    expect(last, pair).toMatchObject({ seq: before.seq + 1, from: status, event: move, to: LIFECYCLE[move].to });
    expect(await world.read(job.jobId), pair).toMatchObject({ status: LIFECYCLE[move].to, seq: before.seq + 1 });
    return;
  }
  if (answer !== "") expect(action.accepted, pair).not.toContain(answer);
  if (answer === "conflict") {
    expect(last, pair).toMatchObject({ seq: before.seq + 1, from: status, event: "conflict", to: status });
    const after = await world.read(job.jobId);
    const remark = { seq: after.seq, updatedAt: after.updatedAt, readAt: after.readAt };
    expect(after, pair).toEqual({ ...before, ...remark });
    return;
  }
  expect(await world.picture(job.jobId), pair).toEqual(picture);
}
