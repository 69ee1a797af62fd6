/** How far the line has been taken: claims need not walk past what is gone, and overlook nobody. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { LineMarks, type Mark, type Step } from "../../src/stores/postgres/line-marks.js";
import { namesOf } from "../../src/stores/postgres/names.js";
import { statementsFor } from "../../src/stores/postgres/sql.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const mark: Mark = { queue: "queue", kind: "kind", priority: 0, runAt: 5, jobId: "id" };
const NO_ID = "00000000-0000-0000-0000-000000000000";
const AT = 10_000;
const SLACK_MS = 250;
/** A claim that took all it wanted, at no cost. */
const full: Step = {
  kinds: ["kind", "other"],
  queues: null,
  from: [mark],
  reached: [],
  isFull: true,
  at: AT,
  tookMs: 0,
  jobs: 0,
};
const short: Step = { ...full, isFull: false };

describe("marks", () => {
  let clock: FakeClock;
  let marks: LineMarks;
  beforeEach(() => {
    clock = new FakeClock();
    marks = new LineMarks(clock);
  });
  /** Whole looks that took so long. */
  const looked = (tookMs: number, times = 3): void => {
    for (let look = 0; look < times; look++) marks.moved({ ...short, from: marks.begin(), tookMs });
  };

  it("claims begin where the last one came to, lane by lane and priority by priority", () => {
    expect(marks.begin()).toEqual([]);
    marks.moved({ ...full, from: [], reached: [mark, { ...mark, kind: "other" }] });
    marks.moved({
      ...full,
      reached: [
        { ...mark, runAt: 6 },
        { ...mark, priority: 3 },
      ],
    });
    expect(marks.begin()).toEqual([
      { ...mark, runAt: 6 },
      { ...mark, priority: 3 },
      { ...mark, kind: "other" },
    ]);
  });

  it("the whole line is looked at once a second, and whenever something may stand in front or a claim came back short", async () => {
    marks.begin();
    marks.moved({ ...full, reached: [mark] });
    await clock.advance(999);
    expect(marks.begin()).toEqual([mark]);
    await clock.advance(1);
    expect(marks.begin()).toEqual([]);
    marks.stale();
    expect(marks.begin()).toEqual([]);
    marks.moved({ ...short, reached: [mark] });
    expect(marks.begin()).toEqual([]);
  });

  it("what a look at the whole line left stands before no mark: those of other lanes go", () => {
    marks.begin();
    marks.moved({ ...full, from: [], reached: [mark] });
    marks.moved({ ...full, from: [], reached: [{ ...mark, kind: "other" }] });
    expect(marks.begin()).toEqual([{ ...mark, kind: "other" }]);
  });

  it("jobs that come in late are met: marks go back to the time they were due", () => {
    marks.begin();
    marks.moved({
      ...full,
      reached: [
        { ...mark, runAt: 5 },
        { ...mark, priority: 1, runAt: 9 },
      ],
    });
    marks.cameIn(7);
    expect(marks.begin()).toEqual([
      { ...mark, runAt: 5 },
      { ...mark, priority: 1, runAt: 7, jobId: NO_ID },
    ]);
  });

  it("a lane keeps marks of its four priorities that were used last", () => {
    marks.begin();
    for (const priority of [1, 2, 3, 1, 4, 5]) marks.moved({ ...full, reached: [{ ...mark, priority }] });
    expect(marks.begin().map(({ priority }) => priority)).toEqual([3, 1, 4, 5]);
  });

  it("while whole looks are dear, claims that come back short go by the marks for ten times as long as one takes", async () => {
    marks.moved({ ...full, reached: [mark] });
    looked(30);
    expect(marks.isDear).toBe(true);
    marks.stale();
    await clock.advance(299);
    expect(marks.begin()).not.toEqual([]);
    expect(marks.restLeftMs).toBe(1);
    await clock.advance(1);
    expect(marks.begin()).toEqual([]);
  });

  it("five seconds at most, which a job might wait for a poll, too", async () => {
    marks.moved({ ...full, reached: [mark] });
    looked(2_000);
    await clock.advance(4_999);
    expect(marks.begin()).not.toEqual([]);
    await clock.advance(1);
    expect(marks.begin()).toEqual([]);
  });

  it("one cheap look of the last three ends it, and what jobs themselves cost is not the look's", () => {
    marks.moved({ ...full, reached: [mark] });
    looked(30, 2);
    expect(marks.isDear).toBe(false);
    looked(1, 1);
    looked(30, 2);
    expect(marks.isDear).toBe(false);
    const many = new LineMarks(clock);
    for (let look = 0; look < 3; look++) many.moved({ ...short, from: [], tookMs: 30, jobs: 600 });
    expect(many.isDear).toBe(false);
  });

  it("meanwhile they keep a quarter of a second behind the time, where an enqueue that reads the clock now will stand", () => {
    marks.moved({ ...full, reached: [mark, { ...mark, kind: "other" }, { ...mark, kind: "third", runAt: 7 }] });
    looked(30);
    marks.moved({ ...short, kinds: ["kind"], reached: [{ ...mark, runAt: AT - 1 }] });
    expect(marks.begin()).toEqual(
      expect.arrayContaining([
        { ...mark, runAt: AT - SLACK_MS, jobId: NO_ID },
        { ...mark, kind: "third", runAt: 7 },
      ]),
    );
  });

  it("and pass what a claim that came back short has seen to be gone, in its own lanes alone", () => {
    marks.moved({ ...full, reached: [mark, { ...mark, queue: "another" }, { ...mark, kind: "third" }] });
    looked(30, 2);
    marks.moved({ ...short, from: marks.begin(), tookMs: 30, queues: ["queue"] });
    expect(marks.begin()).toEqual([
      { ...mark, runAt: AT - SLACK_MS, jobId: NO_ID },
      { ...mark, queue: "another" },
      { ...mark, kind: "third" },
    ]);
  });
});

/** Whoever measures by it has the impression that everything takes ten milliseconds. */
class SlowClock extends FakeClock {
  isSlow = false;
  #lostMs = 0;

  override monotonic(): number {
    if (this.isSlow) this.#lostMs += 10;
    return super.monotonic() + this.#lostMs;
  }
}

describe("the line", () => {
  const admin = new pg.Client(postgresUrl());
  let schema = "";
  let clock: SlowClock;
  let store: Store;
  let world: World;

  beforeAll(() => admin.connect());
  beforeEach(async () => {
    schema = schemaName();
    clock = new SlowClock();
    store = await postgresStore({ url: postgresUrl(), schema, listen: false, clock });
    world = new World(store, clock);
  });
  afterEach(() => store.close());
  afterAll(async () => {
    await admin.end();
    await dropSchemas();
  });

  it("B5 a more urgent job is taken before what the mark points at, and a job given back before what is behind it", async () => {
    const [first, second, third] = [await world.add(), await world.add(), await world.add()];
    const taken = await world.claimOne();
    expect(taken.jobId).toBe(first);
    const urgent = await world.add({ priority: -1 });
    expect((await world.claimOne()).jobId).toBe(urgent);
    await world.settle(taken, { type: "released" });
    expect((await world.claimOne()).jobId).toBe(first);
    expect((await world.claim({ limit: 5 })).jobs.map(({ jobId }) => jobId)).toEqual([second, third]);
  });

  it("a claim that comes back short of a mark looks at the whole line, so a job given back elsewhere is met", async () => {
    const other = await postgresStore({ url: postgresUrl(), schema, listen: false, clock });
    const [first] = [await world.add(), await world.add()];
    const { jobs } = await other.claim({ workerId: "o", kinds: ["kind"], queues: null, limit: 1, leaseMs: 30_000 });
    await world.claimOne();
    await other.settle([{ jobId: jobs[0]!.jobId, fence: jobs[0]!.fence, outcome: { type: "released" } }]);
    expect((await world.claim({ limit: 3 })).jobs.map(({ jobId }) => jobId)).toEqual([first]);
    await other.close();
  });

  it("while whole looks are dear, a job that comes in late waits for the next one, the claim says when, and others do not wait", async () => {
    const late = new FakeClock(clock.now());
    const other = new World(await postgresStore({ url: postgresUrl(), schema, listen: false, clock: late }), late);
    clock.isSlow = true;
    await world.add();
    for (let look = 0; look < 3; look++) await world.claim({ limit: 5 });
    clock.isSlow = false;
    await clock.advance(1);
    // Stands where the last claim has been, as one whose transaction took long.
    late.jump(-1_000);
    const behind = await other.add();
    late.jump(1_000);
    const soon = await other.add();
    const { jobs, nextDueInMs } = await world.claim({ limit: 5 });
    expect(jobs.map(({ jobId }) => jobId)).toEqual([soon]);
    expect(nextDueInMs).toBeGreaterThan(0);
    expect(nextDueInMs).toBeLessThanOrEqual(100);
    await clock.advance(nextDueInMs!);
    expect(await world.claimIds({ limit: 5 })).toEqual([behind]);
    await other.store.close();
  });

  it("a job that falls due and is let into the line late is met before what the mark points at", async () => {
    const [first, second] = [await world.add(), await world.add({ runAt: { inMs: 1_000 } })];
    await clock.advance(2_000);
    const third = await world.add();
    const ids = [
      await world.claimIds({ limit: 1 }),
      await world.claimIds({ limit: 1 }),
      await world.claimIds({ limit: 1 }),
    ];
    expect(ids.flat().toSorted()).toEqual([first, second, third].toSorted());
  });

  it("a claim behind a mark reads few pages while an old snapshot keeps all that is gone", async () => {
    const holder = new pg.Client(postgresUrl());
    await holder.connect();
    await holder.query("begin isolation level repeatable read");
    await holder.query("select 1");
    try {
      await store.enqueue(Array.from({ length: 6_010 }, () => world.newJob()));
      const { jobs } = await world.claim({ limit: 6_000 });
      await store.settle(jobs.map(({ jobId, fence }) => ({ jobId, fence, outcome: COMPLETED })));
      const { jobId, runAt } = jobs.at(-1)!;
      const pages = async (marks: string): Promise<number> => {
        await admin.query("begin");
        const text = `explain (analyze, buffers, format json) execute claim (null, 'w', '{kind}', null, 5, 1000, null, ${marks}, false, null, null)`;
        const { rows } = await admin.query(text);
        await admin.query("rollback");
        const plan = rows[0]["QUERY PLAN"][0].Plan;
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
      };
      await admin.query(`set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
        set enable_mergejoin = off; set plan_cache_mode = force_generic_plan`);
      await admin.query(`prepare claim as ${statementsFor(namesOf(schema)).claim.text}`);
      const fromTheFront = await pages("null, null, null, null, null");
      const fromTheMark = await pages(`'{queue}', '{kind}', '{0}', '{${runAt}}', '{${jobId}}'`);
      // Some 48 of them lie in a page.
      expect(fromTheFront - fromTheMark).toBeGreaterThan(6_000 / 60);
      expect(fromTheMark).toBeLessThan(150);
    } finally {
      await holder.end();
    }
  });
});
