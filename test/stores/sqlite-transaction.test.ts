/** Enqueue in the caller's own transaction: the jobs exist iff it commits. */
import { expect, it } from "vitest";
import { newJob, newPath, openStore, openStranger, present } from "./sqlite-tools.js";

async function world() {
  const path = newPath();
  const store = await openStore({ path });
  const own = await openStranger(path);
  own.exec("create table uploads (name text)");
  return { store, own };
}

it("keeps the jobs when the transaction commits, together with the caller's own rows", async () => {
  const { store, own } = await world();
  const jobs = [newJob(), newJob({ runAt: { inMs: 60_000 } })];
  own.exec("begin immediate");
  own.exec("insert into uploads values ('sales.csv')");
  expect(await store.enqueue(jobs, own)).toMatchObject([{ answer: "created" }, { answer: "created" }]);
  expect(await present(store, jobs)).toEqual([false, false]);
  own.exec("commit");
  expect(await present(store, jobs)).toEqual([true, true]);
  const claimed = await store.claim({ workerId: "w", kinds: ["kind"], queues: null, limit: 10, leaseMs: 1_000 });
  expect(claimed.jobs.map(({ jobId }) => jobId)).toEqual([jobs[0]!.jobId]);
  expect(await store.counts({})).toMatchObject({ processing: 1, scheduled: 1, completed: 0 });
});

it("forgets the jobs when the transaction rolls back, and their ids and keys are free again", async () => {
  const { store, own } = await world();
  const job = newJob({ uniqueKey: "one", idempotencyKey: "key" });
  own.exec("begin immediate");
  await store.enqueue([job], own);
  own.exec("rollback");
  expect(await present(store, [job])).toEqual([false]);
  expect(await store.enqueue([job])).toMatchObject([{ answer: "created" }]);
});

it("answers as ever inside the transaction: duplicate, known, exists", async () => {
  const { store, own } = await world();
  const first = newJob({ uniqueKey: "one", idempotencyKey: "key", payload: '{"n":7}' });
  await store.enqueue([first]);
  own.exec("begin immediate");
  const answers = await store.enqueue(
    [newJob({ uniqueKey: "one" }), newJob({ idempotencyKey: "key" }), newJob({ jobId: first.jobId }), newJob()],
    own,
  );
  own.exec("commit");
  expect(answers).toMatchObject([
    { answer: "duplicate", jobId: first.jobId },
    { answer: "known", jobId: first.jobId, payload: '{"n":7}' },
    { answer: "exists", jobId: first.jobId },
    { answer: "created" },
  ]);
});

it("refuses what is no open transaction of this file", async () => {
  const { store, own } = await world();
  const other = await openStranger(`${newPath()}`.replace("/jobs.db", ".db"));
  other.exec("begin");
  const refused = { code: "transaction_not_supported" };
  await expect(store.enqueue([newJob()], own)).rejects.toMatchObject(refused);
  await expect(store.enqueue([newJob()], other)).rejects.toMatchObject(refused);
  await expect(store.enqueue([newJob()], {})).rejects.toMatchObject(refused);
  await expect(store.enqueue([newJob()], "begin")).rejects.toMatchObject(refused);
});

it("kinds that are known already are saved while the caller's own transaction holds the lock, without waiting", async () => {
  const { store, own } = await world();
  const kinds = [
    { kind: "a", stages: [{ name: "read", weight: 1 }], targetMs: 5_000 },
    { kind: "b", stages: [], targetMs: null },
  ];
  await store.saveKinds(kinds);
  own.exec("begin immediate");
  await store.saveKinds(kinds);
  own.exec("rollback");
  expect(await store.kinds()).toEqual(kinds);
});

it("new kinds may be saved without waiting for the answer: the transaction goes on, and they are there afterwards", async () => {
  const { store, own } = await world();
  own.exec("begin immediate");
  const saving = store.saveKinds([{ kind: "new", stages: [], targetMs: null }]);
  const job = newJob();
  expect(await store.enqueue([job], own)).toMatchObject([{ answer: "created" }]);
  own.exec("commit");
  await saving;
  expect((await store.kinds()).map(({ kind }) => kind)).toEqual(["new"]);
  expect(await present(store, [job])).toEqual([true]);
});
