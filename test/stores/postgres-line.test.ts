/** How far the line has been taken: claims need not walk past what is gone, and overlook nobody. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Store } from "../../src/core/store.js";
import { LineMarks, type Mark } from "../../src/stores/postgres/line-marks.js";
import { namesOf } from "../../src/stores/postgres/names.js";
import { statementsFor } from "../../src/stores/postgres/sql.js";
import { postgresStore } from "../../src/stores/postgres/store.js";
import { FakeClock } from "../../src/testing/fake-clock.js";
import { COMPLETED, World } from "../../src/testing/store-suite/world.js";
import { dropSchemas, postgresUrl, schemaName } from "../support/postgres.js";

const mark: Mark = { queue: "queue", kind: "kind", priority: 0, runAt: 5, jobId: "id" };

describe("marks", () => {
  it("claims begin where the last one came to, lane by lane", () => {
    const marks = new LineMarks(new FakeClock());
    expect(marks.begin()).toEqual([]);
    marks.moved([mark, { ...mark, kind: "other" }]);
    marks.moved([{ ...mark, runAt: 6 }]);
    expect(marks.begin()).toEqual([
      { ...mark, runAt: 6 },
      { ...mark, kind: "other" },
    ]);
  });

  it("the whole line is looked at once a second, and whenever something may stand in front", async () => {
    const clock = new FakeClock();
    const marks = new LineMarks(clock);
    marks.begin();
    marks.moved([mark]);
    await clock.advance(999);
    expect(marks.begin()).toEqual([mark]);
    await clock.advance(1);
    expect(marks.begin()).toEqual([]);
    marks.moved([mark]);
    marks.clear();
    expect(marks.begin()).toEqual([]);
  });
});

describe("the line", () => {
  const admin = new pg.Client(postgresUrl());
  let schema = "";
  let store: Store;
  let world: World;

  beforeAll(() => admin.connect());
  beforeEach(async () => {
    schema = schemaName();
    store = await postgresStore({ url: postgresUrl(), schema, listen: false });
    world = new World(store, new FakeClock());
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
    const other = await postgresStore({ url: postgresUrl(), schema, listen: false });
    const [first] = [await world.add(), await world.add()];
    const { jobs } = await other.claim({ workerId: "o", kinds: ["kind"], queues: null, limit: 1, leaseMs: 30_000 });
    await world.claimOne();
    await other.settle([{ jobId: jobs[0]!.jobId, fence: jobs[0]!.fence, outcome: { type: "released" } }]);
    expect((await world.claim({ limit: 3 })).jobs.map(({ jobId }) => jobId)).toEqual([first]);
    await other.close();
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
        const text = `explain (analyze, buffers, format json) execute claim (null, 'w', '{kind}', null, 5, 1000, null, ${marks}, null, null)`;
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
