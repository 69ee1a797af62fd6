/** What the doctor says of jobs and workers, on any store: each finding made, seen, and gone again when mended. */
import { beforeEach, expect, it } from "vitest";
import type { Finding } from "../../src/core/finding.js";
import type { Store, WorkerFacts } from "../../src/core/store.js";
import { examine } from "../../src/doctor/doctor.js";
import { memoryStore } from "../../src/stores/memory/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { World } from "../../src/testing/store-suite/world.js";

let clock: FakeClock;
let store: Store;
let world: World;
beforeEach(() => {
  clock = new FakeClock();
  store = memoryStore({ clock });
  world = new World(store, clock);
});

const bad = async (): Promise<Finding[]> => (await examine(store)).filter(({ level }) => level !== "ok");
const worker: WorkerFacts = {
  workerId: "01900000-0000-7000-8000-000000000001",
  host: "media-2",
  pid: 4211,
  kinds: ["kind"],
  queues: null,
  concurrency: 10,
  running: 0,
  accepting: true,
};
const beat = (facts: Partial<WorkerFacts> = {}): Promise<unknown> =>
  store.extend({ worker: { ...worker, ...facts }, leaseMs: 30_000, leases: [] });

it("an idle store and a busy one with a living worker are well", async () => {
  expect(await bad()).toEqual([]);
  await beat();
  await world.add({ kind: "kind" });
  expect(await bad()).toEqual([]);
});

it("B10 a kind that waits for a minute without a living worker is named with its queue", async () => {
  await world.add({ kind: "lonely", queue: "letters" });
  await beat();
  await clock.advance(59_000);
  await beat();
  expect(await bad()).toEqual([]);
  await clock.advance(2_000);
  await beat({ kinds: ["lonely"], queues: ["else"] });
  const found = await bad();
  expect(found).toMatchObject([
    { check: "waiting kinds", level: "problem", detail: "No living worker takes lonely in letters." },
  ]);
  await beat({ kinds: ["lonely"], queues: ["letters"] });
  expect(await bad()).toEqual([]);
});

it("a worker that fell silent is named; one that said good-bye is not", async () => {
  await world.add({ kind: "kind", runAt: { inMs: 3_600_000 } });
  await beat();
  await clock.advance(31_000);
  expect(await bad()).toMatchObject([
    { check: "workers", level: "warning", detail: expect.stringContaining("media-2 (process 4211) since 31 s") },
  ]);
  await beat({ accepting: false });
  await clock.advance(31_000);
  expect(await bad()).toEqual([]);
});

it("a lease that is over and that nobody took back is a problem until somebody sweeps", async () => {
  await world.running();
  await clock.advance(30_000 + 59_000);
  expect((await bad()).map(({ check }) => check)).not.toContain("leases");
  await clock.advance(600_000);
  expect(await bad()).toContainEqual(expect.objectContaining({ check: "leases", level: "problem" }));
  await store.sweep(10);
  expect((await bad()).map(({ check }) => check)).not.toContain("leases");
});

it("a job that waits past its expiry is a problem until somebody sweeps", async () => {
  await world.add({ expiresInMs: 1_000, runAt: { inMs: 500 } });
  await clock.advance(62_000);
  await beat({ kinds: ["kind", "test"] });
  expect(await bad()).toContainEqual(expect.objectContaining({ check: "expiry", level: "problem" }));
  await store.sweep(10);
  expect((await bad()).map(({ check }) => check)).not.toContain("expiry");
});

it("a pause of more than a day over waiting jobs may be forgotten", async () => {
  const jobId = await world.add({ queue: "letters", runAt: { inMs: 30 * 86_400_000 } });
  await store.pauseQueue("letters", "mara");
  expect(await bad()).toEqual([]);
  await clock.advance(86_400_001);
  expect(await bad()).toMatchObject([
    { check: "pauses", level: "warning", detail: expect.stringContaining("letters by mara since 24 h, 1 job waiting") },
  ]);
  await store.cancel([{ jobId, actor: "mara", requestId: null, reason: null, force: false }]);
  expect(await bad()).toEqual([]);
});
