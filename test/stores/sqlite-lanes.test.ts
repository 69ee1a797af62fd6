/** A lane counts its jobs once they were claimed or have ended, and what is counted is right whatever became of them. */
import { expect, it } from "vitest";
import { JOB_STATUSES } from "../../src/core/lifecycle.js";
import type { Store } from "../../src/core/store.js";
import type { SqliteDatabase } from "../../src/stores/sqlite/driver.js";
import { newJob, newPath, openStore, openStranger, openWithConnection } from "./sqlite-tools.js";

const CLAIM = { workerId: "w", kinds: ["kind"], queues: null, leaseMs: 30_000 };
const BY = { actor: "ann", reason: null, requestId: null };
const AGAIN = { ...BY, onlyRetryable: false, maxGenerations: null };

/** Counts every row, which the store never does. */
function truth(database: SqliteDatabase): Record<string, number> {
  const rows = database.prepare("select status, count(*) as jobs from waymark_jobs group by status").all();
  const counted = new Map((rows as { status: string; jobs: number }[]).map(({ status, jobs }) => [status, jobs]));
  return Object.fromEntries(JOB_STATUSES.map((status) => [status, counted.get(status) ?? 0]));
}

async function claimOne(store: Store) {
  const { jobs } = await store.claim({ ...CLAIM, limit: 1 });
  return jobs[0]!;
}

it("counts are right on every way through life: never begun and cancelled, retried, recorded, released, removed", async () => {
  const { store, database } = await openWithConnection(newPath());
  const isRight = async (): Promise<void> => expect(await store.counts({})).toEqual(truth(database));
  const jobs = Array.from({ length: 4 }, () => newJob());
  await store.enqueue(jobs);
  await isRight();
  const { jobId } = jobs[0]!;
  // Ended without a beginning, waits again, and begins.
  await store.cancel([{ ...BY, jobId, force: false }]);
  await isRight();
  await store.retry([{ ...AGAIN, jobId }]);
  await isRight();
  const held = await claimOne(store);
  await isRight();
  await store.settle([{ jobId: held.jobId, fence: held.fence, outcome: { type: "released" } }]);
  await isRight();
  for (let i = 0; i < 4; i++) {
    const { jobId: id, fence } = await claimOne(store);
    await store.settle([{ jobId: id, fence, outcome: { type: "completed", result: null } }]);
    await isRight();
  }
  const recorded = newJob({ recorded: true });
  await store.enqueue([recorded]);
  await isRight();
  await store.start([{ jobId: recorded.jobId, workerId: "w", leaseMs: 1_000, startKnown: true }]);
  await isRight();
  await store.remove([{ jobId, actor: "ann", requestId: null }]);
  await isRight();
  const rules = [{ status: "completed" as const, olderThanMs: null, keep: 1 }];
  await store.purge({ rules, limit: 10, tombstoneMs: 1_000, actor: "retention" });
  await isRight();
  expect(await store.counts({})).toMatchObject({ completed: 1, processing: 1 });
});

it("a lane that was rolled back is not taken for one that is there", async () => {
  const path = newPath();
  const store = await openStore({ path });
  const own = await openStranger(path);
  own.exec("begin immediate");
  await store.enqueue([newJob()], own);
  own.exec("rollback");
  // And the first job of a lane whose transaction fails.
  const lost = { ...newJob({ uniqueKey: "one" }), payload: undefined as unknown as string };
  await expect(store.enqueue([lost])).rejects.toThrow("payload");
  const job = newJob();
  await store.enqueue([job]);
  expect((await claimOne(store)).jobId).toBe(job.jobId);
});
